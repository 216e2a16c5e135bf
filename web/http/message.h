#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace fob::web {

// Who is at the other end, as far as it is known.
struct Client {
  std::string address;     // an IP address in text, "unix" for a Unix socket
  bool secure = false;     // came over TLS, ours or that of a trusted proxy
  bool forwarded = false;  // somebody stands between: a proxy said so, trusted or not
};

struct Request {
  std::string method;
  std::string path;   // as it came: nothing in it is decoded
  std::string query;  // without the question mark
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  SecretBytes body;
  Client client;

  // The value of a header field that comes once; the first one of several.
  std::optional<std::string_view> Field(std::string_view lower_case_name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields;
  SecretBytes body;

  Response& Add(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

Response TextResponse(int status, std::string_view type, std::string_view body);

}  // namespace fob::web
