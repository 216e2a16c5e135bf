#include "tests/support/virtual_key/hid_receiver.h"

namespace fob::testing {
namespace {

constexpr int64_t kContinuationLimitMs = 500;

}  // namespace

void HidReceiver::PowerUp() { *this = HidReceiver(); }

void HidReceiver::Lock(uint32_t channel, uint8_t seconds, int64_t now_ms) {
  lock_channel_ = channel;
  locked_until_ms_ = now_ms + seconds * 1000;
}

std::optional<int64_t> HidReceiver::deadline_ms() const {
  if (!assembly_) return std::nullopt;
  return assembly_->last_ms + kContinuationLimitMs;
}

std::optional<HidReceiver::Refusal> HidReceiver::Tick(int64_t now_ms) {
  const auto deadline = deadline_ms();
  if (!deadline || now_ms < *deadline) return std::nullopt;
  const uint32_t channel = assembly_->message.channel;
  assembly_.reset();
  return Refusal{channel, HidError::kMessageTimeout};
}

HidReceiver::Received HidReceiver::OnReport(ReportView report, std::optional<uint32_t> busy,
                                            int64_t now_ms) {
  const uint32_t channel = ReadBe32(report, 0);
  if ((report[4] & 0x80) == 0) return OnContinuation(channel, report, now_ms);
  return OnInitialisation(channel, report, busy, now_ms);
}

std::optional<HidError> HidReceiver::WhyNot(uint32_t channel, HidCommand command,
                                            std::optional<uint32_t> busy, int64_t now_ms) {
  if (channel == kBroadcastChannel ? command != HidCommand::kInit : !IsAllocated(channel)) {
    return HidError::kInvalidChannel;
  }
  const bool own_assembly = assembly_ && assembly_->message.channel == channel;
  if (command == HidCommand::kInit && channel != kBroadcastChannel) {
    if (own_assembly) assembly_.reset();
    return std::nullopt;
  }
  if (own_assembly) {
    assembly_.reset();
    return HidError::kInvalidSequence;
  }
  if (assembly_ || (busy && (command != HidCommand::kCancel || *busy != channel)) ||
      (now_ms < locked_until_ms_ && lock_channel_ != channel)) {
    return HidError::kChannelBusy;
  }
  return std::nullopt;
}

HidReceiver::Received HidReceiver::OnInitialisation(uint32_t channel, ReportView report,
                                                    std::optional<uint32_t> busy, int64_t now_ms) {
  const auto command = static_cast<HidCommand>(report[4] & 0x7f);
  const size_t length = ReadBe16(report, 5);
  const auto why_not = WhyNot(channel, command, busy, now_ms);
  if (why_not) {
    // Clause 11.2.9.1.5: a cancel is never answered.
    if (command == HidCommand::kCancel && *why_not == HidError::kChannelBusy) return {};
    return {{}, Refusal{channel, *why_not}};
  }
  if (length > kMaxMessageSize) return {{}, Refusal{channel, HidError::kInvalidLength}};
  const ByteView data = ByteView(report).subspan(7, std::min(length, kInitDataSize));
  assembly_ = Assembly{{channel, command, Bytes(data.begin(), data.end())}, length, 0, now_ms};
  return Complete();
}

HidReceiver::Received HidReceiver::OnContinuation(uint32_t channel, ReportView report,
                                                  int64_t now_ms) {
  if (!assembly_ || assembly_->message.channel != channel) return {};
  if (report[4] != assembly_->next_sequence) {
    assembly_.reset();
    return {{}, Refusal{channel, HidError::kInvalidSequence}};
  }
  ++assembly_->next_sequence;
  assembly_->last_ms = now_ms;
  Bytes& payload = assembly_->message.payload;
  Append(payload, ByteView(report).subspan(
                      5, std::min(assembly_->length - payload.size(), kContinuationDataSize)));
  return Complete();
}

HidReceiver::Received HidReceiver::Complete() {
  if (assembly_->message.payload.size() < assembly_->length) return {};
  Received out;
  out.message = std::move(assembly_->message);
  assembly_.reset();
  return out;
}

}  // namespace fob::testing
