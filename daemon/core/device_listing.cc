#include "daemon/core/device_listing.h"

#include <algorithm>
#include <utility>

#include "daemon/core/locality.h"
#include "daemon/core/worker_words.h"

namespace fob::core {
namespace {

constexpr size_t kMaxDevices = 24;

std::vector<proto::Device> Tidied(std::vector<proto::Device> devices, const DeviceReach& reach) {
  std::erase_if(devices, [&reach](proto::Device& device) {
    return !Tidy(device) || (reach.seat.has_value() && device.seat != *reach.seat);
  });
  if (devices.size() > kMaxDevices) devices.resize(kMaxDevices);
  return devices;
}

}  // namespace

Result<DeviceReach> ReachOf(const CallerFacts& caller, bool trusted) {
  if (trusted) return DeviceReach{};
  if (LocalityOf("", "", caller, false) != Locality::kLocal) {
    return MakeError(Code::kNotPermitted, "key_not_here", "security keys are for those who sit at this host, and for administrators");
  }
  return DeviceReach{caller.seat};
}

void ListDevices(const Context& context, DeskVisit& visit, DeviceReach reach, int64_t timeout_ms,
                 UniqueFunction<void(Result<std::vector<proto::Device>>)> done) {
  // The worker's own limit ends first.
  const int64_t limit_ms = std::min(timeout_ms, context.settings.touch_timeout * 1000);
  auto shared = std::make_shared<UniqueFunction<void(Result<std::vector<proto::Device>>)>>(std::move(done));
  visit.WhenMyTurn([&visit, reach, limit_ms, shared](bool) {
    visit.conversation().ListDevices({limit_ms}, [](const proto::Progress&) {},
                                     [&visit, reach, shared](Result<proto::worker::ListDevices::Out> out) {
                                       const auto call = std::move(*shared);
                                       if (!out.ok()) return call(core::Tidied(out.error()));
                                       visit.GiveUpTurn();
                                       call(Tidied(std::move(out->devices).value_or(std::vector<proto::Device>()), reach));
                                     });
  });
}

DeviceListing::DeviceListing(const Context& context, const Peer& peer, Reply reply)
    : context_(context), peer_(peer), reply_(std::move(reply)) {}

void DeviceListing::Start(int64_t timeout_ms) {
  deadline_ = context_.timers.After(timeout_ms, [self = shared_from_this()] {
    self->Finish(MakeError(Code::kTimedOut, "timed_out", "the keys were in use all the time: try again"));
  });
  context_.host.Identify(peer_, std::nullopt, Host::Groups::kSkip,
                         [self = shared_from_this(), timeout_ms](Result<Parties> parties) {
                           self->OnParties(std::move(parties), timeout_ms);
                         });
}

void DeviceListing::OnParties(Result<Parties> parties, int64_t timeout_ms) {
  if (!reply_) return;
  if (!parties.ok()) return Finish(parties.error());
  const bool trusted = context_.authority.IsTrusted(peer_);
  auto reach = ReachOf(parties->caller, trusted);
  if (!reach.ok()) return Finish(reach.error());
  const auto weak = weak_from_this();
  visit_ = std::make_unique<DeskVisit>(
      context_,
      KeyAsker{peer_, trusted, parties->account.name, std::string(kOwnService), parties->caller.executable, ""},
      [weak](Error error) {
        if (auto self = weak.lock()) self->Finish(std::move(error));
      },
      [](const proto::Info&) {});
  ListDevices(context_, *visit_, *std::move(reach), timeout_ms, [weak](Result<std::vector<proto::Device>> devices) {
    auto self = weak.lock();
    if (self == nullptr) return;
    if (!devices.ok()) return self->Finish(devices.error());
    self->Finish(proto::enrol::ListDevices::Out{*std::move(devices)});
  });
}

void DeviceListing::Finish(Result<proto::enrol::ListDevices::Out> out) {
  if (!reply_) return;
  const auto self = shared_from_this();  // the timer holds us until here
  Reply reply = std::exchange(reply_, {});
  deadline_.reset();
  if (visit_ != nullptr) visit_->Leave();
  if (out.ok()) return reply(std::move(out));
  RefuseCaller(context_, peer_, context_.Audit(peer_, "device.list", ""), out.error(), std::move(reply));
}

}  // namespace fob::core
