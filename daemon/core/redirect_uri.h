#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Where a browser may be sent: the part of RFC 3986 that decides it.
namespace fob::core {

// Whether it may be registered: an absolute URI without fragment, user or control characters; https, or http for
// loopback, or a scheme of an app's own with a dot in it (RFC 8252 clause 7.1). kInvalidArgument/"bad_redirect_uri".
Status CheckRedirectUri(std::string_view uri);

// Byte for byte one of the registered (I34). Of a registered IP literal of loopback, as in
// http://127.0.0.1/callback, the port may be any (RFC 8252 clause 7.3).
bool IsRegistered(std::string_view uri, const std::vector<std::string>& registered);

// Scheme, host and port of an http or https URL: "https://wiki.example.org:8443"; empty: it has none.
std::string OriginOf(std::string_view url);

}  // namespace fob::core
