#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/ports/key_desk.h"
#include "daemon/core/records.h"

namespace fob::testing {

// Flags of authenticator data (WebAuthn clause 6.1).
inline constexpr uint8_t kUp = 0x01;
inline constexpr uint8_t kUv = 0x04;
inline constexpr uint8_t kBackupEligible = 0x08;
inline constexpr uint8_t kBackedUp = 0x10;

// One conversation with the key worker, in which the test is the worker.
class Talk {
 public:
  bool alive = true;  // the ceremony holds it; false: it was cancelled
  int calls = 0;
  std::optional<proto::worker::GetAssertion::In> get;  // as asked, the newest
  std::optional<proto::worker::MakeCredential::In> make;
  std::optional<proto::worker::ListDevices::In> list;
  std::optional<proto::worker::ChangePin::In> change;
  std::optional<proto::worker::ResetDevice::In> reset;

  void Say(proto::Progress::Kind kind);
  void NeedPin(int64_t retries, const std::string& device = "YubiKey 5");
  void Fail(Error error);
  // Answers for `key` with these signed flags and counter; the signature is good for what was
  // asked.
  void Assert(const core::KeyRecord& key, uint8_t flags, uint32_t counter);
  void Assert(proto::Assertion assertion);
  void Nothing();  // an answer without anything in it
  void Made(const std::string& credential_id, uint8_t flags);
  void Listed(std::vector<proto::Device> devices);
  void Changed(bool done = true);
  void WasReset(bool done = true);

  bool asked() const {
    return static_cast<bool>(got_) || static_cast<bool>(made_) || static_cast<bool>(listed_) ||
           static_cast<bool>(changed_) || static_cast<bool>(reset_);
  }

 private:
  friend class ScriptedDesk;
  template <typename Method>
  void Finish(UniqueFunction<void(Result<typename Method::Out>)>& done,
              Result<typename Method::Out> out);

  core::KeyConversation::Progress progress_;
  core::KeyConversation::Done<proto::worker::GetAssertion::Out> got_;
  core::KeyConversation::Done<proto::worker::MakeCredential::Out> made_;
  core::KeyConversation::Done<proto::worker::ListDevices::Out> listed_;
  core::KeyConversation::Done<proto::worker::ChangePin::Out> changed_;
  core::KeyConversation::Done<proto::worker::ResetDevice::Out> reset_;
};

class ScriptedDesk final : public core::KeyDesk {
 public:
  std::optional<Error> start_error;
  std::vector<std::shared_ptr<Talk>> talks;  // in the order of their start

  Result<std::unique_ptr<core::KeyConversation>> Start() override;

  // The newest conversation that lives.
  std::shared_ptr<Talk> current() const;
  int alive() const;
  // Conversations that live and were asked something that they have not answered.
  int busy() const;

 private:
  class Conversation;
};

}  // namespace fob::testing
