#include "daemon/core/conversation.h"

namespace fob::core {

void Conversation::Tell(proto::Info info) {
  if (!sink_.more) return;
  Turn turn;
  turn.info = std::move(info);
  sink_.more(std::move(turn));
}

void Conversation::Ask(proto::Ask ask) {
  Turn turn;
  turn.ask = std::move(ask);
  Reply(std::move(turn));
}

void Conversation::Reply(Result<Turn> turn) {
  if (!sink_.last) return;
  const TurnSink sink = std::exchange(sink_, {});
  sink.last(std::move(turn));
}

bool Conversation::Resume(TurnSink sink) {
  if (refusal_.has_value()) {
    sink.last(*refusal_);
    return false;
  }
  sink_ = std::move(sink);
  return true;
}

}  // namespace fob::core
