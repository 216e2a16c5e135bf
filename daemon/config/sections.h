#pragma once

#include <span>
#include <string_view>

namespace fob::config {

// A table of fobd.toml and the keys that it may hold. What is not listed here stops the start.
struct Section {
  std::string_view name;   // empty: the top of the file
  bool repeated = false;   // [[name]] rather than [name]
  std::span<const std::string_view> keys;
};

std::span<const Section> Sections();
const Section& SectionNamed(std::string_view name);

}  // namespace fob::config
