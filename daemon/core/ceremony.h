#pragma once

#include "base/secret.h"
#include "daemon/core/turn.h"

namespace fob::core {

// A ceremony as its connection holds it. One Begin, then an Answer for each question.
class Ceremony {
 public:
  virtual ~Ceremony() = default;
  virtual void Answer(SecretBytes answer, TurnSink sink) = 0;
  // The connection went away.
  virtual void Abandon() = 0;
};

}  // namespace fob::core
