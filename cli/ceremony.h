#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "cli/context.h"
#include "proto/messages.h"

namespace fob::cli {

// One ceremony on one connection: shows what fobd tells, asks what it asks, until it is
// done. Leaving it in any way closes the connection, which cancels the key at once.
class Ceremony {
 public:
  using OnOffer = std::function<void(const proto::OtpOffer&)>;

  explicit Ceremony(Context& context) : context_(context) {}
  void set_on_offer(OnOffer on_offer) { on_offer_ = std::move(on_offer); }

  // `Method` is one of org.fobd.Enrol's that begin a ceremony. Its timeout_ms is --timeout.
  template <typename Method>
  Result<proto::Done> Run(typename Method::In in) {
    FOB_TRY(auto last, (Converse<Method, proto::enrol::Continue>(std::move(in))));
    if (!last.done) return NothingDone();
    return *std::move(last.done);
  }

  // A login of the caller's own.
  Result<proto::Granted> LogIn(proto::login::Begin::In in) {
    FOB_TRY(auto last, (Converse<proto::login::Begin, proto::login::Continue>(std::move(in))));
    if (!last.granted) return NothingDone();
    return *std::move(last.granted);
  }

 private:
  // Until fobd asks no more.
  template <typename Begin, typename Continue>
  Result<typename Continue::Out> Converse(typename Begin::In in) {
    in.timeout_ms = context_.globals().timeout_ms;
    FOB_CHECK(Open());
    FOB_TRY(auto begun, Step<Begin>(std::move(in)));
    std::optional<proto::Ask> ask = begun.ask;
    typename Continue::Out last;
    last.info = std::move(begun.info);
    if constexpr (requires { last.done; }) last.done = std::move(begun.done);
    if constexpr (requires { last.granted; }) last.granted = std::move(begun.granted);
    while (ask) {
      typename Continue::In next;
      FOB_TRY(next.answer, Answer(*ask));
      auto answered = Step<Continue>(std::move(next));
      if (!answered.ok()) return AfterAnswer(answered.error());
      last = *std::move(answered);
      ask = last.ask;
    }
    return last;
  }

  template <typename Method>
  Result<typename Method::Out> Step(typename Method::In&& in) {
    const auto show = [this](const typename Method::Out& out) {
      if (out.info) ShowInfo(*out.info);
      if constexpr (requires { out.offer; }) {
        if (out.offer && on_offer_) on_offer_(*out.offer);
      }
    };
    auto last = connection_->template Stream<Method>(std::move(in), deadline_ms_, [&](typename Method::Out out) {
      show(out);
      return Ok();
    });
    context_.terminal().ClearWait();
    if (!last.ok()) return last.error();
    show(*last);
    return last;
  }

  Status Open();
  void ShowInfo(const proto::Info& info);
  Result<SecretBytes> Answer(const proto::Ask& ask);
  static Error AfterAnswer(Error error);
  static Error NothingDone();

  Context& context_;
  OnOffer on_offer_;
  std::optional<proto::Connection> connection_;
  int64_t deadline_ms_ = 0;
};

// What a finished ceremony says; `otherwise` where fobd says nothing.
Output FinishedOutput(const proto::Done& done, std::string_view otherwise);

}  // namespace fob::cli
