#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/secret.h"
#include "base/unique_function.h"
#include "proto/envelope.h"

namespace fob::web {

// A call of the socket protocol on its way, with whoever waits for its answer.
struct PendingCall {
  SecretBytes frame;
  int64_t deadline_ms = 0;  // on the monotonic clock
  UniqueFunction<void(Result<proto::Reply>)> answered;
};

}  // namespace fob::web
