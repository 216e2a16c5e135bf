#include "cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

#include "base/utf8.h"

namespace fob::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool In(char32_t value, char32_t first, char32_t last) { return value >= first && value <= last; }

bool Unsafe(char32_t value) {
  return value < 0x20 || In(value, 0x7F, 0x9F) || In(value, 0x200E, 0x200F) ||
         In(value, 0x2028, 0x202E) || In(value, 0x2066, 0x2069) || value == 0x061C;
}

size_t RuneWidth(char32_t value) {
  if (In(value, 0x0300, 0x036F) || In(value, 0x200B, 0x200D) || In(value, 0x20D0, 0x20FF) ||
      In(value, 0xFE00, 0xFE0F) || value == 0xFEFF) {
    return 0;
  }
  const bool wide =
      In(value, 0x1100, 0x115F) || In(value, 0x2E80, 0xA4CF) || In(value, 0xAC00, 0xD7A3) ||
      In(value, 0xF900, 0xFAFF) || In(value, 0xFE30, 0xFE6F) || In(value, 0xFF00, 0xFF60) ||
      In(value, 0xFFE0, 0xFFE6) || In(value, 0x1F300, 0x1FAFF) || In(value, 0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = FirstRune(text);
    if (rune.size == 0 || Unsafe(rune.value)) {
      out += kReplacement;
    } else {
      out += text.substr(0, rune.size);
    }
    text.remove_prefix(std::max<size_t>(rune.size, 1));
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Rune rune = FirstRune(text);
    width += rune.size == 0 ? 1 : RuneWidth(rune.value);
    text.remove_prefix(std::max<size_t>(rune.size, 1));
  }
  return width;
}

std::string_view CutToWidth(std::string_view text, size_t columns) {
  size_t width = 0;
  size_t at = 0;
  while (at < text.size()) {
    const Rune rune = FirstRune(text.substr(at));
    width += rune.size == 0 ? 1 : RuneWidth(rune.value);
    if (width > columns) break;
    at += std::max<size_t>(rune.size, 1);
  }
  return text.substr(0, at);
}

std::string LocalTime(int64_t unix_seconds) {
  const time_t when = unix_seconds;
  tm parts{};
  if (::localtime_r(&when, &parts) == nullptr) return fmt::format("@{}", unix_seconds);
  std::array<char, 64> out{};
  return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string LocalTime(std::optional<int64_t> unix_seconds) {
  return unix_seconds ? LocalTime(*unix_seconds) : "-";
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::optional<int64_t> ParseDurationMs(std::string_view text) {
  int64_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc{}) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  int64_t ms = 1000;
  if (unit == "ms") {
    ms = 1;
  } else if (unit == "m") {
    ms *= 60;
  } else if (unit == "h") {
    ms *= 3600;
  } else if (unit == "d") {
    ms *= 24 * 3600;
  } else if (!unit.empty() && unit != "s") {
    return std::nullopt;
  }
  if (count <= 0 || count > kMaxDurationMs / ms) return std::nullopt;
  return count * ms;
}

std::string Duration(int64_t ms) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 4> kUnits = {
      {{24 * 3600 * 1000, "d"}, {3600 * 1000, "h"}, {60 * 1000, "m"}, {1000, "s"}}};
  for (const auto& [size, unit] : kUnits) {
    if (ms >= size && ms % size == 0) return fmt::format("{}{}", ms / size, unit);
  }
  return fmt::format("{}ms", ms);
}

void TextBuffer::Append(std::string_view text) {
  if (size_ + text.size() > data_.size()) {
    SecretBytes larger(std::max<size_t>(256, (size_ + text.size()) * 2));
    const ByteView old = data_.Reveal().first(size_);
    std::copy(old.begin(), old.end(), larger.RevealMutable().begin());
    data_ = std::move(larger);
  }
  std::copy(text.begin(), text.end(),
            data_.RevealMutable().begin() + static_cast<ptrdiff_t>(size_));
  size_ += text.size();
}

}  // namespace fob::cli
