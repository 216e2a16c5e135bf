#include "tests/unit/virtual_key/raw_host.h"

#include <algorithm>

namespace fob::testing {

uint32_t RawHost::OpenChannel() {
  const Bytes nonce = {1, 2, 3, 4, 5, 6, 7, 8};
  Send(kBroadcastChannel, HidCommand::kInit, nonce);
  const auto answer = Receive();
  if (!answer || answer->payload.size() != 17 ||
      !std::equal(nonce.begin(), nonce.end(), answer->payload.begin())) {
    return 0;
  }
  return ReadBe32(answer->payload, 8);
}

void RawHost::SendReport(uint32_t channel, uint8_t fifth, const Bytes& rest) {
  Bytes head;
  AppendBe32(head, channel);
  head.push_back(fifth);
  Append(head, rest);
  Report report{};
  std::copy(head.begin(), head.end(), report.begin());
  device_.Write(report);
}

void RawHost::Send(uint32_t channel, HidCommand command, const Bytes& payload) {
  for (const Report& report : ToReports({channel, command, payload})) device_.Write(report);
}

std::optional<HidMessage> RawHost::Receive(int64_t timeout_ms) {
  const auto first = device_.Read(timeout_ms);
  if (!first || ((*first)[4] & 0x80) == 0) return std::nullopt;
  HidMessage out;
  out.channel = ReadBe32(*first, 0);
  out.command = static_cast<HidCommand>((*first)[4] & 0x7f);
  const size_t length = ReadBe16(*first, 5);
  out.payload.assign(first->begin() + 7,
                     first->begin() + 7 + static_cast<long>(std::min(length, kInitDataSize)));
  for (uint8_t sequence = 0; out.payload.size() < length; ++sequence) {
    const auto more = device_.Read(timeout_ms);
    if (!more || (*more)[4] != sequence || ReadBe32(*more, 0) != out.channel) return std::nullopt;
    const size_t take = std::min(length - out.payload.size(), kContinuationDataSize);
    Append(out.payload, ByteView(*more).subspan(5, take));
  }
  return out;
}

std::optional<HidMessage> RawHost::ReceiveFinal(int64_t timeout_ms) {
  for (int i = 0; i < 1'000; ++i) {
    auto message = Receive(timeout_ms);
    if (!message || message->command != HidCommand::kKeepalive) return message;
  }
  return std::nullopt;
}

std::optional<HidError> RawHost::ReceiveError() {
  const auto message = Receive();
  if (!message || message->command != HidCommand::kError || message->payload.size() != 1)
    return std::nullopt;
  return static_cast<HidError>(message->payload[0]);
}

}  // namespace fob::testing
