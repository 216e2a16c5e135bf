// fobctl as a person or a script sees it, against the real daemon.
#include <filesystem>
#include <fstream>

#include "tests/functional/cli/fobctl.h"
#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FobctlEndToEnd : public KeysEndToEnd {
 protected:
  using KeysEndToEnd::KeysEndToEnd;

  std::vector<std::string> With(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--socket", daemon_.socket()});
    return arguments;
  }
  Outcome Fobctl(std::vector<std::string> arguments, const std::string& input = "") const {
    return RunFobctl(With(std::move(arguments)), input);
  }
  // Exit status 0; what stdout says.
  std::string Says(std::vector<std::string> arguments, const std::string& input = "") const {
    const Outcome outcome = Fobctl(std::move(arguments), input);
    EXPECT_EQ(0, outcome.code) << outcome.err;
    return outcome.out;
  }
  boost::json::object Json(std::vector<std::string> arguments,
                           const std::string& input = "") const {
    arguments.insert(arguments.begin(), "--json");
    const std::string text = Says(std::move(arguments), input);
    boost::system::error_code failed;
    const auto value = boost::json::parse(text, failed);
    if (failed || !value.is_object()) {
      ADD_FAILURE() << "not an object: " << text;
      return {};
    }
    return value.as_object();
  }

  // `fobctl otp enrol NAME`, answering `before` first; the secret that was offered.
  std::string EnrolOtp(const std::string& name, const std::string& before = "") {
    Background fobctl(With({"otp", "enrol", name}), before);
    const std::string uri = fobctl.ReadLine();
    const size_t at = uri.find("secret=");
    if (!uri.starts_with("otpauth://totp/") || at == uri.npos) {
      ADD_FAILURE() << uri;
      return "";
    }
    const std::string secret = uri.substr(at + 7, uri.find('&', at) - at - 7);
    fobctl.Say(AppCode(secret) + "\n");
    const Outcome outcome = fobctl.Wait();
    EXPECT_EQ(0, outcome.code) << outcome.err;
    return secret;
  }
  std::string AppCode(const std::string& secret) const {
    return OutputOf(
        {"oathtool", "--totp", "--base32", "--now=@" + std::to_string(daemon_.time()), "-"},
        secret);
  }

  std::string FileWith(const std::string& name, std::string_view content) const {
    std::ofstream(daemon_.Path(name)) << content << "\n";
    return daemon_.Path(name);
  }
};

TEST_F(FobctlEndToEnd, StatusAndConfig) {
  EXPECT_THAT(Says({"status"}), AllOf(HasSubstr("http://localhost:8080"), HasSubstr("writable")));
  const boost::json::object status = Json({"status"}).at("status").as_object();
  EXPECT_EQ(daemon_.pid(), status.at("pid").to_number<int64_t>());
  EXPECT_THAT(Says({"config", "check", daemon_.config()}), HasSubstr("good, 6 policy rules"));
}

TEST_F(FobctlEndToEnd, AnOtpFromEnrolmentToRemoval) {
  const std::string secret = EnrolOtp("phone");
  EXPECT_THAT(Says({"otp", "list"}), HasSubstr("phone"));
  EXPECT_THAT(Says({"user", "show"}), HasSubstr(Me()));
  daemon_.Advance(30);
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", AppCode(secret)));
  const Outcome twice = Fobctl({"otp", "enrol", "phone"});
  EXPECT_EQ(6, twice.code) << twice.err;
  Says({"otp", "remove", "phone"});
  EXPECT_EQ("[]", boost::json::serialize(Json({"otp", "list"}).at("otps")));
  EXPECT_EQ(6, Fobctl({"otp", "remove", "phone"}).code);
}

TEST_F(FobctlEndToEnd, AnOtpCountsOnlyAfterOneGoodCode) {
  const Outcome outcome = Fobctl({"otp", "enrol", "phone"}, "12345\nabcdef\n");
  EXPECT_NE(0, outcome.code);
  EXPECT_THAT(outcome.err, HasSubstr("not right"));
  EXPECT_EQ("[]", boost::json::serialize(Json({"otp", "list"}).at("otps")));
}

TEST_F(FobctlEndToEnd, AKeyFromEnrolmentToRemoval) {
  OnTerminal enrol(With({"key", "enrol", "blue"}));
  ASSERT_TRUE(enrol.SeesNext("PIN")) << enrol.seen();
  ASSERT_TRUE(enrol.EchoBecomes(false));
  blue_.SetTouchPolicy("command");
  enrol.Type(std::string(kPin) + "\n");
  ASSERT_TRUE(enrol.SeesNext("Touch your security key")) << enrol.seen();
  blue_.TouchWhenAsked();
  EXPECT_TRUE(enrol.SeesNext("is enrolled"));
  EXPECT_EQ(0, enrol.Wait());
  EXPECT_THAT(enrol.seen(), Not(HasSubstr(kPin)));
  blue_.SetTouchPolicy("auto");

  EXPECT_THAT(Says({"key", "list"}), HasSubstr("blue"));
  EXPECT_THAT(Says({"key", "test", "blue"}), HasSubstr("signature is good"));
  Says({"key", "rename", "blue", "spare"});
  EXPECT_EQ(6, Fobctl({"key", "test", "blue"}).code);
  Says({"key", "remove", "spare"});
  EXPECT_EQ("[]", boost::json::serialize(Json({"key", "list"}).at("keys")));
}

TEST_F(FobctlEndToEnd, CtrlCCancelsTheKeyAtOnce) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("never");
  OnTerminal test(With({"key", "test", "blue"}));
  ASSERT_TRUE(test.SeesNext("Touch your security key"));
  blue_.WaitTouch();
  test.Type("\x03");
  EXPECT_EQ(4, test.Wait());
  blue_.WaitIdle();
  EXPECT_EQ(1, blue_.Status("cancels"));
}

TEST_F(FobctlEndToEnd, ATimeoutIsItsOwnExitCode) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("never");
  const Outcome outcome = Fobctl({"--timeout", "1s", "key", "test", "blue"});
  EXPECT_EQ(4, outcome.code) << outcome.err;
}

TEST_F(FobctlEndToEnd, FromALoginToAVerifiedToken) {
  EnrolTotp();
  const std::string login = LogIn();
  EXPECT_THAT(Says({"login", "list"}), AllOf(HasSubstr(login), HasSubstr("password + totp")));
  const boost::json::object added =
      Json({"client", "add", "Wiki", "--audience", "wiki", "--scope", "read"});
  const std::string client(added.at("client").at("client_id").as_string());
  const std::string secret = FileWith("wiki.secret", added.at("client_secret").as_string());
  EXPECT_THAT(Says({"client", "list"}), HasSubstr(client));

  const std::string ticket = Says({"ticket", "--client", client});
  EXPECT_THAT(ticket, StartsWith("tkt_"));
  const std::string token =
      Says({"exchange", "--client", client, "--client-secret-file", secret}, ticket);
  EXPECT_THAT(token, StartsWith("eyJ"));
  const Outcome again =
      Fobctl({"exchange", "--client", client, "--client-secret-file", secret}, ticket);
  EXPECT_EQ(1, again.code);
  EXPECT_THAT(again.err, HasSubstr("redeemed already"));

  EXPECT_THAT(Says({"token", "verify"}, token), AllOf(HasSubstr(client), HasSubstr("\"otp\"")));
  const std::string file = FileWith("token", token);
  EXPECT_EQ(login.c_str(), Json({"token", "verify", file}).at("claims").at("sid").as_string());
  EXPECT_EQ(1u, Json({"jwks"}).at("keys").as_array().size());
  EXPECT_EQ(Json({"jwks"}), boost::json::parse(Says({"jwks"})).as_object());

  const boost::json::object rotated = Json({"client", "rotate-secret", client});
  const std::string ticket2 = Says({"ticket", "--client", client, "--login", login});
  EXPECT_EQ(1,
            Fobctl({"exchange", "--client", client, "--client-secret-file", secret}, ticket2).code);
  const std::string fresh = FileWith("fresh.secret", rotated.at("client_secret").as_string());
  Says({"exchange", "--client", client, "--client-secret-file", fresh}, ticket2);

  Says({"login", "end", login});
  const Outcome dead = Fobctl({"token", "verify"}, token);
  EXPECT_EQ(1, dead.code);
  EXPECT_THAT(dead.out, HasSubstr("not active"));
  EXPECT_EQ(6, Fobctl({"ticket", "--client", client}).code) << "no login any more";
  Says({"client", "remove", client});
  EXPECT_EQ(6, Fobctl({"client", "remove", client}).code);

  EXPECT_THAT(Says({"audit", "tail", "-n", "100"}),
              AllOf(HasSubstr("ticket.exchange"), HasSubstr("ticket_used")));
  EXPECT_THAT(Says({"audit", "verify"}), StartsWith("intact"));
}

TEST_F(FobctlEndToEnd, TellsAChainThatWasTamperedWith) {
  EnrolTotp();
  LogIn();
  daemon_.Stop();
  std::string store;
  for (const auto& entry : std::filesystem::directory_iterator(daemon_.Path("state"))) {
    if (entry.path().extension() == ".db") store = entry.path();
  }
  ASSERT_NE("", store);
  // As somebody with root's rights on the file, who takes the table's own guards away first.
  const std::string drops = OutputOf(
      {"sqlite3", store,
       "SELECT 'DROP TRIGGER \"' || name || '\";' FROM sqlite_master WHERE type='trigger'"});
  OutputOf({"sqlite3", store, drops + " UPDATE audit SET rhost='203.0.113.9' WHERE seq = 3;"});
  daemon_.Start();
  const Outcome outcome = Fobctl({"audit", "verify"});
  EXPECT_EQ(1, outcome.code);
  EXPECT_THAT(outcome.out, HasSubstr("broken at event 3"));
}

TEST_F(FobctlEndToEnd, SaysWhenNobodyAnswers) {
  daemon_.Stop();
  EXPECT_EQ(3, Fobctl({"status"}).code);
  EXPECT_EQ(3, Fobctl({"otp", "list"}).code);
}

// The same store under a fobd that does not trust the test's uid: users' own view.
class AsAnOrdinaryUser : public FobctlEndToEnd {
 protected:
  void StopTrusting() {
    DaemonSetup setup;
    setup.trusted_uids = {4294967294u};
    daemon_.Configure(std::move(setup));
    daemon_.Restart();
  }
};

TEST_F(AsAnOrdinaryUser, AnEnrolmentCodeAdmitsTheFirstFactorOnce) {
  const std::string code(Json({"enrol-code", "create", Me()}).at("enrol_code").as_string());
  StopTrusting();
  const Outcome wrong = Fobctl({"otp", "enrol", "phone"}, "AAAA-AAAA-AAAA\n");
  EXPECT_EQ(1, wrong.code) << wrong.err;
  const std::string secret = EnrolOtp("phone", code + "\n");
  ASSERT_NE("", secret);
  EXPECT_THAT(Says({"otp", "list"}), HasSubstr("phone"));

  // From here on the enrolled factor proves who asks.
  daemon_.Advance(30);
  const std::string good = AppCode(secret);
  const Outcome used = Fobctl({"otp", "enrol", "tablet"}, code + "\n");
  EXPECT_EQ(1, used.code) << used.err;
  EnrolOtp("tablet", good + "\n");
  const Outcome replayed = Fobctl({"otp", "remove", "tablet"}, good + "\n");
  EXPECT_EQ(1, replayed.code) << replayed.err;
  daemon_.Advance(30);
  Says({"otp", "remove", "tablet"}, AppCode(secret) + "\n");
}

TEST_F(AsAnOrdinaryUser, WithoutACodeThereIsNoFirstFactor) {
  StopTrusting();
  EXPECT_EQ(1, Fobctl({"otp", "enrol", "phone"}, "AAAA-AAAA-AAAA\n").code);
  EXPECT_EQ(1, Fobctl({"key", "enrol", "blue"}, "AAAA-AAAA-AAAA\n").code);
  EXPECT_EQ(0, blue_.Status("blinks"));
}

TEST_F(AsAnOrdinaryUser, AnEnrolmentCodeEnrolsAKey) {
  const std::string code(Json({"enrol-code", "create", Me()}).at("enrol_code").as_string());
  StopTrusting();
  Says({"key", "enrol", "blue"}, code + "\n" + kPin + "\n");
  EXPECT_THAT(Says({"key", "list"}), HasSubstr("blue"));
}

TEST_F(AsAnOrdinaryUser, I5_AdministrationIsNotPermitted) {
  EnrolTotp();
  StopTrusting();
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{
           {"status"},
           {"client", "add", "Wiki", "--audience", "wiki"},
           {"client", "list"},
           {"client", "remove", "client_x"},
           {"client", "rotate-secret", "client_x"},
           {"audit", "tail", "--user", kSomebody},
           {"audit", "verify"},
           {"enrol-code", "create", Me()},
           {"user", "rebind", Me()},
           {"otp", "list", "--user", kSomebody},
           {"key", "list", "--user", kSomebody},
           {"otp", "enrol", "phone", "--user", kSomebody},
           {"key", "enrol", "blue", "--user", kSomebody},
           {"user", "show", kSomebody},
       }) {
    const Outcome outcome = Fobctl(verb);
    EXPECT_EQ(5, outcome.code) << verb[0] << " " << verb[1 % verb.size()] << ": " << outcome.out
                               << outcome.err;
  }
  EXPECT_THAT(Says({"otp", "list"}), HasSubstr("phone"));
  EXPECT_THAT(Says({"user", "show"}), HasSubstr(Me()));
  EXPECT_EQ("[]", boost::json::serialize(Json({"login", "list"}).at("logins")));
}

TEST_F(AsAnOrdinaryUser, I4_PamOfAnUntrustedCallerYieldsNoLogin) {
  EnrolTotp();
  StopTrusting();
  ScriptedConversation person;
  person.Error("");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("sshd", person).Authenticate())
      << "it may not vouch for a password";
  ScriptedConversation alone;
  alone.Shown("Code for", NextCode());
  PamSession session = Session("login", alone);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
  EXPECT_EQ(session.Variable("FOB_HANDLE"), std::nullopt);
  ScriptedConversation other;
  other.Error("");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("login", other, kSomebody).Authenticate());
}

}  // namespace
}  // namespace fob::testing
