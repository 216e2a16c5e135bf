#include "tests/support/web/http_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/bytes.h"

namespace fob::testing {
namespace {

void LimitWaits(int fd) {
  const timeval longest{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
}

}  // namespace

std::string HttpAnswer::Field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

HttpConnection::HttpConnection(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  LimitWaits(fd_.get());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd_.reset();
}

HttpConnection::HttpConnection(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  LimitWaits(fd_.get());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, unix_path.data(), std::min(unix_path.size(), sizeof address.sun_path - 1));
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd_.reset();
}

bool HttpConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool HttpConnection::Fill() {
  char buffer[8192];
  const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  in_.append(buffer, static_cast<size_t>(got));
  return true;
}

HttpAnswer HttpConnection::Receive() {
  HttpAnswer answer;
  size_t end;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return answer;
  }
  std::string head = in_.substr(0, end + 2);
  in_.erase(0, end + 4);
  answer.status = std::atoi(head.substr(head.find(' ') + 1).c_str());
  for (size_t at = head.find("\r\n") + 2; at < head.size();) {
    const size_t line_end = head.find("\r\n", at);
    const std::string line = head.substr(at, line_end - at);
    at = line_end + 2;
    const size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    answer.fields.emplace(name, line.substr(colon + 2));
  }
  const size_t length = static_cast<size_t>(std::atoi(answer.Field("content-length").c_str()));
  while (in_.size() < length) {
    if (!Fill()) break;
  }
  answer.body = in_.substr(0, length);
  in_.erase(0, std::min(length, in_.size()));
  return answer;
}

bool HttpConnection::Ended() {
  char byte;
  while (::recv(fd_.get(), &byte, 1, 0) > 0) {
  }
  return errno != EAGAIN && errno != EWOULDBLOCK;
}

HttpAnswer HttpClient::Ask(const std::string& method, const std::string& target, const std::string& body, const Fields& header) {
  HttpConnection connection(port_);
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port_) + "\r\nConnection: close\r\n";
  std::string jar;
  for (const auto& [name, value] : cookies) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
  if (!jar.empty()) text += "Cookie: " + jar + "\r\n";
  for (const auto& [name, value] : header) text += name + ": " + value + "\r\n";
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  connection.Send(text + "\r\n" + body);
  HttpAnswer answer = connection.Receive();
  const auto [first, last] = answer.fields.equal_range("set-cookie");
  for (auto each = first; each != last; ++each) {
    const std::string pair = each->second.substr(0, each->second.find(';'));
    const size_t equals = pair.find('=');
    if (each->second.find("Max-Age=0") != std::string::npos) {
      cookies.erase(pair.substr(0, equals));
    } else {
      cookies[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
  }
  return answer;
}

HttpAnswer HttpClient::Get(const std::string& target, const Fields& header) { return Ask("GET", target, "", header); }

HttpAnswer HttpClient::Post(const std::string& target, const std::string& form, const Fields& header) {
  Fields all = header;
  all.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  return Ask("POST", target, form, all);
}

std::string Encoded(std::string_view text) {
  std::string out;
  char buffer[4];
  for (const char c : text) {
    std::snprintf(buffer, sizeof buffer, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : std::string(buffer);
  }
  return out;
}

std::string Basic(const std::string& user, const std::string& password) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = Encoded(user) + ":" + Encoded(password);
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = (bits << 8) | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += i + k <= text.size() ? kDigits[(bits >> (18 - 6 * k)) & 63] : '=';
  }
  return "Basic " + out;
}

std::string HiddenField(const std::string& page, const std::string& name) {
  const std::string start = "name=\"" + name + "\" value=\"";
  const size_t at = page.find(start);
  if (at == std::string::npos) return "";
  std::string value = page.substr(at + start.size());
  value.resize(value.find('"'));
  std::string plain;
  for (size_t i = 0; i < value.size(); ++i) {
    bool taken = false;
    for (const auto& [entity, c] : {std::pair{"&quot;", '"'}, {"&#39;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}}) {
      if (value.compare(i, std::strlen(entity), entity) != 0) continue;
      plain += c;
      i += std::strlen(entity) - 1;
      taken = true;
      break;
    }
    if (!taken) plain += value[i];
  }
  return plain;
}

}  // namespace fob::testing
