// Codes: those of the standard, and none of them twice.
#include <atomic>
#include <cctype>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

class Codes : public EndToEnd {
 protected:
  Codes() { EnrolTotp(); }
  static constexpr const char* kUsed = "used already";
  static constexpr const char* kWrong = "not right";
};

struct Row {
  int64_t time;
  const char* sha1;
  const char* sha256;
  const char* sha512;
};
constexpr Row kAppendixB[] = {
    {59, "94287082", "46119246", "90693936"},
    {1111111109, "07081804", "68084774", "25091201"},
    {1111111111, "14050471", "67062674", "99943326"},
    {1234567890, "89005924", "91819424", "93441116"},
    {2000000000, "69279037", "90698825", "38618901"},
    {20000000000, "65353130", "77737706", "47863826"},
};

class AppendixB : public EndToEnd {
 protected:
  static DaemonSetup InTheFirstStep() {
    DaemonSetup setup;
    setup.time = 15;
    return setup;
  }
  AppendixB() : EndToEnd(InTheFirstStep()) {
    // The seeds are the digits "1234567890" repeated to the length of the hash (RFC 6238 errata
    // 2866).
    for (const auto& [name, size] : {std::pair{"SHA1", 20}, {"SHA256", 32}, {"SHA512", 64}}) {
      std::string seed, hex, hash(name);
      for (int i = 0; i < size; ++i) seed += static_cast<char>('0' + (i + 1) % 10);
      for (const char c : seed) hex += std::string("3") + c;
      const std::string base32 = OutputOf({"base32", "--wrap=0"}, seed);
      for (char& c : hash) c = static_cast<char>(::tolower(c));
      EnrolTotp(
          Me(), name,
          "otpauth://totp/rfc?secret=" + base32 + "&algorithm=" + name + "&digits=8&period=30",
          OathtoolCode(15, hash, 8, hex));
    }
  }
};

TEST_F(AppendixB, EveryRowOfRfc6238LogsInThroughTheDaemon) {
  for (const Row& row : kAppendixB) {
    daemon_.SetTime(row.time);
    for (const char* code : {row.sha1, row.sha256, row.sha512}) {
      EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code)) << row.time << " " << code;
    }
    for (const char* code : {row.sha1, row.sha256, row.sha512}) {
      EXPECT_PAM(PAM_AUTH_ERR,
                 [&] {
                   ScriptedConversation person;
                   person.Shown("Code for", code).Error("");
                   return Session("sshd", person).Authenticate();
                 }())
          << row.time << " " << code << " a second time";
    }
  }
}

TEST_F(Codes, OathtoolsCodeLogsIn) { EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode())); }

TEST_F(Codes, AWrongCodeIsDeniedAndAudited) {
  daemon_.Advance(30);
  const std::string good = OathtoolCode(daemon_.time());
  std::string wrong = good;
  wrong.back() = wrong.back() == '9' ? '0' : static_cast<char>(wrong.back() + 1);
  IsDenied("sshd", wrong, kWrong);
  const proto::AuditEvent event = LastEvent();
  EXPECT_EQ("login", event.action);
  EXPECT_EQ(proto::AuditEvent::Outcome::kDenied, event.outcome);
  EXPECT_EQ("wrong_code totp", event.detail);
  for (const char* junk : {"", "12345", "1234567", "abcdef", "\xff\xfe", "-12345", "0x1234"}) {
    SCOPED_TRACE(junk);
    daemon_.Advance(20);  // longer than failures make one wait by then
    ScriptedConversation person;
    person.Shown("Code for", junk).Error("");
    EXPECT_NE(PAM_SUCCESS, Session("sshd", person).Authenticate());
  }
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

TEST_F(Codes, FailuresAreDelayedAndForgivenByAnAdministrator) {
  for (int i = 0; i < 4; ++i) IsDenied("sshd", "000000", kWrong);
  ScriptedConversation person;
  person.Error("try again in 1 second");
  EXPECT_PAM(PAM_AUTH_ERR, Session("sshd", person).Authenticate());
  daemon_.Restart();
  ScriptedConversation still;
  still.Error("try again in 1 second");
  EXPECT_PAM(PAM_AUTH_ERR, Session("sshd", still).Authenticate());
  ASSERT_TRUE(daemon_.Call<proto::admin::UnlockUser>({Me()}).ok());
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

TEST_F(Codes, TheWindowIsOneStepEitherWay) {
  const int64_t start = daemon_.time();
  daemon_.SetTime(start + 300);
  IsDenied("sshd", OathtoolCode(start + 240), kWrong);
  IsDenied("sshd", OathtoolCode(start + 360), kWrong);
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", OathtoolCode(start + 270)));
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", OathtoolCode(start + 300)));
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", OathtoolCode(start + 330)));
}

TEST_F(Codes, I18_ACodeWorksOnce) {
  const std::string code = NextCode();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code));
  IsDenied("sshd", code, kUsed);
  IsDenied("login", code, kUsed);
  EXPECT_EQ("replayed_code", LastEvent().detail);
}

TEST_F(Codes, I18_AnOlderCodeThanTheLastOneIsRefused) {
  daemon_.Advance(60);
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", OathtoolCode(daemon_.time())));
  IsDenied("sshd", OathtoolCode(daemon_.time() - 30), kUsed);
}

TEST_F(Codes, I18_TheCodeThatActivatedAnOtpDoesNotLogIn) {
  IsDenied("sshd", OathtoolCode(daemon_.time()), kUsed);
}

TEST_F(Codes, I18_AUsedCodeStaysUsedAcrossRestart) {
  const std::string code = NextCode();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code));
  EXPECT_EQ(0, daemon_.Stop());
  daemon_.Start();
  IsDenied("sshd", code, kUsed);
}

TEST_F(Codes, I18_AUsedCodeStaysUsedAcrossKillNine) {
  for (int round = 0; round < 5; ++round) {
    const std::string code = NextCode();
    EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code));
    daemon_.Kill();
    daemon_.Start();
    IsDenied("sshd", code, kUsed);
  }
}

TEST_F(Codes, I18_SpacesAndZerosMakeNoOtherCode) {
  const std::string code = NextCode();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code.substr(0, 3) + " " + code.substr(3)));
  for (const std::string& variant :
       {code, " " + code, code + " ", code.substr(0, 3) + " " + code.substr(3)}) {
    IsDenied("sshd", variant, kUsed);
  }
  for (const std::string& variant :
       {"0" + code, "00" + code, code + "0", "+" + code, "\t" + code, code.substr(1)}) {
    daemon_.Advance(2);  // as long as failures make one wait by then
    ScriptedConversation person;
    person.Shown("Code for", variant).Error("");
    EXPECT_PAM(PAM_AUTH_ERR, Session("sshd", person).Authenticate()) << variant;
  }
}

TEST_F(Codes, I18_LeadingZerosOfACodeArePartOfIt) {
  // Steps whose code begins with a zero come about every tenth time.
  std::string code;
  for (int tries = 0; tries < 200 && !code.starts_with('0'); ++tries) code = NextCode();
  ASSERT_TRUE(code.starts_with('0'));
  ScriptedConversation person;
  person.Shown("Code for", code.substr(1)).Error("not right");
  EXPECT_PAM(PAM_AUTH_ERR, Session("sshd", person).Authenticate());
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code));
}

TEST_F(Codes, I18_OneOfManyLoginsAtOnceTakesTheCode) {
  const std::string code = NextCode();
  constexpr int kLogins = 8;
  // All have been asked before any answers.
  std::vector<proto::Connection> connections;
  for (int i = 0; i < kLogins; ++i) {
    connections.push_back(daemon_.Connect());
    const auto asked = connections.back().Stream<proto::login::Begin>(
        {Me(), "sshd", std::nullopt, std::nullopt, std::nullopt, std::nullopt},
        proto::DeadlineIn(10'000), [](auto) { return Ok(); });
    ASSERT_TRUE(asked.ok() && asked->ask.has_value());
  }
  std::atomic<int> granted = 0;
  {
    std::vector<std::jthread> people;
    for (proto::Connection& connection : connections) {
      people.emplace_back([&] {
        const auto out = connection.Stream<proto::login::Continue>(
            {SecretBytes(code)}, proto::DeadlineIn(20'000), [](auto) { return Ok(); });
        if (out.ok() && out->granted) ++granted;
      });
    }
  }
  EXPECT_EQ(1, granted);
}

}  // namespace
}  // namespace fob::testing
