#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "web/http/message.h"

namespace fob::web {

struct MessageLimits {
  size_t header_bytes = 16 * 1024;  // also of what stands around a chunk, trailer included
  size_t body_bytes = 64 * 1024;
  size_t fields = 100;
  bool operator==(const MessageLimits&) const = default;
};

// What is wrong with a message, as the status that says so.
struct BadMessage {
  int status = 400;
  std::string text;
};

// One HTTP/1.1 or 1.0 request out of a byte stream (RFC 9112), by Boost.Beast.
//
// What could be read in two ways is refused: Transfer-Encoding beside Content-Length, a second Host, Authorization,
// Content-Type, Content-Length or Origin, a target that is no path, upgrades. A trailer's fields are dropped. The body is
// kept in memory that is wiped.
class RequestParser {
 public:
  explicit RequestParser(const MessageLimits& limits);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  // Takes bytes from the front of `bytes`: how many were used up. Those that were not come again, in front of more.
  size_t Feed(std::string_view bytes);

  bool header_done() const;
  bool complete() const;
  const std::optional<BadMessage>& bad() const;
  // The header asks for "100 Continue", and the body has not come.
  bool expects_continue() const;

  // Of a complete one.
  bool keep_alive() const;
  bool http_1_0() const;
  Request Take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fob::web
