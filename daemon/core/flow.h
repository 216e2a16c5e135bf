#pragma once

#include "base/result.h"
#include "base/unique_function.h"

namespace fob::core {

// A call that answers in pieces. A further one is made when its reader has taken the last one, so
// that a slow reader costs no memory; dropping it gives the call up.
class Flow {
 public:
  virtual ~Flow() = default;
  virtual void Next() = 0;  // makes one piece, now or later
};

// Where the pieces go. Nothing comes after the last one.
template <typename Out>
struct FlowSink {
  UniqueFunction<void(Out)> piece;
  UniqueFunction<void(Result<Out>)> last;
};

}  // namespace fob::core
