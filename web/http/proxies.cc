#include "web/http/proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace fob::web {
namespace {

std::optional<std::vector<uint8_t>> AddressBytes(std::string_view text) {
  const std::string address(text);
  std::vector<uint8_t> bytes(16);
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(4);
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// All values of a field that may come several times, in order.
std::vector<std::string_view> Values(const Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : request.fields) {
    if (field != name) continue;
    std::string_view rest = value;
    for (;;) {
      const size_t comma = rest.find(',');
      values.push_back(Trimmed(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return values;
}

// "192.0.2.1:4711" and "[2001:db8::1]:4711" are written, too.
std::string_view WithoutPort(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  if (std::ranges::count(text, ':') == 1) return text.substr(0, text.find(':'));
  return text;
}

}  // namespace

Result<Proxies> Proxies::Parse(const std::vector<std::string>& texts) {
  Proxies proxies;
  for (const std::string& text : texts) {
    if (text == "unix") {
      proxies.unix_ = true;
      continue;
    }
    const auto bad = [&] {
      return MakeError(Code::kInvalidArgument, "proxies",
                       "\"" + text + "\" is no IP address, no range such as 10.0.0.0/8, and not \"unix\"");
    };
    const size_t slash = text.find('/');
    const auto bytes = AddressBytes(text.substr(0, slash));
    if (!bytes) return bad();
    unsigned bits = static_cast<unsigned>(bytes->size() * 8);
    if (slash != std::string::npos) {
      const char* end = text.data() + text.size();
      unsigned given = 0;
      const auto read = std::from_chars(text.data() + slash + 1, end, given);
      if (read.ec != std::errc() || read.ptr != end || given > bits) return bad();
      bits = given;
    }
    proxies.ranges_.push_back({*bytes, bits});
  }
  return proxies;
}

bool Proxies::Contains(std::string_view address) const {
  if (address == "unix") return unix_;
  const auto bytes = AddressBytes(address);
  if (!bytes) return false;
  return std::ranges::any_of(ranges_, [&](const Range& range) {
    if (range.bytes.size() != bytes->size()) return false;
    for (unsigned bit = 0; bit < range.bits; ++bit) {
      const auto mask = static_cast<uint8_t>(0x80u >> (bit % 8));
      if (((range.bytes[bit / 8] ^ (*bytes)[bit / 8]) & mask) != 0) return false;
    }
    return true;
  });
}

void Proxies::Identify(Request& request) const {
  const auto hops = Values(request, "x-forwarded-for");
  request.client.forwarded = !hops.empty() || request.Field("forwarded").has_value();
  if (!Contains(request.client.address)) return;
  const auto schemes = Values(request, "x-forwarded-proto");
  if (!schemes.empty()) request.client.secure = schemes.back() == "https";
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const std::string_view address = WithoutPort(*hop);
    if (!AddressBytes(address)) return;  // what stands before a word that is no address was not written by a proxy of ours
    request.client.address = std::string(address);
    if (!Contains(address)) return;
  }
}

}  // namespace fob::web
