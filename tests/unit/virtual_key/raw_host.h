#pragma once

#include "tests/support/virtual_key/in_process_device.h"

namespace fob::testing {

// A host that speaks CTAPHID by hand, so that it can get it wrong.
class RawHost {
 public:
  explicit RawHost(InProcessDevice& device) : device_(device) {}

  // A fresh channel by INIT on the broadcast channel.
  uint32_t OpenChannel();

  // One report: channel, fifth byte, and the rest padded with zeros.
  void SendReport(uint32_t channel, uint8_t fifth, const Bytes& rest);
  void Send(uint32_t channel, HidCommand command, const Bytes& payload);
  // The next whole message; nullopt when none comes within timeout_ms of the key's clock, or when
  // its reports are not in order.
  std::optional<HidMessage> Receive(int64_t timeout_ms = 1'000);
  // The next that is no keep-alive.
  std::optional<HidMessage> ReceiveFinal(int64_t timeout_ms = 60'000);
  // What an ERROR message says; nullopt for any other.
  std::optional<HidError> ReceiveError();

 private:
  InProcessDevice& device_;
};

}  // namespace fob::testing
