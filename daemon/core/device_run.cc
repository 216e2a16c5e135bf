#include "daemon/core/device_run.h"

#include <utility>

#include "daemon/core/worker_words.h"
#include "daemon/core/wrong_pin.h"

namespace fob::core {

DeviceRun::DeviceRun(const Context& context, DeviceRequest request, TurnSink sink)
    : context_(context), request_(std::move(request)), conversation_(std::move(sink)) {
  machine_.state.action = request_.action;
  machine_.state.pin_floor = context_.settings.pin_floor + 1;
}

void DeviceRun::Start() {
  deadline_ = context_.timers.After(request_.timeout_ms, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Feed(TimedOut{});
  });
  context_.host.Identify(request_.peer, std::nullopt, Host::Groups::kSkip,
                         [weak = weak_from_this()](Result<Parties> parties) {
                           if (auto self = weak.lock()) self->OnParties(std::move(parties));
                         });
}

void DeviceRun::OnParties(Result<Parties> parties) {
  if (over_) return;
  if (!parties.ok()) return Feed(KeyFailed{parties.error()});
  user_ = parties->account.name;
  const bool trusted = context_.authority.IsTrusted(request_.peer);
  auto reach = ReachOf(parties->caller, trusted);
  if (!reach.ok()) return Feed(KeyFailed{reach.error()});
  reach_ = *std::move(reach);
  const auto weak = weak_from_this();
  visit_ = std::make_unique<DeskVisit>(
      context_,
      KeyAsker{request_.peer, trusted, user_, std::string(kOwnService), parties->caller.executable, ""},
      [weak](Error error) {
        if (auto self = weak.lock()) self->Feed(KeyFailed{std::move(error)});
      },
      [weak](proto::Info info) {
        if (auto self = weak.lock()) self->conversation_.Tell(std::move(info));
      });
  Feed(Begun{});
}

void DeviceRun::Answer(SecretBytes answer, TurnSink sink) {
  if (conversation_.Resume(std::move(sink))) Feed(Answered{std::move(answer)});
}

void DeviceRun::Abandon() {
  conversation_.Leave();
  Feed(CallerGone{});
}

void DeviceRun::Feed(DeviceEvent event) {
  if (over_) return;
  const auto self = shared_from_this();
  machine_.Feed(std::move(event), [this](DeviceEffect effect) { Run(std::move(effect)); });
}

void DeviceRun::Run(DeviceEffect effect) {
  if (auto* tell = std::get_if<Tell>(&effect)) {
    conversation_.Tell(std::move(tell->info));
  } else if (auto* ask = std::get_if<AskPerson>(&effect)) {
    visit_->GiveUpTurn();  // nobody waits for a person who types
    conversation_.Ask(std::move(ask->ask));
  } else if (std::holds_alternative<StopKey>(effect)) {
    if (visit_ != nullptr) visit_->Leave();
  } else if (std::holds_alternative<LookForDevice>(effect)) {
    Look();
  } else if (auto* drive = std::get_if<DriveDevice>(&effect)) {
    Drive(std::move(*drive));
  } else if (auto* finish = std::get_if<FinishDevice>(&effect)) {
    Finish(std::move(finish->message));
  } else {
    Refuse(std::move(std::get<RefuseDevice>(effect).error));
  }
}

void DeviceRun::Look() {
  ListDevices(context_, *visit_, reach_, request_.timeout_ms,
              [weak = weak_from_this()](Result<std::vector<proto::Device>> devices) {
                auto self = weak.lock();
                if (self == nullptr) return;
                if (!devices.ok()) return self->Feed(KeyFailed{devices.error()});
                auto chosen = ChooseDevice(*std::move(devices), self->request_.device);
                if (!chosen.ok()) return self->Feed(KeyFailed{chosen.error()});
                self->Feed(DeviceFound{*std::move(chosen)});
              });
}

void DeviceRun::Drive(DriveDevice drive) {
  said_ = 0;
  auto shared = std::make_shared<DriveDevice>(std::move(drive));
  visit_->WhenMyTurn([this, shared](bool) {
    if (request_.action == DeviceAction::kReset) return Reset();
    ChangePin(std::move(*shared));
  });
}

void DeviceRun::ChangePin(DriveDevice drive) {
  proto::worker::ChangePin::In in;
  in.device = machine_.state.device.device;
  if (!drive.pin.empty()) in.pin = std::move(drive.pin);
  in.new_pin = std::move(drive.new_pin);
  in.pin_floor = machine_.state.pin_floor;
  in.timeout_ms = TouchTimeoutMs();
  visit_->conversation().ChangePin(std::move(in), [this](const proto::Progress& said) { OnProgress(said); },
                                   [this](Result<proto::worker::ChangePin::Out> out) {
                                     const bool done = out.ok() && out->changed;
                                     OnDone(std::move(out), done);
                                   });
}

void DeviceRun::Reset() {
  proto::worker::ResetDevice::In in{machine_.state.device.device, TouchTimeoutMs()};
  visit_->conversation().ResetDevice(std::move(in), [this](const proto::Progress& said) { OnProgress(said); },
                                     [this](Result<proto::worker::ResetDevice::Out> out) {
                                       const bool done = out.ok() && out->reset;
                                       OnDone(std::move(out), done);
                                     });
}

template <typename Out>
void DeviceRun::OnDone(Result<Out> out, bool done) {
  if (!out.ok()) return OnFailed(Tidied(out.error()));
  if (!done) return Feed(KeyFailed{MakeError(Code::kUnavailable, "bad_worker", "the key worker answered nothing")});
  Feed(DeviceCared{});
}

// A wrong PIN is in the trail before anybody is asked again.
void DeviceRun::OnFailed(Error error) {
  if (over_ || !IsWrongPin(error)) return Feed(KeyFailed{std::move(error)});
  AuditEntry entry = Audit();
  const std::string device = entry.detail;
  entry = WrongPinEvent(std::move(entry), error);
  entry.detail += " " + device;
  context_.RecordThen(std::move(entry), [weak = weak_from_this(), error] {
    if (auto self = weak.lock()) self->Feed(KeyFailed{error});
  });
}

void DeviceRun::OnProgress(const proto::Progress& progress) {
  if (++said_ > kMaxToldProgress) return;
  proto::Progress tidy = progress;
  Tidy(tidy);
  if (tidy.kind == proto::Progress::Kind::kTouch) visit_->Announce();
  Feed(KeySaid{std::move(tidy)});
}

AuditEntry DeviceRun::Audit() const {
  const proto::Device& device = machine_.state.device;
  AuditEntry entry = context_.Audit(request_.peer, DeviceActionName(request_.action), user_);
  entry.service = kOwnService;
  entry.detail = device.name;
  if (device.serial.has_value()) entry.detail += ", serial " + *device.serial;
  return entry;
}

// The key has done it: what is left is to say so.
void DeviceRun::Finish(std::string message) {
  over_ = true;
  deadline_.reset();
  context_.RecordThen(Audit(), [self = shared_from_this(), message = std::move(message)] {
    Turn turn;
    turn.done.emplace();
    turn.done->message = message;
    self->conversation_.Reply(std::move(turn));
  });
}

void DeviceRun::Refuse(Error error) {
  if (std::exchange(over_, true)) return;
  conversation_.Refused(error);
  deadline_.reset();
  AuditEntry entry = Audit();
  Refused(entry, error);
  context_.RecordThen(std::move(entry), [self = shared_from_this(), error] { self->conversation_.Reply(error); });
}

}  // namespace fob::core
