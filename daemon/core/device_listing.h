#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/desk_visit.h"

namespace fob::core {

// Whether somebody may look at and care for the keys that are plugged in, and which of them: trusted callers all, who
// sits at this host those of that seat. kDenied/"key_not_here".
struct DeviceReach {
  std::optional<std::string> seat;  // empty: every seat's
};
Result<DeviceReach> ReachOf(const CallerFacts& caller, bool trusted);

// Asks the worker what is plugged in, at this visit's turn, which it gives up then.
void ListDevices(const Context& context, DeskVisit& visit, DeviceReach reach, int64_t timeout_ms,
                 UniqueFunction<void(Result<std::vector<proto::Device>>)> done);

// Enrol.ListDevices of one caller.
class DeviceListing : public std::enable_shared_from_this<DeviceListing> {
 public:
  using Reply = UniqueFunction<void(Result<proto::enrol::ListDevices::Out>)>;
  DeviceListing(const Context& context, const Peer& peer, Reply reply);
  void Start(int64_t timeout_ms);

 private:
  void OnParties(Result<Parties> parties, int64_t timeout_ms);
  void Finish(Result<proto::enrol::ListDevices::Out> out);

  const Context& context_;
  const Peer peer_;
  Reply reply_;
  std::unique_ptr<DeskVisit> visit_;
  std::unique_ptr<Timers::Handle> deadline_;
};

}  // namespace fob::core
