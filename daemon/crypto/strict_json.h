#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "base/result.h"

namespace fob::crypto {

// A JSON object of at most 64 members and four levels, each name once in its object, nothing after
// it. (Boost.JSON itself keeps the last of duplicate names in silence.) kInvalidArgument.
Result<boost::json::object> ParseStrictObject(std::string_view text);

}  // namespace fob::crypto
