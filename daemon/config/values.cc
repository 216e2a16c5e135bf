#include "daemon/config/values.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/core/attestation_policy.h"

namespace fob::config {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool IsPrintableAscii(char c) { return c > 0x20 && c < 0x7f; }

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
}

bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  std::string_view last;
  while (true) {
    const size_t dot = name.find('.');
    last = name.substr(0, dot);
    if (!IsLabel(last)) return false;
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  return !std::ranges::all_of(last, IsDigit);  // a last label of digits is an address (RFC 3696 clause 2)
}

bool IsIpv4(std::string_view host) {
  int parts = 0;
  while (true) {
    const size_t dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, IsDigit)) return false;
    if (++parts > 4) return false;
    if (dot == std::string_view::npos) return parts == 4;
    host.remove_prefix(dot + 1);
  }
}

bool IsPort(std::string_view port) {
  if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, IsDigit)) return false;
  int value = 0;
  for (const char c : port) value = value * 10 + (c - '0');
  return value >= 1 && value <= 65535;
}

}  // namespace

std::string IssuerProblem(std::string_view text) {
  constexpr std::string_view kShape = "must be an https URL, such as https://login.example.org";
  if (text.size() > 512 || !std::ranges::all_of(text, IsPrintableAscii)) return std::string(kShape);
  const bool plain = text.starts_with("http://");
  if (!plain && !text.starts_with("https://")) return std::string(kShape);
  std::string_view authority = text.substr(plain ? 7 : 8);
  if (authority.find_first_of("?#@\\\"<>") != std::string_view::npos) {
    return "must be a URL of scheme, host, port and path only";
  }
  authority = authority.substr(0, authority.find('/'));
  std::string_view host = authority;
  if (const size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    if (!IsPort(authority.substr(colon + 1))) return "has a port that is not 1 to 65535";
  }
  if (!IsDnsName(host) && !IsIpv4(host)) return "needs a lower-case host name, such as https://login.example.org";
  if (plain && host != "localhost" && host != "127.0.0.1") {
    return "may be http for localhost and 127.0.0.1 only: use https";
  }
  return {};
}

std::string OriginProblem(std::string_view text) {
  if (std::string problem = IssuerProblem(text); !problem.empty()) return problem;
  if (text.find('/', text.find("//") + 2) != std::string_view::npos) return "must be an origin without a path, such as https://login.example.org";
  return {};
}

std::string RpIdProblem(std::string_view text) {
  if (IsDnsName(text)) return {};
  return "must be a lower-case DNS name without scheme or port, such as login.example.org";
}

std::string PathProblem(std::string_view text) {
  if (text.size() < 2 || text.front() != '/' || text.size() > 4000 || std::ranges::any_of(text, IsControl)) {
    return "must be an absolute path";
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return "must be a path without \"//\", \".\", \"..\" or a last \"/\"";
    rest.remove_prefix(slash);
  }
  return {};
}

std::string SocketPathProblem(std::string_view text) {
  constexpr size_t kLongest = 107;  // sockaddr_un holds 108 bytes with the closing NUL
  if (text.size() > kLongest) return fmt::format("must be at most {} bytes long", kLongest);
  return PathProblem(text);
}

std::string ServiceProblem(std::string_view text) {
  const auto fits = [](char c) {
    return IsLower(c) || IsDigit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == '@' || c == '+';
  };
  if (text.empty() || text.size() > 64 || text.front() == '.' || !std::ranges::all_of(text, fits)) {
    return "must be the name of a PAM service, such as \"sshd\"";
  }
  return {};
}

std::string AccountProblem(std::string_view text) {
  const auto unfit = [](char c) { return IsControl(c) || c == ':' || c == '/' || c == ','; };
  if (text.empty() || text.size() > 256 || text.front() == '-' || text.front() == ' ' || text.back() == ' ' ||
      std::ranges::any_of(text, unfit)) {
    return "must be the name of an account or group";
  }
  return {};
}

std::string LabelProblem(std::string_view text) {
  if (text.empty() || text.size() > 64 || std::ranges::any_of(text, IsControl)) {
    return "must be 1 to 64 bytes without control characters";
  }
  return {};
}

std::string AaguidProblem(std::string_view text) {
  if (core::ParseAaguid(text).ok()) return "";
  return "must be AAGUIDs such as \"f8a011f3-8c0a-4d15-8006-17111f9edc7d\"";
}

std::string ArgumentProblem(std::string_view text) {
  if (text.size() > 4000 || std::ranges::any_of(text, IsControl)) return "must be free of control characters";
  return {};
}

}  // namespace fob::config
