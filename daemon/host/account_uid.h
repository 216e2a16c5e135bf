#pragma once

#include <cstdint>
#include <optional>

namespace fob::host {

// The uid of an account of this host; nothing: there is none, or nobody could say. May block: for the start only.
std::optional<uint32_t> UidOf(const char* account);

}  // namespace fob::host
