#include "daemon/core/redirect_uri.h"

#include <algorithm>

namespace fob::core {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// scheme "://" authority [path ["?" query]], unchanged pieces of the text.
struct Parts {
  std::string_view scheme;
  std::string_view host;  // with brackets, where it is IPv6
  std::string_view port;  // digits; empty: none
  std::string_view rest;  // from the first "/" or "?" on
};

// Nothing that browsers read in more than one way.
bool IsPlain(std::string_view uri) {
  return uri.size() <= 2048 && std::ranges::all_of(uri, [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>'; });
}

// False: not of this form, or not plain.
bool Split(std::string_view uri, Parts& out) {
  if (!IsPlain(uri)) return false;
  const size_t colon = uri.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  out.scheme = uri.substr(0, colon);
  const std::string_view after = uri.substr(colon + 3);
  const size_t end = std::min(after.find_first_of("/?#"), after.size());
  std::string_view authority = after.substr(0, end);
  out.rest = after.substr(end);
  if (authority.find('@') != std::string_view::npos) return false;
  size_t host_end = authority.size();
  if (authority.starts_with('[')) {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos) return false;
    ++host_end;
  } else {
    host_end = std::min(authority.find(':'), authority.size());
  }
  out.host = authority.substr(0, host_end);
  const std::string_view port = authority.substr(host_end);
  if (port.empty()) return true;
  out.port = port.substr(1);
  return port.starts_with(':') && !out.port.empty() && out.port.size() <= 5 && std::ranges::all_of(out.port, IsDigit);
}

bool IsLoopbackLiteral(std::string_view host) { return host == "127.0.0.1" || host == "[::1]"; }

// Lower case, as browsers write it.
bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 4 && std::ranges::all_of(host.substr(1, host.size() - 2),
                                                  [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || c == ':'; });
  }
  return !host.empty() && std::ranges::all_of(host, [](char c) { return IsDigit(c) || IsLower(c) || c == '-' || c == '.'; });
}

bool IsWeb(const Parts& parts) { return parts.scheme == "https" || parts.scheme == "http"; }

}  // namespace

Status CheckRedirectUri(std::string_view uri) {
  const auto bad = [&](std::string_view why) {
    return MakeError(Code::kInvalidArgument, "bad_redirect_uri",
                     "a redirect URI " + std::string(why) + ", as in https://app.example.org/callback");
  };
  Parts parts;
  if (uri.find('#') != std::string_view::npos) return bad("has no fragment");
  // An app's own scheme may be written with one slash.
  const size_t colon = std::min(uri.find(':'), uri.size());
  const std::string_view scheme = uri.substr(0, colon);
  const bool own = scheme.find('.') != std::string_view::npos && IsLower(scheme.front()) &&
                   std::ranges::all_of(scheme, [](char c) { return IsLower(c) || IsDigit(c) || c == '.' || c == '-' || c == '+'; });
  if (own) return IsPlain(uri) ? Ok() : bad("is at most 2048 bytes long, without spaces, control characters, quotes and angle brackets");
  if (!Split(uri, parts) || !IsWeb(parts) || !IsHost(parts.host)) return bad("is an absolute URL with a host in lower case");
  if (parts.scheme == "http" && parts.host != "localhost" && !IsLoopbackLiteral(parts.host)) {
    return bad("is https unless it leads to loopback");
  }
  return Ok();
}

bool IsRegistered(std::string_view uri, const std::vector<std::string>& registered) {
  if (std::ranges::find(registered, uri) != registered.end()) return true;
  Parts asked;
  if (!Split(uri, asked) || asked.scheme != "http" || !IsLoopbackLiteral(asked.host)) return false;
  return std::ranges::any_of(registered, [&](const std::string& one) {
    Parts known;
    return Split(one, known) && known.scheme == "http" && known.host == asked.host && known.rest == asked.rest;
  });
}

std::string OriginOf(std::string_view url) {
  Parts parts;
  if (!Split(url, parts) || !IsWeb(parts) || !IsHost(parts.host)) return {};
  std::string origin = std::string(parts.scheme) + "://" + std::string(parts.host);
  const std::string_view usual = parts.scheme == "https" ? "443" : "80";
  if (!parts.port.empty() && parts.port != usual) origin += ":" + std::string(parts.port);
  return origin;
}

}  // namespace fob::core
