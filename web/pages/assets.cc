#include "web/pages/assets.h"

#include <algorithm>

namespace fob::web {

std::string_view AssetName(std::string_view file) {
  const auto found = std::ranges::find(Assets(), file, &Asset::file);
  return found == Assets().end() ? std::string_view() : found->name;
}

}  // namespace fob::web
