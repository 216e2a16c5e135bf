// What single verbs print and send.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/functional/cli/fake_daemon.h"
#include "tests/functional/cli/verb_cases.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

class Results : public ::testing::Test {
 protected:
  Outcome Run(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--socket", daemon_.path()});
    return RunFobctl(arguments, input);
  }
  // Runs the case of that name against its good reply.
  Outcome RunCase(const std::string& name, std::vector<std::string> more = {}) {
    for (VerbCase& verb : VerbCases(folder_)) {
      if (verb.name != name) continue;
      daemon_.AnswerJson(verb.method, {verb.reply}, true);
      verb.arguments.insert(verb.arguments.end(), more.begin(), more.end());
      return Run(verb.arguments, verb.input);
    }
    ADD_FAILURE() << "no case " << name;
    return {};
  }

  TempFolder folder_;
  FakeDaemon daemon_{folder_ / "s"};
};

TEST_F(Results, SecretsStandAloneOnStandardOutput) {
  EXPECT_EQ(RunCase("ticket").out, "tkt_x\n");
  EXPECT_EQ(RunCase("exchange").out, "eyJ.x.y\n");
  EXPECT_EQ(RunCase("enrol-code create").out, "ABCD-EFGH\n");
  EXPECT_EQ(RunCase("enrol-code create", {"-q"}).err, "");
}

TEST_F(Results, JwksIsTheSetItselfInBothForms) {
  EXPECT_EQ(RunCase("jwks").out, "{\"keys\":[{\"kty\":\"EC\"}]}\n");
  EXPECT_EQ(RunCase("jwks", {"--json"}).out, "{\"keys\":[{\"kty\":\"EC\"}]}\n");
}

TEST_F(Results, JsonIsTheReplyOfTheDaemon) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    if (verb.name == "jwks" || verb.name == "open" || verb.reply.contains("done")) continue;
    SCOPED_TRACE(verb.name);
    // A reply without a word is said to a script all the same.
    const boost::json::object said = verb.reply.empty() ? boost::json::object{{"revoked", true}} : verb.reply;
    EXPECT_EQ(boost::json::parse(RunCase(verb.name, {"--json"}).out), said);
  }
}

// The link stands in a file of the user's own and nowhere else.
TEST_F(Results, AnOpenedPageIsAFileThatPostsTheLink) {
  const Outcome outcome = RunCase("open", {"--json"});
  EXPECT_EQ(outcome.out.find("link_x"), std::string::npos);
  EXPECT_EQ(outcome.err.find("link_x"), std::string::npos);
  const boost::json::value said = boost::json::parse(outcome.out);
  EXPECT_EQ(said.at("expires_at"), 1'700'000'060);
  const std::string path(said.at("file").as_string());
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  std::ifstream file(path);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_NE(page.find("method=\"post\" action=\"https://login.example.org/link\""), std::string::npos) << page;
  EXPECT_NE(page.find("name=\"link\" value=\"link_x\""), std::string::npos) << page;
  ::unlink(path.c_str());
}

TEST_F(Results, TablesAreAligned) {
  EXPECT_EQ(RunCase("login list").out,
            "LOGIN                         USER   SERVICE  FROM       FACTORS          MULTI  "
            "STATE  SINCE                UNTIL\n"
            "login_AAAAAAAAAAAAAAAAAAAAAA  alice  sshd     192.0.2.7  password + totp  yes    live "
            "  2023-11-14 22:13:20  "
            "2023-11-15 10:13:20\n");
}

TEST_F(Results, EmptyListsSayNothingOnStandardOutput) {
  daemon_.Answer<proto::enrol::ListKeys>(proto::enrol::ListKeys::Out{});
  const Outcome outcome = Run({"key", "list"});
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "no keys are enrolled\n");
}

TEST_F(Results, ATokenThatIsNotActiveExitsWith1AndSaysWhy) {
  for (const bool json : {false, true}) {
    proto::token::Verify::Out out;
    out.why = "its login has ended";
    daemon_.Answer<proto::token::Verify>(out);
    const Outcome outcome = Run(json ? std::vector<std::string>{"token", "verify", "--json"}
                                     : std::vector<std::string>{"token", "verify"},
                                "eyJ.a.b\n");
    EXPECT_EQ(outcome.code, 1);
    if (json) {
      EXPECT_EQ(boost::json::parse(outcome.out),
                boost::json::parse(R"({"active":false,"why":"its login has ended"})"));
    } else {
      EXPECT_EQ(outcome.out, "not active: its login has ended\n");
    }
  }
}

TEST_F(Results, ATokenThatIsActiveShowsItsClaims) {
  EXPECT_EQ(RunCase("token verify").out,
            "iss  https://login.example.org\nexp  1700000300 (2023-11-14 22:18:20)\n");
}

TEST_F(Results, ABrokenChainExitsWith1) {
  proto::admin::VerifyAudit::Out out;
  out.broken_at = 17;
  out.why = "its hash differs";
  daemon_.Answer<proto::admin::VerifyAudit>(out);
  const Outcome outcome = Run({"audit", "verify"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "broken at event 17: its hash differs\n");
}

TEST_F(Results, ALimitThatTakesSeveralCallsIsCollected) {
  proto::AuditEvent event;
  event.action = "login.begin";
  event.seq = 42;
  daemon_.Answer<proto::admin::TailAudit>(proto::admin::TailAudit::Out{{event}, 42, {}, {}});
  event.seq = 7;
  daemon_.Answer<proto::admin::TailAudit>(proto::admin::TailAudit::Out{{event}, std::nullopt, {}, {}});
  const Outcome outcome =
      Run({"--json", "audit", "tail", "--user", "alice", "--action", "login", "-n", "150"});
  const auto events = boost::json::parse(outcome.out).at("events").as_array();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("seq"), 7);
  EXPECT_EQ(daemon_.calls().at(0).parameters,
            (boost::json::object{{"limit", 100}, {"user", "alice"}, {"action", "login"}}));
  EXPECT_EQ(daemon_.calls().at(1).parameters.at("before_seq"), 42);
}

TEST_F(Results, AnExportIsOneEventALineAndTheHeadLast) {
  proto::AuditEvent event;
  event.seq = 1;
  daemon_.Answer<proto::admin::TailAudit>(proto::admin::TailAudit::Out{{event}, 1, {}, {}});
  event.seq = 2;
  daemon_.Answer<proto::admin::TailAudit>(proto::admin::TailAudit::Out{{event}, std::nullopt, {}, {}});
  daemon_.Answer<proto::admin::AuditKey>(
      proto::admin::AuditKey::Out{"kid", {R"({"kty":"EC"})"}, "2:00:ff"});
  const Outcome outcome = Run({"audit", "export"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  std::vector<boost::json::value> all;
  for (std::string line; std::getline(lines, line);) all.push_back(boost::json::parse(line));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].at("seq"), 1);
  EXPECT_EQ(all[1].at("seq"), 2);
  EXPECT_EQ(all[2].at("head"), "2:00:ff");
}

TEST_F(Results, AnExportWithAGapSaysSo) {
  proto::AuditEvent event;
  const auto answer = [&](std::vector<int64_t> seqs, std::optional<int64_t> next) {
    proto::admin::TailAudit::Out out;
    for (const int64_t seq : seqs) {
      event.seq = seq;
      out.events.push_back(event);
    }
    out.next = next;
    out.first_seq = 5;
    out.newest_seq = 12;
    daemon_.Answer<proto::admin::TailAudit>(out);
  };
  const auto end = [&] {
    daemon_.Answer<proto::admin::AuditKey>(proto::admin::AuditKey::Out{"kid", {R"({"kty":"EC"})"}, "2:00:ff"});
  };
  answer({5, 6, 8}, 8);
  answer({11, 12}, std::nullopt);
  end();
  const Outcome outcome = Run({"audit", "export"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("3 events are missing from the chain, the first is 7"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("\"seq\":12"), std::string::npos) << "what there is comes all the same";
  answer({5, 6, 7}, std::nullopt);
  end();
  EXPECT_EQ(Run({"audit", "export"}).code, 0) << "what was pruned is not missing";
  answer({8, 12}, std::nullopt);
  end();
  EXPECT_EQ(Run({"audit", "export", "--user", "alice"}).code, 0) << "others' events are not asked for";
}

TEST_F(Results, AnEventThatIsNotThereIsPrunedOrToComeOrMissing) {
  proto::AuditEvent event;
  event.seq = 12;
  const auto shown = [&](const std::string& seq, bool whole) {
    proto::admin::TailAudit::Out out;
    if (std::stoll(seq) < 12) out.events = {event};
    if (whole) out.first_seq = 5;
    if (whole) out.newest_seq = 12;
    daemon_.Answer<proto::admin::TailAudit>(out);
    const Outcome outcome = Run({"audit", "show", seq});
    return std::to_string(outcome.code) + " " + outcome.err;
  };
  EXPECT_EQ(shown("4", true), "6 fobctl: event 4 was pruned\n");
  EXPECT_EQ(shown("13", true), "6 fobctl: there is no event 13 yet\n");
  EXPECT_EQ(shown("7", true), "1 fobctl: event 7 is missing from the chain: run fobctl audit verify\n");
  EXPECT_EQ(shown("7", false), "6 fobctl: there is no event 7 that you may see\n");
}

TEST_F(Results, AnIntactChainSaysHowTheJournalIsAskedToo) {
  proto::admin::VerifyAudit::Out out;
  out.intact = true;
  daemon_.Answer<proto::admin::VerifyAudit>(out);
  EXPECT_NE(Run({"audit", "verify"}).err.find("audit verify --heads -"), std::string::npos);
  daemon_.Answer<proto::admin::VerifyAudit>(out);
  EXPECT_EQ(Run({"audit", "verify", "--head", "1:00:aa"}).err, "");
}

TEST_F(Results, ATokenThatIsNoneIsNotSaidToBeRevoked) {
  daemon_.Answer<proto::token::Revoke>(proto::token::Revoke::Out{false});
  const Outcome none = RunFobctl({"--socket", daemon_.path(), "token", "revoke"}, "garbage\n");
  EXPECT_EQ(none.code, 0);
  EXPECT_EQ(none.out, "not a token that lives here: nothing to revoke\n");
  daemon_.Answer<proto::token::Revoke>(proto::token::Revoke::Out{true});
  EXPECT_EQ(RunFobctl({"--socket", daemon_.path(), "token", "revoke"}, "at_x\n").out, "revoked\n");
}

TEST_F(Results, ABrowserThatCannotBeStartedIsNoSuccess) {
  daemon_.Answer<proto::web::CreateLink>(
      {SecretBytes(std::string_view("link_x")), "https://login.example.org/link", 1'700'000'060});
  const Outcome outcome =
      RunFobctl({"--socket", daemon_.path(), "open", "https://wiki.example.org/"}, "", {{"PATH", "/nonexistent"}});
  EXPECT_EQ(outcome.code, 7);
  const size_t at = outcome.err.find("/tmp/fob-open-");
  ASSERT_NE(at, std::string::npos) << outcome.err;
  const std::string path = outcome.err.substr(at, outcome.err.find('\n', at) - at);
  EXPECT_EQ(::access(path.c_str(), R_OK), 0) << path;
  ::unlink(path.c_str());
}

TEST_F(Results, AKeyThatSignsFromTheStartHasNoTime) {
  proto::admin::ListSigningKeys::Out out;
  out.keys.resize(1);
  out.keys[0].kid = "kid";
  daemon_.Answer<proto::admin::ListSigningKeys>(out);
  EXPECT_NE(Run({"keys", "list"}).out.find("at once"), std::string::npos);
}

TEST_F(Results, ANewSecretStandsBelowTheOtherValues) {
  const Outcome outcome = RunCase("client rotate-secret");
  const size_t id = outcome.out.find("client id");
  const size_t secret = outcome.out.find("client secret");
  ASSERT_TRUE(id != std::string::npos && secret != std::string::npos) << outcome.out;
  const auto column = [&](size_t line, std::string_view name) {
    return outcome.out.find_first_not_of(' ', line + name.size()) - line;
  };
  EXPECT_EQ(column(id, "client id"), column(secret, "client secret")) << outcome.out;
}

TEST_F(Results, HeadsAreTakenOutOfTheJournalsLines) {
  const std::string hash(64, 'a');
  const std::string log = folder_.Write(
      "journal", "fobd[7]: something else 12:30:00\n<5>audit head 7:" + hash + ":c2lnbg\n"
                 "Jan 31 12:00:05 host fobd: audit head 12:" + hash + ":c2ln_-\n");
  proto::admin::VerifyAudit::Out out;
  out.intact = true;
  daemon_.Answer<proto::admin::VerifyAudit>(out);
  EXPECT_EQ(Run({"audit", "verify", "--heads", log, "--head", "1:00:aa"}).code, 0);
  EXPECT_EQ(daemon_.calls().at(0).parameters.at("heads"),
            (boost::json::array{"1:00:aa", "7:" + hash + ":c2lnbg", "12:" + hash + ":c2ln_-"}));
  EXPECT_EQ(Run({"audit", "verify", "--heads", folder_.Write("none", "nothing\n")}).code, 2);
}

TEST_F(Results, FollowingTheAuditGoesOnFromTheLastEventUntilInterrupted) {
  proto::AuditEvent event;
  event.seq = 41;
  event.action = "login.begin";
  daemon_.Answer<proto::admin::TailAudit>(proto::admin::TailAudit::Out{{event}, std::nullopt, {}, {}});
  event.seq = 42;
  daemon_.Answer<proto::admin::TailAudit>(proto::admin::TailAudit::Out{{event}, std::nullopt, {}, {}});
  Background fobctl({"--socket", daemon_.path(), "--json", "audit", "tail", "-f", "-n", "1"});
  EXPECT_EQ(boost::json::parse(fobctl.ReadLine()).at("seq"), 41);
  EXPECT_EQ(boost::json::parse(fobctl.ReadLine()).at("seq"), 42);
  fobctl.Signal(SIGINT);
  const Outcome ended = fobctl.Wait();
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out + ended.err, "");
  EXPECT_EQ(daemon_.calls().at(0).parameters, (boost::json::object{{"limit", 1}}));
  EXPECT_EQ(daemon_.calls().at(1).parameters, (boost::json::object{{"limit", 100}, {"after_seq", 41}}));
}

TEST_F(Results, OptionsReachTheDaemon) {
  struct Sent {
    std::vector<std::string> arguments;
    std::string method;
    std::string parameters;
  };
  const std::vector<Sent> all = {
      {{"client", "add", "Wiki", "-a", "a", "-a", "b,c", "-s", "read", "--token-lifetime", "5m"},
       "org.fobd.Admin.AddClient",
       R"({"name":"Wiki","settings":{"audiences":["a","b","c"],"scopes":["read"],"token_lifetime_ms":300000}})"},
      {{"ticket", "--client", "c", "--audience", "a", "--scope", "read write", "--login",
        "login_x"},
       "org.fobd.Token.Ticket",
       R"({"client_id":"c","audience":"a","scope":"read write","login":"login_x"})"},
      {{"token", "--client", "c", "--login", "login_x"},
       "org.fobd.Token.Take",
       R"({"client_id":"c","login":"login_x"})"},
      {{"client", "update", "Wiki", "--kind", "opaque", "--algorithm", "EdDSA", "--no-refresh",
        "--outlives-login", "yes", "--direct", "no", "--clear", "groups,fresh"},
       "org.fobd.Admin.UpdateClient",
       R"({"client_id":"Wiki","settings":{"groups":[],"fresh":[],"token_kind":"opaque","algorithm":"EdDSA","refresh_lifetime_ms":0,"outlives_login":true,"direct":false}})"},
      {{"grant", "revoke", "--user", "alice"}, "org.fobd.Token.RevokeGrants", R"({"user":"alice"})"},
      {{"keys", "rotate", "--algorithm", "rs256"}, "org.fobd.Admin.RotateSigningKey", R"({"algorithm":"RS256"})"},
      {{"login", "list", "--user", "alice", "--all"},
       "org.fobd.Login.List",
       R"({"user":"alice","all":true})"},
      {{"login", "end", "login_x"}, "org.fobd.Login.End", R"({"login":"login_x"})"},
      {{"enrol-code", "create", "alice", "--lifetime", "2h"},
       "org.fobd.Enrol.CreateCode",
       R"({"user":"alice","lifetime_ms":7200000})"},
      {{"key", "rename", "a", "b", "--user", "alice"},
       "org.fobd.Enrol.RenameKey",
       R"({"user":"alice","key":"a","name":"b"})"},
      {{"audit", "tail", "-n", "5", "--after", "9"},
       "org.fobd.Admin.TailAudit",
       R"({"limit":5,"after_seq":9})"},
      {{"user", "show"}, "org.fobd.Admin.ShowUser", "{}"},
  };
  for (const Sent& sent : all) {
    daemon_.Fail(sent.method, MakeError(Code::kDenied, "x", "no"));
    EXPECT_EQ(Run(sent.arguments).code, 1);
    EXPECT_EQ(daemon_.calls().back().method, sent.method);
    EXPECT_EQ(boost::json::value(daemon_.calls().back().parameters),
              boost::json::parse(sent.parameters));
  }
}

TEST_F(Results, SecretsNeverStandInTheArgumentsOrTheEnvironment) {
  const std::string secret = folder_.Write("secret", "s3cret-value\n");
  Background fobctl(
      {"--socket", daemon_.path(), "exchange", "--client", "c", "--client-secret-file", secret},
      "tkt_value\n");
  ASSERT_TRUE(daemon_.WaitForCalls(1));
  EXPECT_EQ(daemon_.calls()[0].parameters.at("client_secret"), "s3cret-value");
  EXPECT_EQ(daemon_.calls()[0].parameters.at("ticket"), "tkt_value");
  for (const char* file : {"cmdline", "environ"}) {
    std::stringstream text;
    text << std::ifstream("/proc/" + std::to_string(fobctl.pid()) + "/" + file).rdbuf();
    EXPECT_NE(text.str(), "");
    EXPECT_EQ(text.str().find("s3cret-value"), std::string::npos);
    EXPECT_EQ(text.str().find("tkt_value"), std::string::npos);
  }
  fobctl.Signal(SIGINT);
  EXPECT_EQ(fobctl.Wait().code, 4);
}

TEST_F(Results, NoOptionTakesASecret) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    for (const char* option : {"--pin", "--code", "--secret", "--client-secret", "--ticket",
                               "--token", "--password", "--otpauth-uri"}) {
      if (std::find(verb.arguments.begin(), verb.arguments.end(), option) != verb.arguments.end())
        continue;
      std::vector<std::string> arguments = verb.arguments;
      arguments.insert(arguments.end(), {option, "hunter2"});
      const Outcome outcome = Run(arguments, verb.input);
      EXPECT_EQ(outcome.code, 2) << verb.name << " " << option;
    }
  }
  EXPECT_TRUE(daemon_.calls().empty());
}

TEST_F(Results, ATokenInTheArgumentsIsRefusedAndNotRepeated) {
  const Outcome outcome = Run({"token", "verify", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ((outcome.out + outcome.err).find("eyJ"), std::string::npos);
}

TEST_F(Results, ASecretThatIsNotShownIsNotLostInSilence) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"client add",
       "client Wiki was added; its secret was not shown: fobctl client rotate-secret client_"},
      {"client rotate-secret", "its secret was not shown: fobctl client rotate-secret client_"},
      {"enrol-code create", "it was not shown: fobctl enrol-code create alice"}};
  for (VerbCase& verb : VerbCases(folder_)) {
    const auto found = std::ranges::find(cases, verb.name, [](const auto& one) { return one.first; });
    if (found == cases.end()) continue;
    daemon_.AnswerJson(verb.method, {verb.reply}, true);
    std::string line = FOB_BIN_DIR "/fobctl --socket " + daemon_.path();
    for (const std::string& word : verb.arguments) line += " " + word;
    const Outcome outcome = RunFobctl({"-c", line + " > /dev/full"}, "", {}, "/bin/sh");
    EXPECT_EQ(outcome.code, 7);
    EXPECT_NE(outcome.err.find(found->second), std::string::npos) << outcome.err;
  }
}

TEST_F(Results, NoLoginInThisSessionSaysWhatToDo) {
  for (const std::string verb : {"ticket", "login end"}) {
    const std::string method = verb == "ticket" ? "org.fobd.Token.Ticket" : "org.fobd.Login.End";
    const std::vector<std::string> bare = verb == "ticket"
                                              ? std::vector<std::string>{"ticket", "--client", "c"}
                                              : std::vector<std::string>{"login", "end"};
    std::vector<std::string> named = bare;
    named.insert(named.end(), {"--login", "login_x"});
    daemon_.Fail(method, MakeError(Code::kNotFound, "no_login", "there is no such login"));
    const Outcome none = Run(bare);
    EXPECT_EQ(none.code, 6);
    EXPECT_NE(none.err.find("no live login in this session"), std::string::npos) << none.err;
    daemon_.Fail(method, MakeError(Code::kNotFound, "no_login", "there is no such login"));
    EXPECT_NE(Run(named).err.find("there is no such login"), std::string::npos);
  }
}

TEST_F(Results, ListsAreFollowedToTheirEnd) {
  proto::enrol::ListKeys::Out page;
  page.keys.resize(2);
  page.keys[0].name = "third";
  page.keys[1].name = "fourth";
  page.next = "key_3";
  daemon_.Answer<proto::enrol::ListKeys>(page);
  page.keys[0].name = "first";
  page.keys[1].name = "second";
  page.next.reset();
  daemon_.Answer<proto::enrol::ListKeys>(page);
  const Outcome outcome = Run({"key", "list", "--user", "ada", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto listed = boost::json::parse(outcome.out);
  std::string names;
  for (const auto& key : listed.at("keys").as_array()) names += std::string(key.at("name").as_string()) + " ";
  EXPECT_EQ(names, "first second third fourth ");
  EXPECT_EQ(listed.as_object().count("next"), 0U);
  ASSERT_EQ(daemon_.calls().size(), 2U);
  EXPECT_EQ(daemon_.calls()[0].parameters.count("before"), 0U);
  EXPECT_EQ(daemon_.calls()[1].parameters.at("before"), "key_3");
  EXPECT_EQ(daemon_.calls()[1].parameters.at("user"), "ada");
}

TEST_F(Results, AListThatChangedMeanwhileIsNotShownInPart) {
  proto::login::List::Out page;
  page.next = "login_gone";
  daemon_.Answer<proto::login::List>(page);
  daemon_.Fail("org.fobd.Login.List", MakeError(Code::kNotFound, "list_changed", "list it anew"));
  const Outcome outcome = Run({"login", "list"});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(Results, UnreadableSecretsNameTheFile) {
  const Outcome folder = Run({"token", "verify", folder_.path()});
  EXPECT_EQ(folder.code, 2);
  EXPECT_NE(folder.err.find(folder_.path() + ": it is a directory"), std::string::npos) << folder.err;
  const std::string lengthy = folder_.Write("long", std::string(40'000, 'x'));
  const Outcome too_long = Run({"token", "verify", lengthy});
  EXPECT_EQ(too_long.code, 2);
  EXPECT_NE(too_long.err.find(lengthy), std::string::npos) << too_long.err;
  const std::string bad = folder_.Write("bad", "a\xff\n");
  const Outcome not_utf8 = Run({"token", "verify", bad});
  EXPECT_EQ(not_utf8.code, 2);
  EXPECT_NE(not_utf8.err.find("token in " + bad + " is not UTF-8"), std::string::npos)
      << not_utf8.err;
}

TEST_F(Results, MissingSecretsAreNamed) {
  const std::string empty = folder_.Write("empty", "");
  const Outcome outcome =
      Run({"exchange", "--client", "c", "--client-secret-file", empty}, "tkt_x\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("client secret is missing"), std::string::npos) << outcome.err;
  EXPECT_EQ(
      Run({"exchange", "--client", "c", "--client-secret-file", folder_ / "absent"}, "tkt_x\n")
          .code,
      6);
  EXPECT_EQ(Run({"exchange", "--client", "c", "--client-secret-file", "-"}, "x\n").code, 2)
      << "both from standard input";
  EXPECT_EQ(Run({"token", "verify"}, "").code, 2);
  EXPECT_EQ(Run({"token", "verify"}, std::string(40'000, 'x')).code, 2) << "too long";
}

}  // namespace
}  // namespace fob::testing
