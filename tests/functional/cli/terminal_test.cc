// What a person at a terminal sees, and what the terminal is left like.
#include <gtest/gtest.h>

#include "tests/functional/cli/fake_daemon.h"
#include "tests/functional/cli/verb_cases.h"

namespace fob::testing {
namespace {

using proto::Ask;
using proto::Info;
using KeyOut = proto::enrol::EnrolKey::Out;
using OtpOut = proto::enrol::EnrolOtp::Out;
using NextOut = proto::enrol::Continue::Out;

class AtTheTerminal : public ::testing::Test {
 protected:
  std::vector<std::string> With(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--socket", daemon_.path()});
    return arguments;
  }
  void AskForPin() {
    KeyOut out;
    out.ask = Ask{Ask::Kind::kPin, "PIN of the key", false};
    daemon_.Answer<proto::enrol::EnrolKey>(out);
  }
  void Finish() {
    NextOut out;
    out.done = proto::Done{SomeKey(), std::nullopt, std::nullopt, "enrolled blue"};
    daemon_.Answer<proto::enrol::Continue>(out);
  }
  void ExpectUsual(const OnTerminal& terminal) {
    const tcflag_t usual = ECHO | ICANON | ISIG;
    EXPECT_EQ(terminal.Modes().c_lflag & usual, usual);
  }

  TempFolder folder_;
  FakeDaemon daemon_{folder_ / "s"};
};

TEST_F(AtTheTerminal, APinIsNotEchoed) {
  AskForPin();
  Finish();
  OnTerminal terminal(With({"key", "enrol", "blue"}));
  ASSERT_TRUE(terminal.SeesNext("PIN of the key: "));
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("31415926\n");
  EXPECT_TRUE(terminal.SeesNext("enrolled blue"));
  EXPECT_EQ(terminal.Wait(), 0) << terminal.seen();
  EXPECT_EQ(terminal.seen().find("31415926"), std::string::npos) << terminal.seen();
  EXPECT_EQ(daemon_.calls().at(1).parameters.at("answer"), "31415926");
  ExpectUsual(terminal);
}

TEST_F(AtTheTerminal, CtrlCAtThePinPromptRestoresCancelsAndExitsWith4) {
  AskForPin();
  OnTerminal terminal(With({"key", "enrol", "blue"}));
  ASSERT_TRUE(terminal.SeesNext("PIN of the key: "));
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("314\x03");
  EXPECT_TRUE(daemon_.WaitForClosed(1));
  EXPECT_EQ(terminal.Wait(), 4) << terminal.seen();
  ExpectUsual(terminal);
  EXPECT_EQ(daemon_.calls().size(), 1U) << "nothing was answered";
}

TEST_F(AtTheTerminal, OtherWaysOutRestoreToo) {
  for (const std::string& out : {std::string("\x04"), std::string("\n"), std::string("\x1c")}) {
    AskForPin();
    OnTerminal terminal(With({"key", "enrol", "blue"}));
    ASSERT_TRUE(terminal.SeesNext("PIN of the key: "));
    ASSERT_TRUE(terminal.EchoBecomes(false));
    terminal.Type(out);  // Ctrl-D, Enter alone, Ctrl-backslash
    EXPECT_EQ(terminal.Wait(), 4) << terminal.seen();
    ExpectUsual(terminal);
  }
  AskForPin();
  OnTerminal terminal(With({"--timeout", "200ms", "key", "enrol", "blue"}));
  ASSERT_TRUE(terminal.SeesNext("PIN of the key: "));
  EXPECT_EQ(terminal.Wait(), 4) << "the deadline";
  ExpectUsual(terminal);
}

TEST_F(AtTheTerminal, CtrlZAtThePinPromptStopsWithEchoAndAsksAgain) {
  AskForPin();
  Finish();
  OnTerminal terminal(With({"key", "enrol", "blue"}));
  ASSERT_TRUE(terminal.SeesNext("PIN of the key: "));
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("31\x1a");
  ASSERT_TRUE(terminal.Stops()) << terminal.seen();
  ExpectUsual(terminal);
  terminal.Signal(SIGCONT);
  ASSERT_TRUE(terminal.SeesNext("PIN of the key: "));
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("2718\n");
  EXPECT_EQ(terminal.Wait(), 0) << terminal.seen();
  EXPECT_EQ(daemon_.calls().at(1).parameters.at("answer"), "2718")
      << "what was typed before is forgotten";
  ExpectUsual(terminal);
}

TEST_F(AtTheTerminal, WaitingTurnsASpinnerAndCtrlCCancelsTheKeyAtOnce) {
  KeyOut touch;
  touch.info = Info{Info::Kind::kTouch, "Touch your key"};
  daemon_.Stall<proto::enrol::EnrolKey>(touch);
  OnTerminal terminal(With({"key", "enrol", "blue"}));
  ASSERT_TRUE(terminal.SeesNext("⠋ Touch your key"));
  ASSERT_TRUE(terminal.SeesNext("⠙ Touch your key")) << "it turns";
  terminal.Type("\x03");
  EXPECT_TRUE(daemon_.WaitForClosed(1));
  EXPECT_EQ(terminal.Wait(), 4) << terminal.seen();
  EXPECT_TRUE(terminal.SeesNext("fobctl: interrupted"));
  ExpectUsual(terminal);
}

TEST_F(AtTheTerminal, WhatIsTypedWhileWaitingIsNeitherShownNorAnAnswer) {
  KeyOut touch;
  touch.info = Info{Info::Kind::kTouch, "Touch your key"};
  daemon_.Stall<proto::enrol::EnrolKey>(touch);
  OnTerminal terminal(With({"key", "enrol", "blue"}));
  ASSERT_TRUE(terminal.SeesNext("Touch your key"));
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("31415926\x1a");
  ASSERT_TRUE(terminal.Stops()) << terminal.seen();
  ExpectUsual(terminal);
  terminal.Signal(SIGCONT);
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("\x03");
  EXPECT_EQ(terminal.Wait(), 4) << terminal.seen();
  EXPECT_EQ(terminal.seen().find("31415926"), std::string::npos) << terminal.seen();
  ExpectUsual(terminal);
}

TEST_F(AtTheTerminal, TheTurningLineFitsTheTerminal) {
  KeyOut touch;
  touch.info = Info{Info::Kind::kTouch, "Touch your key, the one that blinks on the desk"};
  daemon_.Stall<proto::enrol::EnrolKey>(touch);
  OnTerminal terminal(With({"key", "enrol", "blue"}), 20);
  ASSERT_TRUE(terminal.SeesNext("⠙ Touch your key, t\r")) << terminal.seen();
  terminal.Type("\x03");
  EXPECT_EQ(terminal.Wait(), 4);
}

TEST_F(AtTheTerminal, EnterAloneAsksForTheCodeAgain) {
  OtpOut ask;
  ask.ask = Ask{Ask::Kind::kCode, "Code that your app shows", true};
  daemon_.Answer<proto::enrol::EnrolOtp>(ask);
  NextOut done;
  done.done = proto::Done{std::nullopt, SomeOtp(), std::nullopt, "enrolled phone"};
  daemon_.Answer<proto::enrol::Continue>(done);
  OnTerminal terminal(With({"otp", "enrol", "phone"}));
  ASSERT_TRUE(terminal.SeesNext("Code that your app shows: "));
  terminal.Type("\n");
  ASSERT_TRUE(terminal.SeesNext("Code that your app shows: "));
  terminal.Type("123456\n");
  EXPECT_EQ(terminal.Wait(), 0) << terminal.seen();
  EXPECT_EQ(daemon_.calls().at(1).parameters.at("answer"), "123456");
}

TEST_F(AtTheTerminal, ACodeIsEchoedAndTheQrCodeDrawn) {
  OtpOut offer;
  offer.ask = Ask{Ask::Kind::kCode, "Code", true};
  offer.offer = proto::OtpOffer{
      SecretBytes(std::string_view("otpauth://totp/fob:alice?secret=GEZDGNBVGY3TQOJQ")),
      SecretBytes(std::string_view("GEZDGNBVGY3TQOJQ"))};
  std::vector<OtpOut> offers;
  offers.push_back(std::move(offer));
  daemon_.Answer<proto::enrol::EnrolOtp>(offers);
  NextOut done;
  done.done = proto::Done{std::nullopt, SomeOtp(), std::nullopt, "enrolled phone"};
  daemon_.Answer<proto::enrol::Continue>(done);
  {
    OnTerminal terminal(With({"otp", "enrol", "phone"}));
    ASSERT_TRUE(terminal.SeesNext("▀"));
    ASSERT_TRUE(terminal.SeesNext("GEZD GNBV GY3T QOJQ"));
    ASSERT_TRUE(terminal.SeesNext("otpauth://totp/fob:alice?secret=GEZDGNBVGY3TQOJQ"));
    ASSERT_TRUE(terminal.SeesNext("Code: "));
    terminal.Type("123456\n");
    EXPECT_TRUE(terminal.SeesNext("123456"));
    EXPECT_EQ(terminal.Wait(), 0) << terminal.seen();
  }
  for (const bool narrow : {true, false}) {
    daemon_.Answer<proto::enrol::EnrolOtp>(offers);
    std::vector<std::string> arguments = With({"otp", "enrol", "phone"});
    if (!narrow) arguments.push_back("--no-qr");
    OnTerminal terminal(arguments, narrow ? 30 : 120);
    ASSERT_TRUE(terminal.SeesNext("Code: "));
    terminal.Type("\x04");
    EXPECT_EQ(terminal.Wait(), 4);
    EXPECT_EQ(terminal.seen().find("▀"), std::string::npos) << terminal.seen();
  }
}

TEST_F(AtTheTerminal, ATokenIsAskedForWithoutEcho) {
  proto::token::Verify::Out out;
  out.why = "revoked";
  daemon_.Answer<proto::token::Verify>(out);
  OnTerminal terminal(With({"token", "verify"}));
  ASSERT_TRUE(terminal.SeesNext("token: "));
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type("eyJ.secret.token\n");
  EXPECT_TRUE(terminal.SeesNext("not active: revoked"));
  EXPECT_EQ(terminal.Wait(), 1) << terminal.seen();
  EXPECT_EQ(terminal.seen().find("eyJ.secret.token"), std::string::npos);
}

TEST_F(AtTheTerminal, ATicketThatTakesATouchGetsItFromALoginOfItsOwn) {
  daemon_.Fail("org.fobd.Token.Ticket", MakeError(Code::kDenied, "fresh_touch", "a touch for each ticket"));
  std::vector<proto::login::Begin::Out> said(2);
  said[0].info = Info{Info::Kind::kTouch, "Touch your key"};
  proto::Granted& granted = said[1].granted.emplace();
  granted.outcome = proto::Granted::Outcome::kLogin;
  granted.handle = SecretBytes("handle_x");
  daemon_.Answer<proto::login::Begin>(said);
  proto::login::Confirm::Out confirmed;
  confirmed.login.login = "login_fresh";
  daemon_.Answer<proto::login::Confirm>(confirmed);
  daemon_.Answer<proto::token::Ticket>(proto::token::Ticket::Out{SecretBytes("tkt_fresh"), "wiki", "login_fresh", 0});
  OnTerminal terminal(With({"ticket", "--client", "wiki"}));
  ASSERT_TRUE(terminal.SeesNext("takes a touch of your security key"));
  EXPECT_EQ(terminal.Wait(), 0) << terminal.seen();
  EXPECT_NE(terminal.seen().find("tkt_fresh"), std::string::npos) << terminal.seen();
  const auto calls = daemon_.calls();
  ASSERT_EQ(calls.size(), 4U);
  EXPECT_EQ(calls[1].parameters.at("service"), "fobctl");
  EXPECT_EQ(calls[2].parameters.at("handle"), "handle_x");
  EXPECT_EQ(calls[3].parameters.at("login"), "login_fresh");
  ExpectUsual(terminal);
}

}  // namespace
}  // namespace fob::testing
