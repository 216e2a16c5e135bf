// Codes of a counter, of other lengths and periods, and recovery codes, through PAM and the daemon.
#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

constexpr const char* kSecretHex = "3132333435363738393031323334353637383930";  // RFC 4226 appendix D
constexpr const char* kSecretBase32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

std::string Hotp(int64_t counter, int digits = 6) {
  return OutputOf({"oathtool", "--hotp", "--digits=" + std::to_string(digits), "--counter=" + std::to_string(counter), "-"},
                  kSecretHex);
}

class OtherCodes : public EndToEnd {
 protected:
  static DaemonSetup EveryCode() {
    DaemonSetup setup;
    setup.time = 1'700'000'000;
    setup.rules =
        "[[rule]]\nname = \"all\"\nservice = \"sshd\"\nrequire = \"totp | hotp | recovery\"\n"
        "[[rule]]\nname = \"rest\"\naction = \"deny\"\n";
    return setup;
  }
  OtherCodes() : EndToEnd(EveryCode()) {}

  void EnrolToken(int64_t counter = 0, int digits = 6) {
    EnrolTotp(Me(), "token",
              "otpauth://hotp/rfc?secret=" + std::string(kSecretBase32) + "&counter=" + std::to_string(counter) +
                  "&digits=" + std::to_string(digits),
              Hotp(counter, digits));
  }
  int Try(const std::vector<std::string>& codes) {
    ScriptedConversation person;
    const char* shown[] = {"Code for", "next code"};
    for (size_t i = 0; i < codes.size(); ++i) person.Shown(shown[i], codes[i]);
    return Session("sshd", person).Authenticate();
  }
};

TEST_F(OtherCodes, Rfc4226AppendixDLogsInThroughTheDaemon) {
  EnrolToken();  // counter 0, 755224
  for (const char* code : {"287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"})
    EXPECT_PAM(PAM_SUCCESS, Try({code})) << code;
  ScriptedConversation again;
  again.Shown("Code for", "520489").Error("");
  EXPECT_PAM(PAM_AUTH_ERR, Session("sshd", again).Authenticate()) << "I18: once";
}

TEST_F(OtherCodes, ATokenWithEightDigitsAndASkippedCode) {
  EnrolToken(1000, 8);
  EXPECT_PAM(PAM_SUCCESS, Try({Hotp(1007, 8)}));
}

TEST_F(OtherCodes, ATokenThatRanAheadIsAskedForItsNextCode) {
  EnrolToken();
  EXPECT_PAM(PAM_SUCCESS, Try({Hotp(60), Hotp(61)}));
  EXPECT_PAM(PAM_SUCCESS, Try({Hotp(62)})) << "in step again";
}

TEST_F(OtherCodes, I18_ACounterOutlivesAKill) {
  EnrolToken();
  EXPECT_PAM(PAM_SUCCESS, Try({Hotp(1)}));
  daemon_.Restart();
  ScriptedConversation person;
  person.Shown("Code for", Hotp(1)).Error("");
  EXPECT_PAM(PAM_AUTH_ERR, Session("sshd", person).Authenticate());
  EXPECT_PAM(PAM_SUCCESS, Try({Hotp(2)}));
}

TEST_F(OtherCodes, SevenDigitsAMinuteEachOfSha512) {
  const auto code = [&] {
    return OutputOf({"oathtool", "--totp=sha512", "--digits=7", "--time-step-size=60", "--now=@" + std::to_string(daemon_.time()), "-"},
                    kSecretHex);
  };
  EnrolTotp(Me(), "slow",
            "otpauth://totp/rfc?secret=" + std::string(kSecretBase32) + "&algorithm=SHA512&digits=7&period=60", code());
  daemon_.Advance(60);
  EXPECT_PAM(PAM_SUCCESS, Try({code()}));
}

TEST_F(OtherCodes, RecoveryCodesLogInOnceEach) {
  EnrolToken();
  proto::Connection connection = daemon_.Connect();
  const auto made = connection.Stream<proto::enrol::CreateRecoveryCodes>({Me(), {}, {}}, proto::DeadlineIn(10'000),
                                                                         [](auto) { return Ok(); });
  ASSERT_TRUE(made.ok() && made->done && made->done->recovery_codes) << (made.ok() ? "" : made.error().text);
  const auto& codes = *made->done->recovery_codes;
  ASSERT_EQ(10u, codes.size());
  for (const SecretBytes& code : codes) EXPECT_PAM(PAM_SUCCESS, Try({std::string(code.RevealText())}));
  ScriptedConversation again;
  again.Shown("Code for", std::string(codes[0].RevealText())).Error("");
  EXPECT_PAM(PAM_AUTH_ERR, Session("sshd", again).Authenticate());
}

}  // namespace
}  // namespace fob::testing
