#pragma once

#include <string>
#include <string_view>

namespace fob::config {

// The least that ParseSettings takes: two lines before `middle`, the last rule after it.
inline constexpr std::string_view kHead = "issuer = \"https://login.example.org\"\nrp_id = \"login.example.org\"\n";
inline constexpr std::string_view kTail = "[[rule]]\naction = \"deny\"\n";

inline std::string Minimal(std::string_view middle = "") {
  return std::string(kHead) + std::string(middle) + "\n" + std::string(kTail);
}

}  // namespace fob::config
