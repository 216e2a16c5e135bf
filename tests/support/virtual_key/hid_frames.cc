#include "tests/support/virtual_key/hid_frames.h"

#include <algorithm>

namespace fob::testing {

std::vector<Report> ToReports(const HidMessage& message) {
  std::vector<Report> out;
  ByteView rest = message.payload;
  const auto emit = [&](const Bytes& head) {
    Report report{};
    std::ranges::copy(head, report.begin());
    const size_t take = std::min(rest.size(), kReportSize - head.size());
    std::ranges::copy(rest.first(take), report.begin() + static_cast<std::ptrdiff_t>(head.size()));
    rest = rest.subspan(take);
    out.push_back(report);
  };

  Bytes head;
  AppendBe32(head, message.channel);
  head.push_back(static_cast<uint8_t>(0x80 | static_cast<uint8_t>(message.command)));
  AppendBe16(head, static_cast<uint16_t>(message.payload.size()));
  emit(head);
  for (uint8_t sequence = 0; !rest.empty(); ++sequence) {
    head.resize(4);
    head.push_back(sequence);
    emit(head);
  }
  return out;
}

}  // namespace fob::testing
