#include "web/http/proxies.h"

#include <algorithm>
#include <charconv>

#include "web/http/ip_address.h"

namespace fob::web {
namespace {

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
    const std::string written = text.substr(0, slash);
    const auto address = IpAddress::Parse(written);
    if (!address) return bad();
    const auto bits = static_cast<unsigned>(address->bytes().size() * 8);
    // The bits of "::ffff:10.0.0.0/104" count from the beginning of IPv6's.
    const unsigned before = written.find(':') == std::string::npos ? 0 : 128 - bits;
    unsigned given = before + bits;
    if (slash != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto read = std::from_chars(text.data() + slash + 1, end, given);
      if (read.ec != std::errc() || read.ptr != end || given < before || given > before + bits) return bad();
    }
    proxies.ranges_.push_back({address->bytes(), given - before});
  }
  return proxies;
}

bool Proxies::Contains(std::string_view address) const {
  if (address == "unix") return unix_;
  const auto known = IpAddress::Parse(address);
  if (!known) return false;
  const std::vector<uint8_t>& bytes = known->bytes();
  return std::ranges::any_of(ranges_, [&](const Range& range) {
    if (range.bytes.size() != bytes.size()) return false;
    for (unsigned bit = 0; bit < range.bits; ++bit) {
      const auto mask = static_cast<uint8_t>(0x80u >> (bit % 8));
      if (((range.bytes[bit / 8] ^ bytes[bit / 8]) & mask) != 0) return false;
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
    const auto address = IpAddress::Parse(WithoutPort(*hop));
    if (!address) return;  // what stands before a word that is no address was not written by a proxy of ours
    request.client.address = address->Text();
    if (!Contains(request.client.address)) return;
  }
}

}  // namespace fob::web
