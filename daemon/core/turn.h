#pragma once

#include <optional>

#include "base/result.h"
#include "base/unique_function.h"
#include "proto/messages.h"

namespace fob::core {

// One reply of a ceremony: something to read, a question, or its outcome.
struct Turn {
  std::optional<proto::Info> info;
  std::optional<proto::Ask> ask;
  std::optional<proto::OtpOffer> offer;
  std::optional<proto::Granted> granted;
  std::optional<proto::Done> done;
};

// Where the replies of one Begin or Continue go: `more` any number of times, then `last` once.
struct TurnSink {
  UniqueFunction<void(Turn)> more;
  UniqueFunction<void(Result<Turn>)> last;
};

}  // namespace fob::core
