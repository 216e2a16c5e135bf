#pragma once

#include "tests/functional/e2e/end_to_end.h"
#include "tests/support/virtual_key/client.h"

namespace fob::testing {

// A daemon whose desk takes virtual keys, and a key with a PIN that is plugged in. Keys are touched
// as soon as they blink, unless a test says otherwise.
class KeysEndToEnd : public EndToEnd {
 protected:
  static constexpr const char* kPin = "271828";
  using Key = VirtualKeyProcess;

  explicit KeysEndToEnd(DaemonSetup setup = AtTheStartOfAStep())
      : EndToEnd(std::move(setup)), blue_(daemon_.keys(), {"--pin", kPin}, "blue") {}

  // Enrols what is plugged in and touched. Answers a question for a PIN with `pin`.
  Result<proto::Done> TryEnrolKey(const std::string& name, const std::string& pin = kPin);
  void EnrolKey(const std::string& name, const std::string& pin = kPin) {
    const auto done = TryEnrolKey(name, pin);
    ASSERT_TRUE(done.ok()) << done.error().text;
    ASSERT_TRUE(done->key.has_value());
  }
  proto::Key FindKey(const std::string& name);

  // Logs in at `service`, where a touch is enough. PAM's result.
  int Touch(const std::string& service);
  // Logs in at vault by PIN and touch.
  int PinAndTouch();

  // Opens a session after `person` did its part at `service`; the claims of a token from that
  // login.
  boost::json::object TokenAfter(const std::string& service, const ScriptedConversation& person);

  Key blue_;
};

}  // namespace fob::testing
