#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/ceremony.h"

namespace fob::testing {

// The caller's side of one ceremony: what it was told, asked, and answered in the end. Like a
// connection, it lets the ceremony go when that has ended.
class Dialogue {
 public:
  std::shared_ptr<core::Ceremony> ceremony;
  std::vector<proto::Info> infos;
  std::optional<core::Turn> turn;  // the last reply, when it was no error
  std::optional<Error> error;
  int lasts = 0;  // last replies so far
  bool ended = false;

  Dialogue() = default;
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;
  ~Dialogue() { Hang(); }

  core::TurnSink Sink() {
    return {[this](core::Turn more) { infos.push_back(std::move(*more.info)); },
            [this](Result<core::Turn> last) { Take(std::move(last)); }};
  }
  void Begun(std::shared_ptr<core::Ceremony> begun) {
    if (!ended) ceremony = std::move(begun);
  }
  void Answer(std::string_view text) {
    turn.reset();
    const auto keep = ceremony;
    keep->Answer(SecretBytes(text), Sink());
  }
  // The connection goes away.
  void Hang() {
    if (auto gone = std::exchange(ceremony, nullptr)) gone->Abandon();
  }

  bool asks(proto::Ask::Kind kind) const {
    return turn.has_value() && turn->ask.has_value() && turn->ask->kind == kind;
  }
  std::string prompt() const {
    return turn.has_value() && turn->ask.has_value() ? turn->ask->prompt : "";
  }
  std::string reason() const { return error.has_value() ? error->reason : ""; }
  const proto::Granted* granted() const {
    return turn.has_value() && turn->granted.has_value() ? &*turn->granted : nullptr;
  }
  const proto::Done* done() const {
    return turn.has_value() && turn->done.has_value() ? &*turn->done : nullptr;
  }

 private:
  void Take(Result<core::Turn> last) {
    ++lasts;
    ended = !last.ok() || !last->ask.has_value();
    if (ended) Hang();
    if (last.ok()) {
      turn = *std::move(last);
    } else {
      error = last.error();
    }
  }
};

}  // namespace fob::testing
