#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "web/http/message.h"

namespace fob::web {

// The three things that a browser is given. The names begin with __Host-: browsers then take them from this very host
// alone, over TLS (or from localhost), for every path (RFC 6265bis clause 4.1.3.2).
inline constexpr std::string_view kSessionCookie = "__Host-fob";           // signed in
inline constexpr std::string_view kBrowserCookie = "__Host-fob-browser";   // about to sign in
inline constexpr std::string_view kLinkCookie = "__Host-fob-link";         // about to follow a link

// Its value; empty when there is none, or one that we never gave.
SecretBytes CookieOf(const Request& request, std::string_view name);

void SetCookie(Response& response, std::string_view name, const SecretBytes& value);
void DropCookie(Response& response, std::string_view name);

// 256 random bits as base64url.
SecretBytes NewCookieValue();

}  // namespace fob::web
