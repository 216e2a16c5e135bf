#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace fob::cli {

// Text that is safe to show on a terminal: control characters, bidirectional overrides and bytes
// that are not UTF-8 become U+FFFD, so that no name or host can move the cursor or fake another
// line.
std::string Printable(std::string_view text);

// Columns that printable UTF-8 takes on a terminal: combining marks none, East Asian and emoji two.
size_t DisplayWidth(std::string_view text);

// The beginning of `text`, which is printable, that `columns` columns hold.
std::string_view CutToWidth(std::string_view text, size_t columns);

// "2025-01-31 12:00:05" in the time zone of whoever runs fobctl.
std::string LocalTime(int64_t unix_seconds);
std::string LocalTime(std::optional<int64_t> unix_seconds);  // "-" when there is none

std::string Join(const std::vector<std::string>& parts, std::string_view separator);

inline constexpr int64_t kMaxDurationMs = int64_t{366} * 24 * 3600 * 1000;

// "90", "90s", "15m", "24h", "30d" as milliseconds; nothing unless 1 ms to 366 days.
std::optional<int64_t> ParseDurationMs(std::string_view text);
// The way back, in the largest unit that fits: "15m".
std::string Duration(int64_t ms);

// Text that may hold secrets: appended to, and wiped with its every former home.
class TextBuffer {
 public:
  void Append(std::string_view text);
  void Append(const SecretBytes& secret) { Append(secret.RevealText()); }
  bool empty() const { return size_ == 0; }
  std::string_view Reveal() const { return data_.RevealText().substr(0, size_); }

 private:
  SecretBytes data_;
  size_t size_ = 0;
};

}  // namespace fob::cli
