#include "proto/frame.h"

#include <algorithm>
#include <cstring>

#include "proto/limits.h"

namespace fob::proto {
namespace {

constexpr size_t kFirstSize = 1024;  // most messages fit; idle connections stay small

}  // namespace

FrameReader::FrameReader() = default;
FrameReader::~FrameReader() = default;

void FrameReader::Compact() {
  if (begin_ == 0) return;
  const auto bytes = buffer_.RevealMutable();
  std::memmove(bytes.data(), bytes.data() + begin_, end_ - begin_);
  Wipe(bytes.data() + (end_ - begin_), begin_);
  end_ -= begin_;
  scanned_ -= begin_;
  begin_ = 0;
}

std::span<uint8_t> FrameReader::Space() {
  Compact();
  if (end_ == buffer_.size() && buffer_.size() <= kMaxMessage) {
    SecretBytes larger(std::min(std::max(buffer_.size() * 4, kFirstSize), kMaxMessage + 1));
    const auto from = buffer_.Reveal();
    std::copy(from.begin(), from.begin() + static_cast<ptrdiff_t>(end_), larger.RevealMutable().begin());
    buffer_ = std::move(larger);
  }
  return buffer_.RevealMutable().subspan(end_);
}

void FrameReader::Filled(size_t size) { end_ += size; }

Result<std::optional<std::string_view>> FrameReader::Next() {
  const auto bytes = buffer_.Reveal();
  const auto from = bytes.begin() + static_cast<ptrdiff_t>(scanned_);
  const auto to = bytes.begin() + static_cast<ptrdiff_t>(end_);
  const auto nul = std::find(from, to, uint8_t{0});
  scanned_ = end_;
  if (nul == to) {
    if (end_ - begin_ > kMaxMessage) {
      return MakeError(Code::kInvalidArgument, "message_too_long", "a message of more than 64 KiB");
    }
    return std::optional<std::string_view>();
  }
  const size_t length = static_cast<size_t>(nul - bytes.begin()) - begin_;
  if (length == 0) return MakeError(Code::kInvalidArgument, "empty_message", "an empty message");
  const std::string_view message = AsText(bytes.subspan(begin_, length));
  begin_ += length + 1;
  scanned_ = begin_;
  return std::optional<std::string_view>(message);
}

}  // namespace fob::proto
