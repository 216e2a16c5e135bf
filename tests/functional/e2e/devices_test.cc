// fobctl key devices, key pin and key reset, from the terminal to the key.
#include "tests/functional/cli/fobctl.h"
#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Devices : public KeysEndToEnd {
 protected:
  std::vector<std::string> With(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--socket", daemon_.socket()});
    return arguments;
  }
  Outcome Fobctl(std::vector<std::string> arguments) const {
    return RunFobctl(With(std::move(arguments)));
  }
};

TEST_F(Devices, AreListedWithWhatTheyCan) {
  const Outcome text = Fobctl({"key", "devices"});
  ASSERT_EQ(0, text.code) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("blue"), HasSubstr("FIDO_2_1"), HasSubstr("8 tries left"),
                              HasSubstr("666f622d-7669-7274-7561-6c2d6b657931"),
                              HasSubstr("room for 25"), HasSubstr("ES256, EdDSA")));
  EXPECT_EQ(0, blue_.Status("blinks"));
  blue_.Unplug();
  const Outcome none = Fobctl({"key", "devices"});
  EXPECT_EQ(0, none.code);
  EXPECT_THAT(none.out + none.err, HasSubstr("no security key is plugged in"));
  Key old(daemon_.keys(), {"--u2f-only"}, "old");
  Key slow(daemon_.keys(), {"--misbehave", "silent"}, "slow");
  const Outcome both = Fobctl({"--json", "key", "devices"});
  EXPECT_THAT(both.out, AllOf(HasSubstr("\"u2f\""), HasSubstr("key_silent")));
}

TEST_F(Devices, APinIsChangedWithoutEchoAndOneTryAPrompt) {
  OnTerminal terminal(With({"key", "pin", "change"}));
  ASSERT_TRUE(terminal.SeesNext("8 tries left")) << terminal.seen();
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("9999\n");
  ASSERT_TRUE(terminal.SeesNext("New PIN of \"blue\", at least 4 characters")) << terminal.seen();
  terminal.Type("12\n");
  ASSERT_TRUE(terminal.SeesNext("too short")) << terminal.seen();
  terminal.Type("161803\n");
  ASSERT_TRUE(terminal.SeesNext("once more")) << terminal.seen();
  terminal.Type("161803\n");
  ASSERT_TRUE(terminal.SeesNext("7 tries left")) << terminal.seen();
  terminal.Type(std::string(kPin) + "\n");
  EXPECT_TRUE(terminal.SeesNext("is changed")) << terminal.seen();
  EXPECT_EQ(0, terminal.Wait()) << terminal.seen();
  EXPECT_THAT(terminal.seen(), AllOf(Not(HasSubstr("161803")), Not(HasSubstr(kPin))));
  EXPECT_EQ("device.change_pin", LastEvent().action);
  EnrolKey("blue", "161803");
}

TEST_F(Devices, APinThatIsSetAlreadyIsSaid) {
  const Outcome outcome = Fobctl({"key", "pin", "set"});
  EXPECT_EQ(6, outcome.code);
  EXPECT_THAT(outcome.err, HasSubstr("fobctl key pin change"));
  Key red(daemon_.keys(), {}, "red");
  const Outcome several = Fobctl({"key", "pin", "set"});
  EXPECT_EQ(6, several.code);
  EXPECT_THAT(several.err, HasSubstr("--device"));
  OnTerminal terminal(With({"key", "pin", "set", "--device", red.socket()}));
  ASSERT_TRUE(terminal.SeesNext("New PIN of \"red\"")) << terminal.seen();
  terminal.Type("161803\n");
  ASSERT_TRUE(terminal.SeesNext("once more")) << terminal.seen();
  terminal.Type("161803\n");
  EXPECT_EQ(0, terminal.Wait()) << terminal.seen();
  EXPECT_EQ(1, red.Status("pin_set"));
}

TEST_F(Devices, AForcedPinChangeIsToldAtTheLoginAndMadeByFobctl) {
  EnrolKey("blue");
  blue_.Command("force-pin-change on");
  ScriptedConversation person;
  person.Error("fobctl key pin change");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", person).Authenticate());
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  OnTerminal terminal(With({"key", "pin", "change"}));
  for (const char* pin : {kPin, "161803", "161803"}) {
    ASSERT_TRUE(terminal.SeesNext("PIN")) << terminal.seen();
    ASSERT_TRUE(terminal.EchoBecomes(false));
    terminal.Type(std::string(pin) + "\n");
  }
  EXPECT_EQ(0, terminal.Wait()) << terminal.seen();
}

TEST_F(Devices, AResetAsksTwiceAndGuidesThroughIt) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("command");
  OnTerminal terminal(With({"key", "reset"}));
  ASSERT_TRUE(terminal.SeesNext("Type reset to go on")) << terminal.seen();
  terminal.Type("reset\n");
  ASSERT_TRUE(terminal.SeesNext("Type yes")) << terminal.seen();
  EXPECT_EQ(1, blue_.Status("credentials"));
  terminal.Type("yes\n");
  ASSERT_TRUE(terminal.SeesNext("Unplug")) << terminal.seen();
  blue_.Unplug();
  ASSERT_TRUE(terminal.SeesNext("in again")) << terminal.seen();
  blue_.Plug();
  ASSERT_TRUE(terminal.SeesNext("Touch")) << terminal.seen();
  blue_.TouchWhenAsked();
  EXPECT_TRUE(terminal.SeesNext("as new")) << terminal.seen();
  EXPECT_EQ(0, terminal.Wait()) << terminal.seen();
  EXPECT_EQ(0, blue_.Status("credentials"));
  EXPECT_EQ(0, blue_.Status("pin_set"));
  EXPECT_EQ("device.reset", LastEvent().action);
}

TEST_F(Devices, AResetWithoutAYesLeavesTheKeyAlone) {
  EnrolKey("blue");
  OnTerminal terminal(With({"key", "reset"}));
  ASSERT_TRUE(terminal.SeesNext("Type reset to go on")) << terminal.seen();
  terminal.Type("reset\n");
  ASSERT_TRUE(terminal.SeesNext("Type yes")) << terminal.seen();
  terminal.Type("\n");
  EXPECT_EQ(4, terminal.Wait()) << terminal.seen();
  EXPECT_EQ(1, blue_.Status("credentials"));
  EXPECT_EQ("not_confirmed", LastEvent().detail.value_or(""));
}

// What a YubiKey types when it is touched by mistake is no guess.
TEST_F(Devices, AYubicoOtpIsNoCodeAndNotCounted) {
  EnrolTotp();
  for (int i = 0; i < 6; ++i) {
    IsDenied("sshd", "cccccccfjvndhlktdeflilhuvkrfcbnljvivcreidkhg", "Yubico OTP");
  }
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode())) << "and nothing has to be waited for";
}

}  // namespace
}  // namespace fob::testing
