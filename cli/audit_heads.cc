#include "cli/audit_heads.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "cli/line_reader.h"

namespace fob::cli {
namespace {

constexpr size_t kMostHeads = 200;  // that one call carries
constexpr size_t kHashDigits = 64;
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Result<std::deque<std::string>> ReadHeads(Context& context, const std::string& path) {
  const UniqueFd file(path == "-" ? ::fcntl(0, F_DUPFD_CLOEXEC, 3)
                                  : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) {
    return MakeError(errno == ENOENT ? Code::kNotFound : Code::kNotPermitted, "file_unreadable",
                     fmt::format("cannot read heads from {}: {}", path, std::strerror(errno)));
  }
  std::deque<std::string> heads;
  LineReader lines(file.get());
  for (;;) {
    const auto line = lines.Next([&]() -> Status {
      FOB_CHECK(WaitReadable(file.get(), context.interrupts().fd(), INT64_MAX));
      return Ok();
    });
    if (!line.ok() && line.error().reason == "no_answer") return heads;
    if (!line.ok()) return line.error();
    std::string head = HeadIn(line->RevealText());
    if (head.empty()) continue;
    heads.push_back(std::move(head));
    if (heads.size() > kMostHeads) heads.pop_front();
  }
}

}  // namespace

std::string HeadIn(std::string_view line) {
  for (size_t hash = line.find(':'); hash != std::string_view::npos; hash = line.find(':', hash + 1)) {
    const size_t before = line.find_last_not_of(kDigits, hash == 0 ? 0 : hash - 1);
    const size_t from = before == std::string_view::npos || hash == 0 ? 0 : before + 1;
    const size_t signature = hash + 1 + kHashDigits;
    if (from == hash || signature >= line.size() || line[signature] != ':') continue;
    if (line.substr(hash + 1, kHashDigits).find_first_not_of(kHex) != std::string_view::npos)
      continue;
    const size_t end = std::min(line.find_first_not_of(kBase64Url, signature + 1), line.size());
    if (end > signature + 1) return std::string(line.substr(from, end - from));
  }
  return "";
}

Result<std::optional<std::vector<std::string>>> SignedHeads(
    Context& context, std::vector<std::string> given, const std::optional<std::string>& file) {
  if (file.has_value()) {
    FOB_TRY(const auto read, ReadHeads(context, *file));
    if (read.empty()) {
      return MakeError(Code::kInvalidArgument, "no_heads",
                       fmt::format("{} holds no head (SEQ:HASH:SIG)",
                                   *file == "-" ? "standard input" : *file));
    }
    given.insert(given.end(), read.begin(), read.end());
  }
  if (given.empty()) return std::optional<std::vector<std::string>>();
  return std::optional(std::move(given));
}

}  // namespace fob::cli
