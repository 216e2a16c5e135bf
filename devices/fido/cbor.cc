#include "devices/fido/cbor.h"

#include <limits>

namespace fob::fido {
namespace {

constexpr unsigned kUnsigned = 0, kNegative = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5,
                   kSimple = 7;
constexpr int kMaxDepth = 8;

void AppendHead(Bytes& out, unsigned major, size_t value) {
  const auto top = static_cast<uint8_t>(major << 5);
  if (value < 24) {
    out.push_back(static_cast<uint8_t>(top | value));
  } else if (value < 256) {
    out.insert(out.end(), {static_cast<uint8_t>(top | 24), static_cast<uint8_t>(value)});
  } else {
    out.insert(out.end(), {static_cast<uint8_t>(top | 25), static_cast<uint8_t>(value >> 8),
                           static_cast<uint8_t>(value)});
  }
}

void AppendString(Bytes& out, unsigned major, ByteView content) {
  AppendHead(out, major, content.size());
  out.insert(out.end(), content.begin(), content.end());
}

}  // namespace

std::optional<CborReader::Head> CborReader::Peek() const {
  if (rest_.empty()) return std::nullopt;
  Head head;
  head.major = rest_[0] >> 5;
  const unsigned info = rest_[0] & 0x1f;
  if (info < 24) {
    head.value = info;
    head.size = 1;
    return head;
  }
  if (info > 27) return std::nullopt;  // reserved, or of indefinite length
  const size_t length = size_t{1} << (info - 24);
  if (rest_.size() < 1 + length) return std::nullopt;
  for (size_t i = 1; i <= length; ++i) head.value = (head.value << 8) | rest_[i];
  head.size = 1 + length;
  return head;
}

std::optional<int64_t> CborReader::Int() {
  const auto head = Peek();
  if (!head || head->major > kNegative ||
      head->value > uint64_t{std::numeric_limits<int64_t>::max()}) {
    return std::nullopt;
  }
  rest_ = rest_.subspan(head->size);
  const auto value = static_cast<int64_t>(head->value);
  return head->major == kUnsigned ? value : -1 - value;
}

std::optional<ByteView> CborReader::String(unsigned major) {
  const auto head = Peek();
  if (!head || head->major != major || head->value > rest_.size() - head->size) return std::nullopt;
  const ByteView content = rest_.subspan(head->size, head->value);
  rest_ = rest_.subspan(head->size + head->value);
  return content;
}

std::optional<ByteView> CborReader::ByteString() { return String(kBytes); }

std::optional<std::string_view> CborReader::Text() {
  const auto content = String(kText);
  if (!content) return std::nullopt;
  return AsText(*content);
}

std::optional<uint64_t> CborReader::Container(unsigned major) {
  const auto head = Peek();
  // Each item takes a byte at least: a count that cannot be true is refused before anybody loops
  // over it.
  if (!head || head->major != major || head->value > rest_.size() - head->size) return std::nullopt;
  rest_ = rest_.subspan(head->size);
  return head->value;
}

std::optional<uint64_t> CborReader::Array() { return Container(kArray); }
std::optional<uint64_t> CborReader::Map() { return Container(kMap); }

bool CborReader::Skip() {
  const ByteView before = rest_;
  if (SkipNested(0)) return true;
  rest_ = before;
  return false;
}

bool CborReader::SkipNested(int depth) {
  const auto head = Peek();
  if (!head || depth > kMaxDepth) return false;
  switch (head->major) {
    case kUnsigned:
    case kNegative:
    case kSimple:
      rest_ = rest_.subspan(head->size);
      return true;
    case kBytes:
    case kText:
      return String(head->major).has_value();
    case kArray:
    case kMap: {
      const auto count = Container(head->major);
      if (!count) return false;
      for (uint64_t i = 0; i < *count * (head->major == kMap ? 2 : 1); ++i) {
        if (!SkipNested(depth + 1)) return false;
      }
      return true;
    }
    default:
      return false;  // tags
  }
}

std::optional<ByteView> UnwrapByteString(ByteView bytes) {
  CborReader reader(bytes);
  const auto content = reader.ByteString();
  if (!content || !reader.done()) return std::nullopt;
  return content;
}

Bytes U2fStatement(ByteView signature, ByteView certificate) {
  Bytes out;
  AppendHead(out, kMap, 2);
  AppendString(out, kText, AsBytes("sig"));
  AppendString(out, kBytes, signature);
  AppendString(out, kText, AsBytes("x5c"));
  AppendHead(out, kArray, 1);
  AppendString(out, kBytes, certificate);
  return out;
}

}  // namespace fob::fido
