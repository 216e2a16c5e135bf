#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace fob::testing {

struct HttpAnswer {
  int status = 0;  // 0: the server hung up without one
  std::multimap<std::string, std::string> fields;  // names in lower case
  std::string body;

  std::string Field(const std::string& name) const;
};

// One connection, blocking, with bytes as a test wants them. Each wait ends after ten seconds.
class HttpConnection {
 public:
  explicit HttpConnection(int port);
  explicit HttpConnection(const std::string& unix_path);

  bool Send(std::string_view bytes);
  HttpAnswer Receive();
  bool Ended();  // waits until the server hangs up
  int fd() const { return fd_.get(); }

 private:
  bool Fill();
  UniqueFd fd_;
  std::string in_;
};

// A browser as far as cookies and forms go; a connection of its own for each request.
class HttpClient {
 public:
  explicit HttpClient(int port) : port_(port), origin_("http://localhost:" + std::to_string(port)) {}

  using Fields = std::vector<std::pair<std::string, std::string>>;
  HttpAnswer Get(const std::string& target, const Fields& header = {});
  HttpAnswer Post(const std::string& target, const std::string& form, const Fields& header = {});
  // As a page of the gateway's own would: with its origin.
  HttpAnswer Submit(const std::string& target, const std::string& form) { return Post(target, form, {{"Origin", origin_}}); }
  HttpAnswer Ask(const std::string& method, const std::string& target, const std::string& body, const Fields& header);

  const std::string& origin() const { return origin_; }
  std::map<std::string, std::string> cookies;

 private:
  int port_;
  std::string origin_;
};

std::string Encoded(std::string_view text);  // for a form
std::string Basic(const std::string& user, const std::string& password);
// The value of the hidden field `name` in a page, unescaped.
std::string HiddenField(const std::string& page, const std::string& name);

}  // namespace fob::testing
