#include "daemon/host/proc_text.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace fob::host {
namespace {

constexpr size_t kLongestProcessName = 64;

template <typename T>
std::optional<T> Number(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view WithoutLineEnd(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// The next field of `text`, which is cut behind it.
std::string_view NextField(std::string_view& text) {
  const size_t from = std::min(text.find_first_not_of(" \t\n"), text.size());
  const size_t to = std::min(text.find_first_of(" \t\n", from), text.size());
  const std::string_view field = text.substr(from, to - from);
  text.remove_prefix(to);
  return field;
}

}  // namespace

std::optional<uint64_t> StartTimeFromStat(std::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = stat.substr(name_end + 1);
  std::string_view field;
  for (int number = 3; number <= 22; ++number) field = NextField(rest);
  return Number<uint64_t>(field);
}

std::optional<uint32_t> AuditSession(std::string_view text) {
  const auto session = Number<uint32_t>(WithoutLineEnd(text));
  if (session == std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return session;
}

std::optional<ProcessUids> UidsFromStatus(std::string_view status) {
  constexpr std::string_view kLine = "\nUid:";
  const size_t at = status.find(kLine);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = status.substr(at + kLine.size());
  rest = rest.substr(0, rest.find('\n'));
  const auto real = Number<uint32_t>(NextField(rest));
  const auto effective = Number<uint32_t>(NextField(rest));
  const auto saved = Number<uint32_t>(NextField(rest));
  if (!real || !effective || !saved) return std::nullopt;
  return ProcessUids{*real, *effective, *saved};
}

std::string ProgramName(std::string_view exe_or_comm) {
  std::string_view name = WithoutLineEnd(exe_or_comm);
  constexpr std::string_view kGone = " (deleted)";
  if (name.ends_with(kGone)) name.remove_suffix(kGone.size());
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string out(name.substr(0, kLongestProcessName));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

std::string BootIdFromText(std::string_view text) {
  const std::string_view id = WithoutLineEnd(text);
  const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; };
  if (id.size() != 36 || !std::ranges::all_of(id, fits)) return {};
  return std::string(id);
}

}  // namespace fob::host
