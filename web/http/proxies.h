#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "web/http/message.h"

namespace fob::web {

// Addresses of proxies that are believed: "127.0.0.1", "10.0.0.0/8", "2001:db8::/32", or "unix" for our Unix socket.
class Proxies {
 public:
  static Result<Proxies> Parse(const std::vector<std::string>& texts);

  bool Contains(std::string_view address) const;

  // Where a request comes from: its peer; behind a proxy that is believed what X-Forwarded-For and X-Forwarded-Proto
  // say, read from the right as far as addresses are those of proxies. Of others these fields say nothing.
  void Identify(Request& request) const;

 private:
  struct Range {
    std::vector<uint8_t> bytes;  // 4 or 16
    unsigned bits = 0;
  };

  std::vector<Range> ranges_;
  bool unix_ = false;
};

}  // namespace fob::web
