#pragma once

#include <vector>

#include "daemon/config/table_reader.h"
#include "daemon/core/policy.h"

namespace fob::config {

// The policy: every [[rule]] in the file's order. Reports a last rule that does not match everything, an
// earlier one that does (the rules after it would never apply), and names that stand twice.
std::vector<core::Rule> ReadRules(TableReader& top, Problems& problems);

}  // namespace fob::config
