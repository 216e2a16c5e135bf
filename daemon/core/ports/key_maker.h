#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/unique_function.h"
#include "daemon/core/records.h"

namespace fob::core {

// Makes signing keys where nobody waits behind it: an RSA key may take a busy host half a minute to find. One at a time.
class KeyMaker {
 public:
  virtual ~KeyMaker() = default;
  // created_at of the key is `now`. done: on the core's thread.
  virtual void Make(SigningAlgorithm algorithm, int64_t now, UniqueFunction<void(Result<SigningKeyRecord>)> done) = 0;
};

}  // namespace fob::core
