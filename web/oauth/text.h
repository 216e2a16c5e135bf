#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fob::web {

// "https://app.example.org:8443" of "https://app.example.org:8443/callback": scheme, host and port as a browser compares
// them (RFC 6454), in lower case, a default port left out. Nothing for what is no http or https URL, or holds a character
// that could be read as more than a host.
std::optional<std::string> OriginOf(std::string_view uri);

// "com.example.app:" of a private scheme (RFC 8252 clause 7.1); nothing where there is none.
std::optional<std::string> SchemeOf(std::string_view uri);

// The path of an http or https URL, "/" at its end left out: "" or "/fob".
std::string PathOf(std::string_view uri);

}  // namespace fob::web
