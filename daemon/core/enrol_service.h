#pragma once

#include <memory>

#include "daemon/core/ceremony.h"
#include "daemon/core/context.h"
#include "daemon/core/device_run.h"
#include "daemon/core/enrol_run.h"
#include "daemon/core/login_service.h"
#include "proto/messages.h"

namespace fob::core {

// org.fobd.Enrol.
class EnrolService {
 public:
  explicit EnrolService(const Context& context) : context_(context) {}

  std::shared_ptr<Ceremony> EnrolKey(const Peer& peer, proto::enrol::EnrolKey::In in, TurnSink sink);
  std::shared_ptr<Ceremony> EnrolOtp(const Peer& peer, proto::enrol::EnrolOtp::In in, TurnSink sink);
  std::shared_ptr<Ceremony> RemoveKey(const Peer& peer, proto::enrol::RemoveKey::In in, TurnSink sink);
  std::shared_ptr<Ceremony> RemoveOtp(const Peer& peer, proto::enrol::RemoveOtp::In in, TurnSink sink);
  std::shared_ptr<Ceremony> RenameKey(const Peer& peer, proto::enrol::RenameKey::In in, TurnSink sink);
  std::shared_ptr<Ceremony> CreateRecoveryCodes(const Peer& peer, proto::enrol::CreateRecoveryCodes::In in, TurnSink sink);
  std::shared_ptr<Ceremony> TestKey(const Peer& peer, proto::enrol::TestKey::In in, TurnSink sink);

  std::shared_ptr<Ceremony> SetPin(const Peer& peer, proto::enrol::SetPin::In in, TurnSink sink);
  std::shared_ptr<Ceremony> ChangePin(const Peer& peer, proto::enrol::ChangePin::In in, TurnSink sink);
  std::shared_ptr<Ceremony> ResetDevice(const Peer& peer, proto::enrol::ResetDevice::In in, TurnSink sink);

  void ListDevices(const Peer& peer, proto::enrol::ListDevices::In in, Reply<proto::enrol::ListDevices> reply);
  void ListKeys(const Peer& peer, proto::enrol::ListKeys::In in, Reply<proto::enrol::ListKeys> reply);
  void ListOtps(const Peer& peer, proto::enrol::ListOtps::In in, Reply<proto::enrol::ListOtps> reply);
  void CreateCode(const Peer& peer, proto::enrol::CreateCode::In in, Reply<proto::enrol::CreateCode> reply);

 private:
  std::shared_ptr<Ceremony> Start(const Peer& peer, EnrolAction action, std::optional<std::string> user,
                                  std::string factor, std::optional<int64_t> timeout_ms, TurnSink sink,
                                  UniqueFunction<Status(EnrolRequest&)> fill);
  std::shared_ptr<Ceremony> StartDevice(const Peer& peer, DeviceAction action, std::optional<std::string> device,
                                        std::optional<int64_t> timeout_ms, TurnSink sink);
  int64_t Limited(std::optional<int64_t> timeout_ms) const;
  // Whose factors a list is about: empty for everybody's, which trusted callers get without `user`.
  void ResolveList(const Peer& peer, const std::optional<std::string>& user,
                   UniqueFunction<void(Result<std::string>)> done);

  const Context& context_;
};

}  // namespace fob::core
