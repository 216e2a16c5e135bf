#pragma once

#include <span>
#include <string_view>

namespace fob::web {

// A file that pages refer to. Its public name changes with its content, so that browsers may keep it.
struct Asset {
  std::string_view file;  // "style.css"
  std::string_view name;  // "style.0123456789abcdef.css"
  std::string_view type;
  std::string_view content;
};

std::span<const Asset> Assets();
std::string_view AssetName(std::string_view file);

}  // namespace fob::web
