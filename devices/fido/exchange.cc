#include "devices/fido/exchange.h"

#include <fido/param.h>

#include <algorithm>

namespace fob::fido {
namespace {

// Offsets of clause 11.2.4; the length is that of the whole message.
constexpr size_t kCommand = 4, kLength = 5, kFirstPayload = 7;
constexpr size_t kFirstRoom = kReportSize - kFirstPayload, kNextRoom = kReportSize - 5;
constexpr uint8_t kFirstOfMessage = 0x80, kInit = 0x86, kKeepalive = 0xbb, kError = 0xbf;
constexpr uint8_t kUpNeeded = 0x02;
constexpr size_t kNonce = 8;

bool SameChannel(const Report& a, const Report& b) {
  return std::equal(a.begin(), a.begin() + kCommand, b.begin());
}

bool OnBroadcast(const Report& report) {
  return std::all_of(report.begin(), report.begin() + kCommand,
                     [](uint8_t byte) { return byte == 0xff; });
}

}  // namespace

void Exchange::Sent(const Report& first) {
  *this = Exchange();
  sent_ = first;
}

bool Exchange::Take(const Report& report) {
  if (!SameChannel(report, sent_)) {
    if (stage_ == Stage::kNothing) stage_ = Stage::kElsewhere;
    return false;
  }
  // Answers to INIT are told apart by what the asker chose.
  if (report[kCommand] == kInit && OnBroadcast(report) &&
      !std::equal(report.begin() + kFirstPayload, report.begin() + kFirstPayload + kNonce,
                  sent_.begin() + kFirstPayload)) {
    return false;
  }
  if ((report[kCommand] & kFirstOfMessage) != 0) {
    TakeFirst(report);
  } else {
    TakeNext(report);
  }
  return true;
}

void Exchange::TakeFirst(const Report& report) {
  if (stage_ == Stage::kInTheMiddle) {
    fault_ = Fault::kBadSequence;
    return;
  }
  if (report[kCommand] == kKeepalive) {
    stage_ = report[kFirstPayload] == kUpNeeded ? Stage::kWantsTouch : Stage::kProcessing;
    return;
  }
  if (report[kCommand] == kError) hid_error_ = report[kFirstPayload];
  const size_t length = size_t{report[kLength]} << 8 | report[kLength + 1];
  if (length > FIDO_MAXMSG) fault_ = Fault::kTooLong;
  missing_ = length > kFirstRoom ? length - kFirstRoom : 0;
  next_sequence_ = 0;
  stage_ = missing_ > 0 ? Stage::kInTheMiddle : Stage::kAnswered;
}

void Exchange::TakeNext(const Report& report) {
  if (stage_ != Stage::kInTheMiddle || report[kCommand] != next_sequence_) {
    fault_ = Fault::kBadSequence;
    return;
  }
  ++next_sequence_;
  missing_ -= std::min(missing_, kNextRoom);
  if (missing_ == 0) stage_ = Stage::kAnswered;
}

}  // namespace fob::fido
