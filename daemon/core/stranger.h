#pragma once

#include <string>

#include "base/random.h"
#include "daemon/core/policy.h"
#include "daemon/core/ports/store.h"

namespace fob::core {

// Somebody who may not even exist, with one code of each kind that `rule` takes, of which nobody knows the secret: who
// is asked in this name is asked like a user.
UserFactors Stranger(const std::string& name, const Rule& rule, Random& random);

}  // namespace fob::core
