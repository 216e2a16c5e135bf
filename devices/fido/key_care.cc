#include "devices/fido/key_care.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "devices/fido/pin.h"
#include "devices/fido/task.h"
#include "devices/fido/together.h"

namespace fob::fido {
namespace {

constexpr size_t kMaxKeys = 16;       // asked at once: each has a thread
constexpr int64_t kRescanMs = 250;    // where nothing tells of hot-plug
constexpr int64_t kBusyMs = 1500;     // how long another program's transaction is waited for
constexpr int64_t kBusyPauseMs = 40;

int64_t Now() { return SystemClock().MonotonicMs(); }

bool IsBusy(const Status& status) {
  return !status.ok() && status.error().reason == FailureName(Failure::kKeyBusy);
}

// As far as they can be told apart: many have no serial number.
bool IsSame(const DeviceInfo& one, const DeviceInfo& other) {
  return one.name == other.name && one.serial == other.serial && one.vendor_id == other.vendor_id &&
         one.product_id == other.product_id;
}

std::set<std::string> PathsOf(const std::vector<DeviceInfo>& devices) {
  std::set<std::string> out;
  for (const DeviceInfo& device : devices) out.insert(device.path);
  return out;
}

Status ChangePinOf(Device& device, const PinChange& change) {
  if (!device.is_fido2()) return FailureError(Failure::kU2fOnly);
  if (!fido_dev_supports_pin(device.handle())) return FailureError(Failure::kTakesNoPin);
  const bool has = fido_dev_has_pin(device.handle());
  if (has != change.pin.has_value())
    return FailureError(has ? Failure::kPinSet : Failure::kNoPin);
  FOB_TRY(const SecretBytes fresh, ForLibrary(change.new_pin));
  SecretBytes old;
  if (change.pin) {
    FOB_TRY(const int retries, PinRetries(device, change.pin_floor));
    (void)retries;
    FOB_TRY(old, ForLibrary(*change.pin));
  }
  const int code =
      fido_dev_set_pin(device.handle(), TextOf(fresh), change.pin ? TextOf(old) : nullptr);
  if (code == FIDO_OK) return Ok();
  if (device.FailureOf(code) == Failure::kWrongPin) return WrongPin(device);
  return device.ErrorOf(code);
}

Status ResetOf(Device& device) {
  if (!device.is_fido2()) return FailureError(Failure::kU2fOnly);
  const int code = fido_dev_reset(device.handle());
  if (code == FIDO_OK) return Ok();
  if (code == FIDO_ERR_NOT_ALLOWED) return FailureError(Failure::kResetLate);
  return device.ErrorOf(code);
}

}  // namespace

KeyCare::KeyCare(KeyRing& ring, int interrupt_fd, std::function<void(const Progress&)> on_progress)
    : ring_(ring), interrupt_fd_(interrupt_fd), on_progress_(std::move(on_progress)) {}

Result<std::vector<DeviceReport>> KeyCare::List(int64_t timeout_ms) {
  const int64_t deadline_ms = Now() + timeout_ms;
  std::vector<DeviceInfo> keys = ring_.Enumerate();
  if (keys.size() > kMaxKeys) keys.resize(kMaxKeys);
  std::vector<DeviceReport> out(keys.size());
  std::atomic<bool> stop = false;
  std::vector<std::function<void()>> works;
  for (size_t i = 0; i < keys.size(); ++i) {
    works.push_back([this, &stop, deadline_ms, &info = keys[i], &report = out[i]] {
      auto device = Device::Open(ring_, info, stop, deadline_ms);
      const Status known = device.ok() ? (*device)->NeedInfo() : Status(device.error());
      if (known.ok()) {
        report = Inspect(**device);
      } else {
        report.info = info;
        report.problem = known.error();
      }
    });
  }
  if (!Together(works, interrupt_fd_, stop)) return FailureError(Failure::kCancelled);
  for (DeviceInfo& keyboard : ring_.EnumerateKeyboards()) {
    DeviceReport& report = out.emplace_back();
    report.info = std::move(keyboard);
    report.kind = DeviceReport::Kind::kKeyboard;
  }
  return out;
}

Result<DeviceInfo> KeyCare::Find(const std::string& path) {
  for (DeviceInfo& info : ring_.Enumerate()) {
    if (info.path == path) return std::move(info);
  }
  return FailureError(Failure::kNoSuchDevice);
}

Status KeyCare::WithDevice(const DeviceInfo& info, int64_t deadline_ms,
                           const std::function<Status(Device&)>& work) {
  std::atomic<bool> stop = false;
  Status outcome = Ok();
  const auto run = [&] {
    const int64_t busy_until = std::min(Now() + kBusyMs, deadline_ms);
    for (;;) {
      auto device = Device::Open(ring_, info, stop, deadline_ms);
      outcome = device.ok() ? Ok() : Status(device.error());
      // Busy while opening only: what was begun is not begun again.
      if (!IsBusy(outcome) || stop || Now() >= busy_until) {
        if (outcome.ok()) outcome = work(**device);
        return;
      }
      ::poll(nullptr, 0, static_cast<int>(kBusyPauseMs));
    }
  };
  if (!Together({run}, interrupt_fd_, stop)) return FailureError(Failure::kCancelled);
  return outcome;
}

Status KeyCare::ChangePin(const PinChange& change) {
  FOB_TRY(const DeviceInfo info, Find(change.path));
  return WithDevice(info, Now() + change.timeout_ms,
                    [&change](Device& device) { return ChangePinOf(device, change); });
}

Status KeyCare::WaitFor(const std::function<bool(const std::vector<DeviceInfo>&)>& wanted,
                        int64_t deadline_ms, Failure late) {
  for (;;) {
    ring_.TakeHotplug();
    if (wanted(ring_.Enumerate())) return Ok();
    const int64_t left = deadline_ms - Now();
    if (left <= 0) return FailureError(late);
    const int hotplug = ring_.hotplug_fd();
    pollfd fds[] = {{hotplug, POLLIN, 0}, {interrupt_fd_, POLLIN, 0}};
    ::poll(fds, std::size(fds),
           static_cast<int>(std::min<int64_t>(left, hotplug < 0 ? kRescanMs : 60'000)));
    if (fds[1].revents != 0) return FailureError(Failure::kCancelled);
  }
}

Status KeyCare::Reset(const std::string& path, int64_t timeout_ms) {
  const int64_t deadline_ms = Now() + timeout_ms;
  FOB_TRY(const DeviceInfo old, Find(path));
  // Asked beforehand, so that nobody is sent to unplug a key in vain.
  FOB_CHECK(WithDevice(old, deadline_ms, [](Device& device) {
    return device.is_fido2() ? Ok() : Status(FailureError(Failure::kU2fOnly));
  }));

  on_progress_({Progress::Kind::kRemove, old.name, 0});
  std::set<std::string> others;
  const auto gone = [&](const std::vector<DeviceInfo>& devices) {
    others = PathsOf(devices);
    return !others.contains(path);
  };
  FOB_CHECK(WaitFor(gone, deadline_ms, Failure::kNotRemoved));

  on_progress_({Progress::Kind::kInsert, old.name, 0});
  std::optional<DeviceInfo> fresh;
  const auto back = [&](const std::vector<DeviceInfo>& devices) {
    for (const DeviceInfo& device : devices) {
      if (!others.contains(device.path)) fresh = device;
    }
    std::erase_if(others, [now = PathsOf(devices)](const auto& one) { return !now.contains(one); });
    return fresh.has_value();
  };
  FOB_CHECK(WaitFor(back, deadline_ms, Failure::kNoKey));
  if (!IsSame(*fresh, old)) return FailureError(Failure::kOtherDevice);

  on_progress_({Progress::Kind::kTouch, fresh->name, 0});
  return WithDevice(*fresh, deadline_ms, ResetOf);
}

}  // namespace fob::fido
