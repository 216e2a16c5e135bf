// Enrolment ceremonies without a terminal, as scripts run them.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/functional/cli/fake_daemon.h"
#include "tests/functional/cli/verb_cases.h"

namespace fob::testing {
namespace {

using proto::Ask;
using proto::Info;
using KeyOut = proto::enrol::EnrolKey::Out;
using OtpOut = proto::enrol::EnrolOtp::Out;
using NextOut = proto::enrol::Continue::Out;

const std::string kUri = "otpauth://totp/fob:alice?secret=GEZDGNBVGY3TQOJQ&issuer=fob";

template <typename Out>
Out Told(Info::Kind kind, const std::string& message) {
  Out out;
  out.info = Info{kind, message};
  return out;
}

template <typename Out>
Out Asked(Ask::Kind kind, const std::string& prompt, bool echo = false) {
  Out out;
  out.ask = Ask{kind, prompt, echo};
  return out;
}

NextOut DoneWith(std::optional<proto::Key> key, std::optional<proto::Otp> otp,
                 const std::string& message) {
  NextOut out;
  out.done = proto::Done{std::move(key), std::move(otp), std::nullopt, message};
  return out;
}

std::vector<OtpOut> Offer() {
  std::vector<OtpOut> out;
  out.push_back(Asked<OtpOut>(Ask::Kind::kCode, "Code: ", true));
  out.back().offer =
      proto::OtpOffer{SecretBytes(kUri), SecretBytes(std::string_view("GEZDGNBVGY3TQOJQ"))};
  return out;
}

class Ceremony : public ::testing::Test {
 protected:
  std::vector<std::string> With(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--socket", daemon_.path()});
    return arguments;
  }

  TempFolder folder_;
  FakeDaemon daemon_{folder_ / "s"};
};

TEST_F(Ceremony, TakesAnswersLineByLineFromStandardInput) {
  std::vector<KeyOut> first;
  first.push_back(Told<KeyOut>(Info::Kind::kInsert, "Insert your key"));
  first.push_back(Asked<KeyOut>(Ask::Kind::kPin, "PIN of the key"));
  daemon_.Answer<proto::enrol::EnrolKey>(first);
  std::vector<NextOut> second;
  second.push_back(Told<NextOut>(Info::Kind::kNotice, "wrong PIN, 7 tries left"));
  second.push_back(Asked<NextOut>(Ask::Kind::kPin, "PIN again"));
  daemon_.Answer<proto::enrol::Continue>(second);
  std::vector<NextOut> third;
  third.push_back(Told<NextOut>(Info::Kind::kTouch, "Touch your key"));
  third.push_back(DoneWith(SomeKey(), std::nullopt, "enrolled blue for alice"));
  daemon_.Answer<proto::enrol::Continue>(third);

  const Outcome outcome = RunFobctl(
      With({"key", "enrol", "blue", "--user", "alice", "--discoverable", "--timeout", "30s"}),
      "1111\r\n2222\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "enrolled blue for alice\n");
  EXPECT_EQ(
      outcome.err,
      "Insert your key\nPIN of the key:\nwrong PIN, 7 tries left\nPIN again:\nTouch your key\n");

  const auto calls = daemon_.calls();
  ASSERT_EQ(calls.size(), 3U);
  const boost::json::object begun = {
      {"user", "alice"}, {"name", "blue"}, {"discoverable", true}, {"timeout_ms", 30000}};
  EXPECT_EQ(calls[0].parameters, begun);
  EXPECT_TRUE(calls[0].more && calls[1].more);
  EXPECT_EQ(calls[1].parameters.at("answer"), "1111");
  EXPECT_EQ(calls[2].parameters.at("answer"), "2222");
}

TEST_F(Ceremony, AnEndedInputOrAnEmptyAnswerCancels) {
  for (const char* input : {"", "\n"}) {
    daemon_.Answer<proto::enrol::EnrolKey>(Asked<KeyOut>(Ask::Kind::kPin, "PIN"));
    EXPECT_EQ(RunFobctl(With({"key", "enrol", "blue"}), input).code, 4);
  }
  EXPECT_TRUE(daemon_.WaitForClosed(2));
  EXPECT_EQ(daemon_.calls().size(), 2U) << "nothing was answered";
}

TEST_F(Ceremony, AnEmptyChoiceIsAnAnswer) {
  daemon_.Answer<proto::enrol::EnrolKey>(
      Asked<KeyOut>(Ask::Kind::kChoice, "Code, or Enter for your key", true));
  daemon_.Answer<proto::enrol::Continue>(DoneWith(SomeKey(), std::nullopt, "done"));
  EXPECT_EQ(RunFobctl(With({"key", "enrol", "blue"}), "\n").code, 0);
  EXPECT_EQ(daemon_.calls().at(1).parameters.at("answer"), "");
}

TEST_F(Ceremony, OtpEnrolGivesTheUriBeforeItAsksForTheCode) {
  daemon_.Answer<proto::enrol::EnrolOtp>(Offer());
  Background fobctl(
      With({"otp", "enrol", "phone", "--digits", "8", "--period", "60", "--algorithm", "SHA256"}));
  EXPECT_EQ(fobctl.ReadLine(), kUri);
  // The offer may come again with the next question; it is shown once.
  std::vector<NextOut> again;
  again.push_back(Asked<NextOut>(Ask::Kind::kCode, "Again", true));
  again.back().offer =
      proto::OtpOffer{SecretBytes(kUri), SecretBytes(std::string_view("GEZDGNBVGY3TQOJQ"))};
  daemon_.Answer<proto::enrol::Continue>(again);
  daemon_.Answer<proto::enrol::Continue>(DoneWith(std::nullopt, SomeOtp(), ""));
  fobctl.Say("11111111\n12345678\n");
  const Outcome outcome = fobctl.Wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "otp enrolled\n");
  EXPECT_EQ(outcome.err.find("█"), std::string::npos) << "no picture away from a terminal";
  const boost::json::object begun = {
      {"name", "phone"}, {"algorithm", "SHA256"}, {"digits", 8}, {"period", 60}};
  EXPECT_EQ(daemon_.calls().at(0).parameters, begun);
  EXPECT_EQ(daemon_.calls().at(2).parameters.at("answer"), "12345678");
}

TEST_F(Ceremony, WithJsonTheUriGoesToStandardErrorAndTheOutcomeIsTheOnlyDocument) {
  daemon_.Answer<proto::enrol::EnrolOtp>(Offer());
  daemon_.Answer<proto::enrol::Continue>(DoneWith(std::nullopt, SomeOtp(), "done"));
  const Outcome outcome = RunFobctl(With({"otp", "enrol", "phone", "--json"}), "123456\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.err.find("\n" + kUri + "\n"), std::string::npos) << outcome.err;
  const auto done = boost::json::parse(outcome.out);
  EXPECT_EQ(done.at("otp").at("name"), "phone");
}

TEST_F(Ceremony, ImportReadsTheUriFromAFileOrStandardInput) {
  const std::string file = folder_.Write("uri", kUri + "\n");
  for (const bool from_file : {true, false}) {
    std::vector<OtpOut> asked;
    asked.push_back(Asked<OtpOut>(Ask::Kind::kCode, "Code", true));
    daemon_.Answer<proto::enrol::EnrolOtp>(asked);
    daemon_.Answer<proto::enrol::Continue>(DoneWith(std::nullopt, SomeOtp(), "done"));
    const Outcome outcome =
        RunFobctl(With({"otp", "enrol", "t", "--import-uri", from_file ? file : "-"}),
                  from_file ? "123456\n" : kUri + "\n123456\n");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ((outcome.out + outcome.err).find("GEZDGNBVGY3TQOJQ"), std::string::npos);
  }
  for (const size_t begun : {0U, 2U}) {
    EXPECT_EQ(daemon_.calls().at(begun).parameters.at("otpauth_uri"), boost::json::string(kUri));
    EXPECT_EQ(daemon_.calls().at(begun + 1).parameters.at("answer"), "123456");
  }
}

TEST_F(Ceremony, I11_TheReasonOfARefusalIsShown) {
  daemon_.Answer<proto::enrol::EnrolKey>(Asked<KeyOut>(Ask::Kind::kPin, "PIN"));
  daemon_.Fail("org.fobd.Enrol.Continue",
               MakeError(Code::kDenied, "pin_blocked", "the PIN of the key is blocked"));
  const Outcome outcome = RunFobctl(With({"key", "enrol", "blue"}), "1234\n");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("fobctl: the PIN of the key is blocked\n"), std::string::npos)
      << outcome.err;
}

TEST_F(Ceremony, WhatTheDaemonSaysCannotMoveTheCursor) {
  std::vector<KeyOut> hostile;
  hostile.push_back(Told<KeyOut>(Info::Kind::kNotice, "a\033[2Jb\nfake: line"));
  hostile.push_back(Asked<KeyOut>(Ask::Kind::kPin, "PIN\033]0;x\007"));
  daemon_.Answer<proto::enrol::EnrolKey>(hostile);
  daemon_.Fail("org.fobd.Enrol.Continue", MakeError(Code::kDenied, "x", "no\033[31m"));
  const Outcome outcome = RunFobctl(With({"key", "enrol", "blue"}), "1234\n");
  EXPECT_EQ(outcome.err.find('\033'), std::string::npos);
  EXPECT_EQ(outcome.err.find("\nfake"), std::string::npos);
}

TEST_F(Ceremony, AnAnswerThatComesTooLateTimedOut) {
  daemon_.Answer<proto::enrol::EnrolKey>(Asked<KeyOut>(Ask::Kind::kPin, "PIN"));
  daemon_.Fail("org.fobd.Enrol.Continue",
               MakeError(Code::kConflict, "no_question", "no ceremony waits"));
  const Outcome outcome = RunFobctl(With({"key", "enrol", "blue"}), "1234\n");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("start again"), std::string::npos) << outcome.err;
}

TEST_F(Ceremony, ACeremonyWithoutOutcomeIsAnError) {
  daemon_.Answer<proto::enrol::EnrolKey>(KeyOut{});
  EXPECT_EQ(RunFobctl(With({"key", "enrol", "blue"})).code, 7);
}

TEST_F(Ceremony, QuietLeavesQuestionsAndResults) {
  std::vector<KeyOut> first;
  first.push_back(Told<KeyOut>(Info::Kind::kTouch, "Touch your key"));
  first.push_back(Asked<KeyOut>(Ask::Kind::kPin, "PIN"));
  daemon_.Answer<proto::enrol::EnrolKey>(first);
  daemon_.Answer<proto::enrol::Continue>(DoneWith(SomeKey(), std::nullopt, "done"));
  const Outcome outcome = RunFobctl(With({"-q", "key", "enrol", "blue"}), "1234\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "Touch your key\nPIN:\n");
}

}  // namespace
}  // namespace fob::testing
