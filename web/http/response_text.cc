#include "web/http/response_text.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <ctime>

namespace fob::web {
namespace {

// RFC 9110 clause 5.6.7. The same for all answers of a second.
const std::string& HttpDate(int64_t unix_seconds) {
  static thread_local int64_t of = -1;
  static thread_local std::string text;
  if (of != unix_seconds) {
    const auto seconds = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char buffer[64];
    text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    of = unix_seconds;
  }
  return text;
}

bool IsClean(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

SecretBytes ResponseText(const Response& response, const ResponseForm& form) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  std::string head;
  head.reserve(512);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason.data(), reason.size());
  head.append("\r\nDate: ").append(HttpDate(form.unix_seconds)).append("\r\n");
  for (const auto& [name, value] : response.fields) {
    if (IsClean(value)) head.append(name).append(": ").append(value).append("\r\n");
  }
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (!bodiless) head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  if (!form.keep_alive) {
    head.append("Connection: close\r\n");
  } else if (form.http_1_0) {
    head.append("Connection: keep-alive\r\n");
  }
  head.append("\r\n");
  const size_t body = bodiless || form.head_only ? 0 : response.body.size();
  SecretBytes out(head.size() + body);
  const auto at = std::ranges::copy(AsBytes(head), out.RevealMutable().begin()).out;
  std::ranges::copy(response.body.Reveal().first(body), at);
  Wipe(head.data(), head.size());  // cookies
  return out;
}

}  // namespace fob::web
