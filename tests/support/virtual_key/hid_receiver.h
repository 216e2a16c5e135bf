#pragma once

#include <optional>

#include "tests/support/virtual_key/hid_frames.h"

namespace fob::testing {

// The receiving half of a CTAPHID device: channels, reassembly, and who may speak (CTAP 2.1
// clause 11.2.5).
class HidReceiver {
 public:
  struct Refusal {
    uint32_t channel;
    HidError error;
  };
  // At most one of the two is set; neither while a message is incomplete or a packet is to be
  // ignored.
  struct Received {
    std::optional<HidMessage> message;
    std::optional<Refusal> refusal;
  };

  // busy: the channel whose request is being worked on.
  Received OnReport(ReportView report, std::optional<uint32_t> busy, int64_t now_ms);
  // A continuation that is overdue.
  std::optional<Refusal> Tick(int64_t now_ms);
  // When Tick has something to do; nullopt: never.
  std::optional<int64_t> deadline_ms() const;

  uint32_t AllocateChannel() { return next_channel_++; }
  // CTAPHID_LOCK; seconds 0 unlocks.
  void Lock(uint32_t channel, uint8_t seconds, int64_t now_ms);
  void PowerUp();

 private:
  struct Assembly {
    HidMessage message;
    size_t length = 0;
    uint8_t next_sequence = 0;
    int64_t last_ms = 0;
  };

  static constexpr uint32_t kFirstChannel = 0x0f0b0001;

  bool IsAllocated(uint32_t channel) const {
    return channel >= kFirstChannel && channel < next_channel_;
  }
  Received OnInitialisation(uint32_t channel, ReportView report, std::optional<uint32_t> busy,
                            int64_t now_ms);
  Received OnContinuation(uint32_t channel, ReportView report, int64_t now_ms);
  std::optional<HidError> WhyNot(uint32_t channel, HidCommand command, std::optional<uint32_t> busy,
                                 int64_t now_ms);
  Received Complete();

  uint32_t next_channel_ = kFirstChannel;
  std::optional<Assembly> assembly_;
  uint32_t lock_channel_ = 0;
  int64_t locked_until_ms_ = 0;
};

}  // namespace fob::testing
