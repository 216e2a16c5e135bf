#include "tests/support/virtual_key/faulty_frames.h"

#include "tests/support/virtual_key/cbor_value.h"

namespace fob::testing {
namespace {

// The first entry of the answer's map comes twice, each time whole.
void DuplicateFirstKey(Bytes& answer) {
  const auto body = CborValue::Parse(ByteView(answer).subspan(1));
  if (!body || body->AsMap() == nullptr || body->AsMap()->empty() || body->AsMap()->size() >= 22)
    return;
  const CborEntry& first = body->AsMap()->front();
  const Bytes entry = Concat(first.key.Encode(), first.value.Encode());
  answer[1] = static_cast<uint8_t>(answer[1] + 1);
  answer.insert(answer.begin() + 2, entry.begin(), entry.end());
}

// The last entry of the map becomes a byte string as long as a message may be.
void MakeLongest(Bytes& answer) {
  const auto body = CborValue::Parse(ByteView(answer).subspan(1));
  if (!body || body->AsMap() == nullptr || body->AsMap()->empty()) return;
  CborValue::Map entries = *body->AsMap();
  constexpr size_t kRoom = 16;  // of the map's head and the byte string's
  const size_t rest = answer.size() + kRoom;
  if (rest < kMaxMessageSize) entries.back().value = CborValue(Bytes(kMaxMessageSize - rest));
  answer.resize(1);
  CborValue(std::move(entries)).EncodeTo(answer);
}

void SpoilCbor(Bytes& answer, const Misbehaviour& fault) {
  const bool success = answer.size() > 1 && answer[0] == 0;
  if (!success) return;
  if (fault.duplicate_key_cbor) DuplicateFirstKey(answer);
  if (fault.garbage_cbor) answer = {0x00, 0xff, 0xde, 0xad, 0x1c, 0x00};
  // A map of three that holds a byte string of 4 GiB.
  if (fault.huge_cbor) answer = {0x00, 0xa3, 0x01, 0x5a, 0xff, 0xff, 0xff, 0xff, 0x00};
  if (fault.oversized) MakeLongest(answer);
}

}  // namespace

std::vector<Report> ToFaultyReports(HidMessage message, const Misbehaviour& fault) {
  if (message.command == HidCommand::kCbor) SpoilCbor(message.payload, fault);
  if (fault.wrong_channel) message.channel ^= 0x55;
  // A lone report has no continuation to lose: it gets one.
  if (fault.cut_frame && message.payload.size() <= kInitDataSize)
    message.payload.resize(kInitDataSize + 1);
  std::vector<Report> out = ToReports(message);
  if (fault.huge_length) out.front()[5] = out.front()[6] = 0xff;
  if (fault.bad_sequence) {
    if (out.size() == 1) out.front()[6] = kInitDataSize + 1;
    if (out.size() == 1) out.push_back(out.front());
    for (size_t i = 1; i < out.size(); ++i) out[i][4] = static_cast<uint8_t>(i & 0x7f);
  }
  if (fault.cut_frame) out.pop_back();
  return out;
}

}  // namespace fob::testing
