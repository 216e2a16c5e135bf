#pragma once

#include <algorithm>
#include <string_view>

namespace fob::pam {

// Whether `text` can be a handle or a login id and may stand in the PAM environment: 1 to 256
// characters of base64url and the dot.
inline bool IsIdentifier(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace fob::pam
