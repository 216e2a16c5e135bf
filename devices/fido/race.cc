#include "devices/fido/race.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>

#include "base/clock.h"
#include "devices/fido/pin.h"

namespace fob::fido {
namespace {

constexpr int64_t kLookMs = 8000;  // opening a key and asking it silently, while it says that it works
constexpr int64_t kBusyMs = 1500;  // how long another program's transaction is waited for
constexpr int64_t kBusyPauseMs = 40;
constexpr size_t kMaxKeys = 16;     // that take part at once: each has a thread
constexpr int64_t kRescanMs = 250;  // where nothing tells of hot-plug

int64_t Now() { return SystemClock().MonotonicMs(); }

// The key failed, and not its user: another one may do better.
bool IsKeysFault(const Error& error) {
  constexpr Failure kOnes[] = {Failure::kKeyBusy,  Failure::kKeyVanished, Failure::kKeySilent,
                               Failure::kKeyStuck, Failure::kKeyBroken,   Failure::kKeyError};
  return std::any_of(std::begin(kOnes), std::end(kOnes),
                     [&error](Failure one) { return error.reason == FailureName(one); });
}

bool IsBusy(const Error& error) { return error.reason == FailureName(Failure::kKeyBusy); }

}  // namespace

Race::Race(KeyRing& ring, const Task& task, int64_t timeout_ms, int interrupt_fd,
           const std::function<void(const Progress&)>& on_progress)
    : ring_(ring),
      task_(task),
      deadline_ms_(Now() + timeout_ms),
      interrupt_fd_(interrupt_fd),
      on_progress_(on_progress),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Race::~Race() {
  for (Key& key : keys_) key.stop = true;
  for (Key& key : keys_) Stop(key);
}

void Race::UsePin(const DeviceInfo& device, const SecretBytes& pin) {
  only_ = device;
  pin_ = TextOf(pin);
}

void Race::Stop(Key& key) {
  key.stop = true;
  if (key.thread.joinable()) key.thread.join();
}

Result<Answer> Race::Run() {
  if (!wake_.valid()) return MakeError(Code::kInternal, "eventfd", "no event descriptor");
  ring_.TakeHotplug();
  Rescan();
  for (;;) {
    Collect();
    for (Key& key : keys_) {
      if (!key.finished.exchange(false)) continue;
      key.thread.join();
      if (auto answer = Advance(key)) return *std::move(answer);
    }
    std::erase_if(keys_, [](const Key& key) { return key.phase == Phase::kGone; });
    if (auto answer = Decide()) return *std::move(answer);
    if (!Wait()) return FailureError(Failure::kCancelled);
  }
}

// What threads say besides their result.
void Race::Collect() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t drained = ::read(wake_.get(), &count, sizeof(count));
  for (Key& key : keys_) {
    if (key.busy && !std::exchange(key.busy_told, true)) Tell(Progress::Kind::kBusy, key.info.name);
    if (key.slow && !std::exchange(key.slow_told, true)) Tell(Progress::Kind::kSlow, key.info.name);
    if (key.blinking) TellTouch(key);
  }
}

// Starts with keys that are new; keys that were out get another look, as a key may have been
// exchanged for another at the same path.
void Race::Rescan() {
  std::erase_if(keys_, [](const Key& key) { return key.phase == Phase::kOut; });
  for (const DeviceInfo& info : ring_.Enumerate()) {
    if (keys_.size() >= kMaxKeys) break;
    if (only_ && info.path != only_->path) continue;
    const auto known = [&info](const Key& key) { return key.info.path == info.path; };
    if (std::any_of(keys_.begin(), keys_.end(), known)) continue;
    Key& key = keys_.emplace_back();
    key.info = info;
    Launch(key, Phase::kLooking);
  }
}

void Race::Launch(Key& key, Phase phase) {
  key.phase = phase;
  key.thread = std::thread([this, &key] { Work(key); });
}

void Race::Work(Key& key) {
  PrepareThread();
  if (key.phase == Phase::kLooking) LookAt(key);
  if (key.phase == Phase::kChoosing) Choose(key);
  if (key.phase == Phase::kActing) Act(key);
  key.finished = true;
  Wake();
}

void Race::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t woken = ::write(wake_.get(), &one, sizeof(one));
}

// Opens and probes, again and again while another program is in the way.
void Race::LookAt(Key& key) {
  const int64_t busy_until = std::min(Now() + kBusyMs, deadline_ms_);
  for (;;) {
    const int64_t until = std::min(Now() + kLookMs, deadline_ms_);
    auto device = Device::Open(ring_, key.info, key.stop, until, [this, &key] {
      key.slow = true;
      Wake();
    });
    std::optional<Error> failure;
    if (device.ok()) {
      auto look = task_.Probe(**device);
      if (look.ok()) {
        key.look = *std::move(look);
        key.device = *std::move(device);
        key.status = Ok();
        return;
      }
      failure = look.error();
    } else {
      failure = device.error();
    }
    // Nobody asked for a touch yet.
    if (failure->reason == FailureName(Failure::kNoTouch))
      failure = FailureError(Failure::kKeyStuck);
    key.status = *failure;
    if (!IsBusy(*failure) || key.stop || Now() >= busy_until) return;
    key.busy = true;
    Wake();
    ::poll(nullptr, 0, static_cast<int>(kBusyPauseMs));
  }
}

void Race::Choose(Key& key) {
  key.device->SetDeadline(deadline_ms_);
  int touched = 0;
  int code = fido_dev_get_touch_begin(key.device->handle());
  if (code == FIDO_OK) {
    const int64_t left = std::max<int64_t>(1, deadline_ms_ - Now());
    code = fido_dev_get_touch_status(key.device->handle(), &touched, static_cast<int>(left) + 1000);
  }
  key.status =
      touched != 0 ? Ok() : Status(key.device->ErrorOf(code == FIDO_OK ? FIDO_ERR_RX : code));
}

void Race::Act(Key& key) {
  const int64_t busy_until = std::min(Now() + kBusyMs, deadline_ms_);
  // With a PIN, a touch is asked for only once the key took it.
  if (pin_ != nullptr) {
    key.device->set_on_blink([this, &key] {
      key.blinking = true;
      Wake();
    });
  }
  for (;;) {
    key.device->SetDeadline(deadline_ms_);
    key.outcome = task_.Act(*key.device, key.look, pin_);
    // A PIN is tried once a call: no second try with it.
    const bool again = !key.outcome->ok() && IsBusy(key.outcome->error()) && pin_ == nullptr;
    if (!again || key.stop || Now() >= busy_until) return;
    key.busy = true;
    Wake();
    ::poll(nullptr, 0, static_cast<int>(kBusyPauseMs));
  }
}

void Race::Out(Key& key, std::optional<Error> failure) {
  key.device.reset();
  key.phase = Phase::kOut;
  key.failure = std::move(failure);
}

// The next phase of a key whose thread is done; an answer where that ends the race.
std::optional<Result<Answer>> Race::Advance(Key& key) {
  switch (key.phase) {
    case Phase::kLooking:
      if (!key.status.ok()) {
        const bool vanished = key.status.error().reason == FailureName(Failure::kKeyVanished);
        Out(key, key.status.error());
        // Pulled out before it was needed: as if it had never been there.
        if (vanished) key.phase = Phase::kGone;
      } else if (!key.look.usable) {
        if (told_wrong_.insert(key.info.path).second)
          Tell(Progress::Kind::kWrongKey, key.info.name);
        Out(key, std::nullopt);
      } else if (key.look.verification == Verification::kPin && pin_ == nullptr) {
        key.phase = Phase::kNeedsPin;
      } else {
        if (key.look.verification == Verification::kBuiltIn) {
          Tell(Progress::Kind::kVerify, key.info.name);
        } else if (pin_ == nullptr) {
          TellTouch(key);
        }
        Launch(key, Phase::kActing);
      }
      return std::nullopt;
    case Phase::kChoosing:
      if (!key.status.ok()) return Fail(key, key.status.error());
      return AskForPin(key);
    case Phase::kActing:
      return AfterAct(key);
    case Phase::kNeedsPin:
    case Phase::kOut:
    case Phase::kGone:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Result<Answer>> Race::AfterAct(Key& key) {
  Result<Outcome> outcome = *std::move(key.outcome);
  key.outcome.reset();
  if (!outcome.ok()) {
    // A key gives up after half a minute; whoever waits longer asks it again.
    const bool own_timeout =
        outcome.error().reason == FailureName(Failure::kNoTouch) && !PastDeadline();
    if (!own_timeout || pin_ != nullptr) return Fail(key, outcome.error());
    Launch(key, Phase::kActing);
    return std::nullopt;
  }
  if (const auto* again = std::get_if<TryBuiltInAgain>(&*outcome)) {
    --key.look.built_in_attempts;
    Tell(Progress::Kind::kVerifyAgain, key.info.name, again->retries);
    Launch(key, Phase::kActing);
    return std::nullopt;
  }
  if (const auto* fall_back = std::get_if<FallBackToPin>(&*outcome)) {
    key.look.verification = Verification::kPin;
    key.look.retries = fall_back->retries;
    key.look.built_in = fall_back->built_in;
    return AskForPin(key);
  }
  if (auto* assertion = std::get_if<Assertion>(&*outcome))
    return Result<Answer>(Answer(std::move(*assertion)));
  return Result<Answer>(Answer(std::get<MadeCredential>(*std::move(outcome))));
}

// A broken key must not spoil the ceremony for a good one beside it.
std::optional<Result<Answer>> Race::Fail(Key& key, const Error& error) {
  const bool others = Count(Phase::kOut) + 1 < keys_.size();
  if (!IsKeysFault(error) || !others) return Result<Answer>(error);
  Out(key, error);
  return std::nullopt;
}

Result<Answer> Race::AskForPin(const Key& key) {
  pin_device_ = key.info;
  return Answer(PinNeeded{key.info.name, key.look.retries, key.look.built_in});
}

size_t Race::Count(Phase phase) const {
  return static_cast<size_t>(std::count_if(keys_.begin(), keys_.end(),
                                           [phase](const Key& key) { return key.phase == phase; }));
}

bool Race::PastDeadline() const { return Now() >= deadline_ms_; }

// What concerns all keys together.
std::optional<Result<Answer>> Race::Decide() {
  if (Count(Phase::kLooking) == 0 && std::exchange(look_again_, false) && !PastDeadline()) Rescan();
  if (Count(Phase::kLooking) > 0) return std::nullopt;
  const size_t need_pin = Count(Phase::kNeedsPin);
  const size_t blinking = Count(Phase::kActing) + Count(Phase::kChoosing);
  for (Key& key : keys_) {
    if (key.phase != Phase::kNeedsPin) continue;
    if (need_pin == 1 && blinking == 0) return AskForPin(key);
    TellTouch(key);
    Launch(key, Phase::kChoosing);
  }
  if (need_pin > 0 || blinking > 0) return std::nullopt;  // their threads keep the deadline
  for (const Key& key : keys_) {
    if (key.failure) return Result<Answer>(*key.failure);
  }
  if (only_) return Result<Answer>(FailureError(Failure::kKeyVanished));
  if (PastDeadline())
    return Result<Answer>(FailureError(keys_.empty() ? Failure::kNoKey : Failure::kWrongKey));
  if (keys_.empty() && !std::exchange(told_insert_, true)) Tell(Progress::Kind::kInsert, {});
  if (!keys_.empty()) told_insert_ = false;
  return std::nullopt;
}

void Race::Tell(Progress::Kind kind, const std::string& device, int retries) {
  on_progress_({kind, device, retries});
}

void Race::TellTouch(Key& key) {
  if (!std::exchange(key.touch_told, true)) Tell(Progress::Kind::kTouch, key.info.name);
}

bool Race::Wait() {
  const bool idle = Count(Phase::kOut) == keys_.size();
  int64_t timeout = idle ? std::max<int64_t>(0, deadline_ms_ - Now()) : 60'000;
  const int hotplug = ring_.hotplug_fd();
  if (hotplug < 0) timeout = std::min(timeout, kRescanMs);
  pollfd fds[] = {{wake_.get(), POLLIN, 0}, {interrupt_fd_, POLLIN, 0}, {hotplug, POLLIN, 0}};
  ::poll(fds, std::size(fds), static_cast<int>(std::min<int64_t>(timeout, 60'000)));
  if (interrupt_fd_ >= 0 && fds[1].revents != 0) return false;
  const bool plugged = hotplug < 0 ? idle : fds[2].revents != 0 && ring_.TakeHotplug();
  if (plugged) look_again_ = true;
  return true;
}

}  // namespace fob::fido
