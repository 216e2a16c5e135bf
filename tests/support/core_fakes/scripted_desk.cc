#include "tests/support/core_fakes/scripted_desk.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace fob::testing {
namespace {

using proto::worker::GetAssertion;
using proto::worker::MakeCredential;

std::string AuthData(uint8_t flags, uint32_t counter) {
  Bytes data = {flags};
  for (int shift = 24; shift >= 0; shift -= 8)
    data.push_back(static_cast<uint8_t>(counter >> shift));
  return Base64UrlEncode(data);
}

}  // namespace

class ScriptedDesk::Conversation final : public core::KeyConversation {
 public:
  explicit Conversation(std::shared_ptr<Talk> talk) : talk_(std::move(talk)) {}
  ~Conversation() override {
    talk_->alive = false;
    talk_->progress_ = {};
    talk_->got_ = {};
    talk_->made_ = {};
    talk_->listed_ = {};
    talk_->changed_ = {};
    talk_->reset_ = {};
  }

  void GetAssertion(proto::worker::GetAssertion::In in, Progress progress,
                    Done<proto::worker::GetAssertion::Out> done) override {
    ++talk_->calls;
    talk_->get = std::move(in);
    talk_->progress_ = std::move(progress);
    talk_->got_ = std::move(done);
  }
  void MakeCredential(proto::worker::MakeCredential::In in, Progress progress,
                      Done<proto::worker::MakeCredential::Out> done) override {
    ++talk_->calls;
    talk_->make = std::move(in);
    talk_->progress_ = std::move(progress);
    talk_->made_ = std::move(done);
  }
  void ListDevices(proto::worker::ListDevices::In in, Progress progress,
                   Done<proto::worker::ListDevices::Out> done) override {
    ++talk_->calls;
    talk_->list = std::move(in);
    talk_->progress_ = std::move(progress);
    talk_->listed_ = std::move(done);
  }
  void ChangePin(proto::worker::ChangePin::In in, Progress progress,
                 Done<proto::worker::ChangePin::Out> done) override {
    ++talk_->calls;
    talk_->change = std::move(in);
    talk_->progress_ = std::move(progress);
    talk_->changed_ = std::move(done);
  }
  void ResetDevice(proto::worker::ResetDevice::In in, Progress progress,
                   Done<proto::worker::ResetDevice::Out> done) override {
    ++talk_->calls;
    talk_->reset = std::move(in);
    talk_->progress_ = std::move(progress);
    talk_->reset_ = std::move(done);
  }

 private:
  std::shared_ptr<Talk> talk_;
};

// The call-back may drop the conversation, or ask it something else.
template <typename Method>
void Talk::Finish(UniqueFunction<void(Result<typename Method::Out>)>& done,
                  Result<typename Method::Out> out) {
  const auto call = std::exchange(done, {});
  const auto keep = std::exchange(progress_, {});
  call(std::move(out));
}

void Talk::Say(proto::Progress::Kind kind) {
  auto call = std::exchange(progress_, {});
  call({kind, "YubiKey 5", {}});
  if (alive && asked() && !progress_) progress_ = std::move(call);
}

void Talk::NeedPin(int64_t retries, const std::string& device) {
  const proto::PinNeeded needed{device, retries, {}};
  if (got_) {
    GetAssertion::Out out;
    out.pin_needed = needed;
    Finish<GetAssertion>(got_, std::move(out));
  } else {
    MakeCredential::Out out;
    out.pin_needed = needed;
    Finish<MakeCredential>(made_, std::move(out));
  }
}

void Talk::Fail(Error error) {
  if (got_) {
    Finish<GetAssertion>(got_, std::move(error));
  } else if (made_) {
    Finish<MakeCredential>(made_, std::move(error));
  } else if (listed_) {
    Finish<proto::worker::ListDevices>(listed_, std::move(error));
  } else if (changed_) {
    Finish<proto::worker::ChangePin>(changed_, std::move(error));
  } else {
    Finish<proto::worker::ResetDevice>(reset_, std::move(error));
  }
}

void Talk::Listed(std::vector<proto::Device> devices) {
  proto::worker::ListDevices::Out out;
  out.devices = std::move(devices);
  Finish<proto::worker::ListDevices>(listed_, std::move(out));
}

void Talk::Changed(bool done) {
  Finish<proto::worker::ChangePin>(changed_, proto::worker::ChangePin::Out{{}, done});
}

void Talk::WasReset(bool done) {
  Finish<proto::worker::ResetDevice>(reset_, proto::worker::ResetDevice::Out{{}, done});
}

void Talk::Nothing() {
  if (got_) {
    Finish<GetAssertion>(got_, GetAssertion::Out());
  } else {
    Finish<MakeCredential>(made_, MakeCredential::Out());
  }
}

void Talk::Assert(const core::KeyRecord& key, uint8_t flags, uint32_t counter) {
  proto::Assertion assertion;
  assertion.rp_id = key.rp_id;
  assertion.credential_id = Base64UrlEncode(key.credential_id);
  assertion.auth_data = AuthData(flags, counter);
  assertion.signature = Base64UrlEncode(AsBytes("signed " + get->client_data_hash));
  Assert(std::move(assertion));
}

void Talk::Assert(proto::Assertion assertion) {
  GetAssertion::Out out;
  out.assertion = std::move(assertion);
  Finish<GetAssertion>(got_, std::move(out));
}

void Talk::Made(const std::string& credential_id, uint8_t flags) {
  MakeCredential::Out out;
  out.credential.emplace();
  out.credential->credential_id = Base64UrlEncode(AsBytes(credential_id));
  out.credential->auth_data = AuthData(flags, 1);
  out.credential->format = "none";
  out.credential->attestation_statement =
      Base64UrlEncode(AsBytes("signed " + make->client_data_hash));
  out.credential->transports = {"usb"};
  Finish<MakeCredential>(made_, std::move(out));
}

Result<std::unique_ptr<core::KeyConversation>> ScriptedDesk::Start() {
  if (start_error.has_value()) return *start_error;
  talks.push_back(std::make_shared<Talk>());
  std::unique_ptr<core::KeyConversation> conversation =
      std::make_unique<Conversation>(talks.back());
  return conversation;
}

std::shared_ptr<Talk> ScriptedDesk::current() const {
  const auto found =
      std::find_if(talks.rbegin(), talks.rend(), [](const auto& talk) { return talk->alive; });
  return found == talks.rend() ? nullptr : *found;
}

int ScriptedDesk::alive() const {
  return static_cast<int>(
      std::ranges::count_if(talks, [](const auto& talk) { return talk->alive; }));
}

int ScriptedDesk::busy() const {
  return static_cast<int>(
      std::ranges::count_if(talks, [](const auto& talk) { return talk->alive && talk->asked(); }));
}

}  // namespace fob::testing
