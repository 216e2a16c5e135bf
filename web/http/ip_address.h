#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fob::web {

// An IP address. One of IPv4 in the clothes of IPv6 (RFC 4291 clause 2.5.5.2), as peers are seen on a socket of both, is one
// of IPv4: whatever is known of an address is known of it.
class IpAddress {
 public:
  // As inet_pton(3) takes it, of either family.
  static std::optional<IpAddress> Parse(std::string_view text);
  static IpAddress Of(const in_addr& v4);
  static IpAddress Of(const in6_addr& v6);

  const std::vector<uint8_t>& bytes() const { return bytes_; }  // 4 or 16
  std::string Text() const;

 private:
  explicit IpAddress(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  std::vector<uint8_t> bytes_;
};

}  // namespace fob::web
