#include "web/http/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace fob::web {

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string address(text);
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) return Of(v6);
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return Of(v4);
  return std::nullopt;
}

IpAddress IpAddress::Of(const in_addr& v4) {
  std::vector<uint8_t> bytes(sizeof v4);
  std::memcpy(bytes.data(), &v4, sizeof v4);
  return IpAddress(std::move(bytes));
}

IpAddress IpAddress::Of(const in6_addr& v6) {
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::vector<uint8_t> bytes(sizeof v6);
  std::memcpy(bytes.data(), &v6, sizeof v6);
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) bytes.erase(bytes.begin(), bytes.begin() + kMapped.size());
  return IpAddress(std::move(bytes));
}

std::string IpAddress::Text() const {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(bytes_.size() == sizeof(in_addr) ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  return text;
}

}  // namespace fob::web
