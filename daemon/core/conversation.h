#pragma once

#include <optional>
#include <utility>

#include "daemon/core/turn.h"

namespace fob::core {

// What a ceremony says to its caller. One Begin or Continue at a time waits for its last reply; who went away is
// told nothing.
class Conversation {
 public:
  explicit Conversation(TurnSink sink) : sink_(std::move(sink)) {}

  void Tell(proto::Info info);
  void Ask(proto::Ask ask);
  void Reply(Result<Turn> turn);

  // The next Continue. False when the ceremony was refused meanwhile: the caller was told so.
  bool Resume(TurnSink sink);
  void Refused(Error error) { refusal_ = std::move(error); }
  void Leave() { const TurnSink gone = std::exchange(sink_, {}); }  // it may be what is running

 private:
  TurnSink sink_;
  std::optional<Error> refusal_;  // for an answer that comes too late
};

}  // namespace fob::core
