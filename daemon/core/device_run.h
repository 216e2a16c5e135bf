#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/core/ceremony.h"
#include "daemon/core/conversation.h"
#include "daemon/core/device_ceremony.h"
#include "daemon/core/device_listing.h"
#include "daemon/core/machine.h"

namespace fob::core {

// What a ceremony about a plugged-in key asked for.
struct DeviceRequest {
  Peer peer;
  DeviceAction action = DeviceAction::kSetPin;
  std::optional<std::string> device;  // empty: the only one
  int64_t timeout_ms = 0;
};

// Runs the effects of one DeviceCeremony against the desk and feeds it what comes of them.
class DeviceRun final : public Ceremony, public std::enable_shared_from_this<DeviceRun> {
 public:
  DeviceRun(const Context& context, DeviceRequest request, TurnSink sink);

  void Start();
  void Answer(SecretBytes answer, TurnSink sink) override;
  void Abandon() override;

 private:
  void OnParties(Result<Parties> parties);
  void Feed(DeviceEvent event);
  void Run(DeviceEffect effect);
  void Look();
  void Drive(DriveDevice drive);
  void ChangePin(DriveDevice drive);
  void Reset();
  void OnProgress(const proto::Progress& progress);
  template <typename Out>
  void OnDone(Result<Out> out, bool done);
  void OnFailed(Error error);
  void Finish(std::string message);
  void Refuse(Error error);
  AuditEntry Audit() const;
  int64_t TouchTimeoutMs() const { return context_.settings.touch_timeout * 1000; }

  const Context& context_;
  const DeviceRequest request_;
  Conversation conversation_;
  Machine<DeviceCeremony, DeviceEvent> machine_;
  bool over_ = false;
  std::string user_;  // the caller
  DeviceReach reach_;
  std::unique_ptr<DeskVisit> visit_;
  int said_ = 0;
  std::unique_ptr<Timers::Handle> deadline_;
};

}  // namespace fob::core
