#pragma once

#include <functional>
#include <optional>

#include "cli/context.h"
#include "proto/messages.h"

namespace fob::cli {

// One enrolment ceremony on one connection: shows what fobd tells, asks what it asks, until it is
// done. Leaving it in any way closes the connection, which cancels the key at once.
class Ceremony {
 public:
  using OnOffer = std::function<void(const proto::OtpOffer&)>;

  explicit Ceremony(Context& context) : context_(context) {}
  void set_on_offer(OnOffer on_offer) { on_offer_ = std::move(on_offer); }

  // `Method` is one of org.fobd.Enrol's that begin a ceremony. Its timeout_ms is --timeout.
  template <typename Method>
  Result<proto::Done> Run(typename Method::In in) {
    in.timeout_ms = context_.globals().timeout_ms;
    FOB_CHECK(Open());
    FOB_TRY(Turn turn, Step<Method>(in));
    while (turn.ask) {
      proto::enrol::Continue::In next;
      FOB_TRY(next.answer, Answer(*turn.ask));
      auto answered = Step<proto::enrol::Continue>(next);
      if (!answered.ok()) return AfterAnswer(answered.error());
      turn = *std::move(answered);
    }
    if (!turn.done) return NothingDone();
    return *std::move(turn.done);
  }

 private:
  struct Turn {
    std::optional<proto::Ask> ask;
    std::optional<proto::Done> done;
  };

  template <typename Method>
  Result<Turn> Step(const typename Method::In& in) {
    auto last =
        connection_->template Stream<Method>(in, deadline_ms_, [this](typename Method::Out out) {
          Show(out.info, out.offer);
          return Ok();
        });
    context_.terminal().ClearWait();
    if (!last.ok()) return last.error();
    Show(last->info, last->offer);
    return Turn{std::move(last->ask), std::move(last->done)};
  }

  Status Open();
  void Show(const std::optional<proto::Info>& info, const std::optional<proto::OtpOffer>& offer);
  Result<SecretBytes> Answer(const proto::Ask& ask);
  static Error AfterAnswer(Error error);
  static Error NothingDone();

  Context& context_;
  OnOffer on_offer_;
  std::optional<proto::Connection> connection_;
  int64_t deadline_ms_ = 0;
};

}  // namespace fob::cli
