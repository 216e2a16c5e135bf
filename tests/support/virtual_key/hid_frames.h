#pragma once

#include <array>

#include "tests/support/virtual_key/bytes.h"

// CTAPHID packets, CTAP 2.1 clause 11.2.4:
//   initialisation: channel(4) || 0x80 + command(1) || length(2) || data(57)
//   continuation:   channel(4) || sequence 0..0x7f(1) || data(59)
namespace fob::testing {

inline constexpr size_t kReportSize = 64;
inline constexpr size_t kInitDataSize = 57;
inline constexpr size_t kContinuationDataSize = 59;
inline constexpr size_t kMaxMessageSize = kInitDataSize + 128 * kContinuationDataSize;
inline constexpr uint32_t kBroadcastChannel = 0xffffffff;

using Report = std::array<uint8_t, kReportSize>;
using ReportView = std::span<const uint8_t, kReportSize>;

enum class HidCommand : uint8_t {
  kPing = 0x01,
  kMsg = 0x03,
  kLock = 0x04,
  kInit = 0x06,
  kWink = 0x08,
  kCbor = 0x10,
  kCancel = 0x11,
  kKeepalive = 0x3b,
  kError = 0x3f,
};

enum class HidError : uint8_t {
  kInvalidCommand = 0x01,
  kInvalidParameter = 0x02,
  kInvalidLength = 0x03,
  kInvalidSequence = 0x04,
  kMessageTimeout = 0x05,
  kChannelBusy = 0x06,
  kLockRequired = 0x0a,
  kInvalidChannel = 0x0b,
  kOther = 0x7f,
};

inline constexpr uint8_t kKeepaliveProcessing = 1;
inline constexpr uint8_t kKeepaliveUpNeeded = 2;

struct HidMessage {
  uint32_t channel = 0;
  HidCommand command = HidCommand::kPing;
  Bytes payload;
};

// The reports of one message, at most kMaxMessageSize of payload.
std::vector<Report> ToReports(const HidMessage& message);

}  // namespace fob::testing
