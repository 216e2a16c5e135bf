#include "tests/support/virtual_key/cbor_value.h"

#include <algorithm>
#include <limits>

namespace fob::testing {
namespace {

constexpr int kMaxDepth = 8;

void EncodeHead(Bytes& out, uint8_t major, uint64_t value) {
  const auto lead = [&](uint8_t info) { out.push_back(static_cast<uint8_t>((major << 5) | info)); };
  int width = 0;
  if (value < 24) {
    lead(static_cast<uint8_t>(value));
  } else if (value <= 0xff) {
    lead(24);
    width = 1;
  } else if (value <= 0xffff) {
    lead(25);
    width = 2;
  } else if (value <= 0xffffffff) {
    lead(26);
    width = 4;
  } else {
    lead(27);
    width = 8;
  }
  for (int i = width - 1; i >= 0; --i)
    out.push_back(static_cast<uint8_t>((value >> (8 * i)) & 0xff));
}

// CTAP 2.1 clause 8: lower major type first, then the shorter key, then bytewise.
bool KeyLess(ByteView a, ByteView b) {
  if ((a[0] >> 5) != (b[0] >> 5)) return (a[0] >> 5) < (b[0] >> 5);
  if (a.size() != b.size()) return a.size() < b.size();
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

bool IsUtf8(ByteView in) {
  for (size_t i = 0; i < in.size();) {
    const uint8_t lead = in[i];
    const size_t more = lead < 0x80         ? 0
                        : (lead >> 5) == 6  ? 1
                        : (lead >> 4) == 14 ? 2
                        : (lead >> 3) == 30 ? 3
                                            : 9;
    if (more == 9 || lead == 0xc0 || lead == 0xc1 || in.size() - i <= more) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((in[i + k] >> 6) != 2) return false;
    }
    i += more + 1;
  }
  return true;
}

class Parser {
 public:
  explicit Parser(ByteView in) : in_(in) {}

  std::optional<CborValue> Item(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    if (at_ < in_.size() && in_[at_] >= 0xf4 && in_[at_] <= 0xf6) return Simple(in_[at_++]);
    uint8_t major = 0;
    uint64_t count = 0;
    if (!Head(major, count)) return std::nullopt;
    switch (major) {
      case 0:
      case 1:
        if (count > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
        return CborValue(major == 0 ? static_cast<int64_t>(count)
                                    : -1 - static_cast<int64_t>(count));
      case 2:
      case 3:
        return String(major, count);
      case 4:
        return List(count, depth);
      case 5:
        return Pairs(count, depth);
      default:
        return std::nullopt;
    }
  }

  bool AtEnd() const { return at_ == in_.size(); }

 private:
  static CborValue Simple(uint8_t byte) {
    if (byte == 0xf6) return CborValue();
    return CborValue(byte == 0xf5);
  }

  bool Head(uint8_t& major, uint64_t& value) {
    if (at_ >= in_.size()) return false;
    const uint8_t lead = in_[at_++];
    major = static_cast<uint8_t>(lead >> 5);
    const uint8_t info = lead & 0x1f;
    if (info < 24) {
      value = info;
      return true;
    }
    if (info > 27) return false;
    const size_t width = size_t{1} << (info - 24);
    if (in_.size() - at_ < width) return false;
    value = 0;
    for (size_t i = 0; i < width; ++i) value = (value << 8) | in_[at_++];
    constexpr uint64_t kFloor[] = {24, 0x100, 0x10000, 0x100000000};
    return value >= kFloor[info - 24];
  }

  std::optional<CborValue> String(uint8_t major, uint64_t count) {
    if (count > in_.size() - at_) return std::nullopt;
    const ByteView body = in_.subspan(at_, count);
    at_ += count;
    if (major == 2) return CborValue(Bytes(body.begin(), body.end()));
    if (!IsUtf8(body)) return std::nullopt;
    return CborValue(std::string(body.begin(), body.end()));
  }

  std::optional<CborValue> List(uint64_t count, int depth) {
    if (count > in_.size() - at_) return std::nullopt;
    CborValue::Array items;
    for (uint64_t i = 0; i < count; ++i) {
      auto item = Item(depth + 1);
      if (!item) return std::nullopt;
      items.push_back(std::move(*item));
    }
    return CborValue(std::move(items));
  }

  std::optional<CborValue> Pairs(uint64_t count, int depth) {
    if (count > in_.size() - at_) return std::nullopt;
    CborValue::Map entries;
    ByteView previous;
    for (uint64_t i = 0; i < count; ++i) {
      const size_t start = at_;
      auto key = Item(depth + 1);
      if (!key) return std::nullopt;
      const ByteView raw = in_.subspan(start, at_ - start);
      if (i > 0 && !KeyLess(previous, raw)) return std::nullopt;
      previous = raw;
      auto value = Item(depth + 1);
      if (!value) return std::nullopt;
      entries.push_back({std::move(*key), std::move(*value)});
    }
    return CborValue(std::move(entries));
  }

  ByteView in_;
  size_t at_ = 0;
};

}  // namespace

CborValue::CborValue(Array value) : value_(std::move(value)) {}
CborValue::CborValue(Map value) : value_(std::move(value)) {}

const CborValue* CborValue::Find(int64_t key) const {
  const Map* map = AsMap();
  if (map == nullptr) return nullptr;
  for (const CborEntry& entry : *map) {
    const int64_t* number = entry.key.AsInt();
    if (number != nullptr && *number == key) return &entry.value;
  }
  return nullptr;
}

const CborValue* CborValue::Find(std::string_view key) const {
  const Map* map = AsMap();
  if (map == nullptr) return nullptr;
  for (const CborEntry& entry : *map) {
    const std::string* text = entry.key.AsText();
    if (text != nullptr && *text == key) return &entry.value;
  }
  return nullptr;
}

void CborValue::EncodeTo(Bytes& out) const {
  if (const int64_t* number = AsInt()) {
    if (*number >= 0) {
      EncodeHead(out, 0, static_cast<uint64_t>(*number));
    } else {
      EncodeHead(out, 1, static_cast<uint64_t>(-1 - *number));
    }
  } else if (const bool* flag = AsBool()) {
    out.push_back(*flag ? 0xf5 : 0xf4);
  } else if (const std::string* text = AsText()) {
    EncodeHead(out, 3, text->size());
    out.insert(out.end(), text->begin(), text->end());
  } else if (const Bytes* bytes = AsBytes()) {
    EncodeHead(out, 2, bytes->size());
    Append(out, *bytes);
  } else if (const Array* array = AsArray()) {
    EncodeHead(out, 4, array->size());
    for (const CborValue& item : *array) item.EncodeTo(out);
  } else if (const Map* map = AsMap()) {
    std::vector<std::pair<Bytes, const CborValue*>> sorted;
    for (const CborEntry& entry : *map) sorted.emplace_back(entry.key.Encode(), &entry.value);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return KeyLess(a.first, b.first); });
    EncodeHead(out, 5, sorted.size());
    for (const auto& [key, value] : sorted) {
      Append(out, key);
      value->EncodeTo(out);
    }
  } else {
    out.push_back(0xf6);
  }
}

Bytes CborValue::Encode() const {
  Bytes out;
  EncodeTo(out);
  return out;
}

std::optional<CborValue> CborValue::Parse(ByteView in) {
  Parser parser(in);
  auto item = parser.Item(0);
  if (!item || !parser.AtEnd()) return std::nullopt;
  return item;
}

}  // namespace fob::testing
