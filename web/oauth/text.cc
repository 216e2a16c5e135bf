#include "web/oauth/text.h"

#include <algorithm>

namespace fob::web {
namespace {

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<std::string> OriginOf(std::string_view uri) {
  const size_t colon = uri.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  std::string origin(uri.substr(0, colon));
  std::ranges::transform(origin, origin.begin(), Lower);
  if (origin != "https" && origin != "http") return std::nullopt;
  const std::string_view default_port = origin == "https" ? ":443" : ":80";
  std::string_view authority = uri.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const bool clean = std::ranges::all_of(authority, [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
  });
  if (authority.empty() || !clean) return std::nullopt;
  if (authority.ends_with(default_port) && !authority.ends_with(']')) authority.remove_suffix(default_port.size());
  origin += "://";
  for (const char c : authority) origin += Lower(c);
  return origin;
}

std::optional<std::string> SchemeOf(std::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0 || !IsAlpha(uri.front())) return std::nullopt;
  std::string scheme;
  for (const char c : uri.substr(0, colon)) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '+' && c != '-' && c != '.') return std::nullopt;
    scheme += Lower(c);
  }
  return scheme + ":";
}

std::string PathOf(std::string_view uri) {
  const size_t colon = uri.find("://");
  if (colon == std::string_view::npos) return "";
  const size_t slash = uri.find('/', colon + 3);
  if (slash == std::string_view::npos) return "";
  std::string path(uri.substr(slash));
  while (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace fob::web
