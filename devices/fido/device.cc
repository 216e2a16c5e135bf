#include "devices/fido/device.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/clock.h"

namespace fob::fido {
namespace {

constexpr int64_t kSliceMs = 20;   // how soon a stop is noticed
constexpr int64_t kDrainMs = 120;  // how long a key may take to answer CANCEL
constexpr int64_t kLibraryMarginMs = 1000;
constexpr int64_t kSilenceMs = 3000;  // how long a key may say nothing
constexpr int64_t kSlowMs = 1000;     // of work on one message, after which a key is slow
constexpr int64_t kPauseMs = 1000;    // the same within one answer

// CTAPHID (CTAP 2.1 clause 11.2).
constexpr size_t kCommand = 4;
constexpr uint8_t kCancel = 0x91, kFirstOfMessage = 0x80;
constexpr uint8_t kChannelBusy = 0x06;

int64_t Now() { return SystemClock().MonotonicMs(); }

// libfido2's open function gets a path and no context.
thread_local Device* opening = nullptr;

}  // namespace

Device::Device(DeviceInfo info, std::unique_ptr<Transport> transport, const std::atomic<bool>& stop)
    : info_(std::move(info)),
      transport_(std::move(transport)),
      stop_(stop),
      dev_(fido_dev_new()),
      cbor_info_(fido_cbor_info_new()) {}

Device::~Device() {
  if (dev_ != nullptr) fido_dev_close(dev_.get());
}

Result<std::unique_ptr<Device>> Device::Open(KeyRing& ring, const DeviceInfo& info,
                                             const std::atomic<bool>& stop, int64_t deadline_ms,
                                             std::function<void()> on_slow) {
  PrepareThread();
  auto transport = ring.Open(info.path);
  if (!transport.ok()) return FailureError(Failure::kKeyError, transport.error().text);
  std::unique_ptr<Device> device(new Device(info, *std::move(transport), stop));
  device->on_slow_ = std::move(on_slow);
  if (const int failed = device->Start(deadline_ms); failed != FIDO_OK)
    return device->ErrorOf(failed);
  return device;
}

int Device::Start(int64_t deadline_ms) {
  if (dev_ == nullptr || cbor_info_ == nullptr) return FIDO_ERR_INTERNAL;
  const fido_dev_io_t io = {OnOpen, OnClose, OnRead, OnWrite};
  if (const int failed = fido_dev_set_io_functions(dev_.get(), &io); failed != FIDO_OK)
    return failed;
  SetDeadline(deadline_ms);  // before the open: a silent key would hold it for ever
  opening = this;
  const int opened = fido_dev_open(dev_.get(), info_.path.c_str());
  opening = nullptr;
  return opened;
}

Status Device::NeedInfo() {
  if (has_info_ || !is_fido2()) return Ok();
  if (const int failed = fido_dev_get_cbor_info(dev_.get(), cbor_info_.get()); failed != FIDO_OK) return ErrorOf(failed);
  has_info_ = true;
  return Ok();
}

void Device::SetDeadline(int64_t monotonic_ms) {
  deadline_ms_ = monotonic_ms;
  ended_ = Ended::kNo;
  exchange_ = Exchange();
  answers_ = false;
  heard_ms_ = Now();
  const int64_t left = std::max<int64_t>(0, monotonic_ms - Now()) + kLibraryMarginMs;
  fido_dev_set_timeout(dev_.get(),
                       static_cast<int>(std::min<int64_t>(left, std::numeric_limits<int>::max())));
}

// True when the answer to CANCEL is to be waited for.
bool Device::EndWait(Ended why) {
  ended_ = why;
  drain_until_ms_ = Now() + kDrainMs;
  // U2F has no cancel: a key stops blinking when nobody polls it.
  return is_fido2() && fido_dev_cancel(dev_.get()) == FIDO_OK;
}

// Every program that has the key open reads every report: those of other channels, and answers to
// other programs' INIT, are not for us.
bool Device::IsForUs(const Report& report) {
  if (!exchange_.Take(report)) return false;
  heard_ms_ = Now();
  answers_ = true;
  if (exchange_.stage() == Exchange::Stage::kWantsTouch && on_blink_) on_blink_();
  const bool working = exchange_.stage() == Exchange::Stage::kProcessing;
  if (working && on_slow_ && heard_ms_ - asked_ms_ > kSlowMs) std::exchange(on_slow_, {})();
  return true;
}

int64_t Device::silent_until_ms() const {
  return heard_ms_ + (exchange_.stage() == Exchange::Stage::kInTheMiddle ? kPauseMs : kSilenceMs);
}

Device::Ended Device::WhyEnd(int64_t now) const {
  if (stop_.load()) return Ended::kStopped;
  if (now >= deadline_ms_) return Ended::kDeadline;
  return now >= silent_until_ms() ? Ended::kSilence : Ended::kNo;
}

int Device::Read(unsigned char* data, size_t size, int timeout_ms) {
  if (size != kReportSize) return -1;
  const int64_t give_up_ms =
      timeout_ms < 0 ? std::numeric_limits<int64_t>::max() : Now() + timeout_ms;
  while (!gone_) {
    if (exchange_.fault() != Exchange::Fault::kNone) return -1;
    const int64_t now = Now();
    if (const Ended why = WhyEnd(now); ended_ == Ended::kNo && why != Ended::kNo) {
      if (!EndWait(why)) return -1;
    }
    const int64_t until = ended_ == Ended::kNo
                              ? std::min({give_up_ms, deadline_ms_, silent_until_ms()})
                              : drain_until_ms_;
    if (now >= until && ended_ != Ended::kNo) return -1;
    if (now >= give_up_ms) return -1;
    auto report = transport_->Read(static_cast<int>(std::clamp<int64_t>(until - now, 0, kSliceMs)));
    if (!report.ok()) {
      gone_ = true;
    } else if (report->has_value() && IsForUs(**report)) {
      std::memcpy(data, (*report)->data(), kReportSize);
      return static_cast<int>(kReportSize);
    }
  }
  return -1;
}

int Device::Write(const unsigned char* data, size_t size) {
  if (size != kReportSize + 1 || gone_) return -1;
  Report report;
  std::memcpy(report.data(), data + 1, kReportSize);  // the report id comes first
  const bool cancel = report[kCommand] == kCancel;
  // Once ended, nothing new is begun.
  if (ended_ != Ended::kNo && !cancel) return -1;
  if ((report[kCommand] & kFirstOfMessage) != 0 && !cancel) {
    exchange_.Sent(report);
    asked_ms_ = Now();
  }
  if (!cancel) heard_ms_ = Now();
  if (!transport_->Write(report).ok()) {
    gone_ = true;
    return -1;
  }
  return static_cast<int>(size);
}

void* Device::OnOpen(const char*) { return opening; }
void Device::OnClose(void*) {}
int Device::OnRead(void* handle, unsigned char* data, size_t size, int timeout_ms) {
  return static_cast<Device*>(handle)->Read(data, size, timeout_ms);
}
int Device::OnWrite(void* handle, const unsigned char* data, size_t size) {
  return static_cast<Device*>(handle)->Write(data, size);
}

Failure Device::FailureOf(int fido_code) const {
  if (ended_ == Ended::kStopped) return Failure::kCancelled;
  if (gone_) return Failure::kKeyVanished;
  if (exchange_.fault() != Exchange::Fault::kNone) return Failure::kKeyBroken;
  if (ended_ != Ended::kNo) {
    switch (exchange_.stage()) {
      case Exchange::Stage::kNothing:
        // A U2F key is asked again and again: the deadline may come between question and answer.
        return answers_ && ended_ == Ended::kDeadline && !is_fido2() ? Failure::kNoTouch
                                                                     : Failure::kKeySilent;
      case Exchange::Stage::kElsewhere:
      case Exchange::Stage::kInTheMiddle:
        return Failure::kKeyBroken;
      case Exchange::Stage::kProcessing:
        return ended_ == Ended::kSilence ? Failure::kKeySilent : Failure::kKeyStuck;
      case Exchange::Stage::kWantsTouch:
        return ended_ == Ended::kSilence ? Failure::kKeySilent : Failure::kNoTouch;
      case Exchange::Stage::kAnswered:  // "touch me", as U2F keys do
        return Failure::kNoTouch;
    }
  }
  if (exchange_.hid_error() == kChannelBusy) return Failure::kKeyBusy;
  return FailureFromCode(fido_code);
}

std::string_view Device::WhatIsBroken(int fido_code) const {
  switch (exchange_.fault()) {
    case Exchange::Fault::kBadSequence:
      return "pieces of it are missing or out of order";
    case Exchange::Fault::kTooLong:
      return "it is longer than any that was asked for";
    case Exchange::Fault::kNone:
      break;
  }
  if (exchange_.stage() == Exchange::Stage::kInTheMiddle) return "it breaks off in the middle";
  if (exchange_.stage() == Exchange::Stage::kElsewhere) return "it comes where nobody asked";
  // CTAP's name without the library's prefix.
  std::string_view name = fido_strerr(fido_code);
  constexpr std::string_view kPrefix = "FIDO_ERR_";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name;
}

Error Device::ErrorOf(int fido_code) const {
  const Failure failure = FailureOf(fido_code);
  const bool told = failure == Failure::kKeyError || failure == Failure::kKeyBroken;
  return told ? FailureError(failure, WhatIsBroken(fido_code)) : FailureError(failure);
}

}  // namespace fob::fido
