#pragma once

#include <optional>
#include <utility>

#include "daemon/ipc/dispatcher.h"
#include "proto/messages_json.h"

// How typed methods of the services become rows of the table.
namespace fob::ipc {

template <typename Method>
std::optional<typename Method::In> ParseOrRefuse(const boost::json::object& parameters, const Responder& responder) {
  auto in = proto::FromJson<typename Method::In>(parameters, proto::Unknown::kRefuse);
  if (in.ok()) return *std::move(in);
  responder.FailService("InvalidParameter", "parameter", in.error().text);
  return std::nullopt;
}

// One call, one reply.
template <typename Method, auto Function, typename Service>
void Perform(Service& service, const core::Peer& peer, typename Method::In in, Responder responder) {
  (service.*Function)(peer, std::move(in), [responder = std::move(responder)](Result<typename Method::Out> out) {
    if (!out.ok()) return responder.Fail(out.error());
    responder.Finish(proto::ToJson(*out, proto::WipingStorage()));
  });
}

template <typename Method, auto Service, auto Function>
void Plain(const Services& services, Session& session, const boost::json::object& parameters, Responder responder) {
  auto in = ParseOrRefuse<Method>(parameters, responder);
  if (!in) return;
  Perform<Method, Function>(*(services.*Service), session.peer, *std::move(in), std::move(responder));
}

// Whoever is called for: the caller itself or, for the gateway, the user of the session that it gives.
template <typename In, typename Then>
void AsWhom(const Services& services, const Session& session, In& in, const Responder& responder, Then then) {
  if (in.session.has_value()) {
    const SecretBytes given = std::move(*in.session);
    return services.sessions->ActAs(session.peer, given, std::move(then));
  }
  if (!services.authority->IsGateway(session.peer)) return then(session.peer);
  responder.Fail(MakeError(Code::kNotPermitted, "session_needed", "the gateway calls this with a browser's session"));
}

// As Plain, for a method with a parameter `session`.
template <typename Method, auto Service, auto Function>
void PlainFor(const Services& services, Session& session, const boost::json::object& parameters, Responder responder) {
  auto in = ParseOrRefuse<Method>(parameters, responder);
  if (!in) return;
  const auto shared = std::make_shared<Responder>(std::move(responder));
  const auto given = std::make_shared<typename Method::In>(*std::move(in));
  AsWhom(services, session, *given, *shared, [service = services.*Service, given, shared](Result<core::Peer> peer) {
    if (!peer.ok()) return shared->Fail(peer.error());
    Perform<Method, Function>(*service, *peer, std::move(*given), std::move(*shared));
  });
}

template <typename Out>
boost::json::object TurnJson(core::Turn turn) {
  Out out;
  out.info = std::move(turn.info);
  out.ask = std::move(turn.ask);
  if constexpr (requires { out.granted; }) {
    out.granted = std::move(turn.granted);
  } else {
    out.offer = std::move(turn.offer);
    out.done = std::move(turn.done);
  }
  return proto::ToJson(out, proto::WipingStorage());
}

// Replies of a ceremony; a last one without a question ends it.
template <typename Out>
core::TurnSink SinkFor(Session& session, Responder responder) {
  auto shared = std::make_shared<Responder>(std::move(responder));
  return {[shared](core::Turn turn) { shared->Continue(TurnJson<Out>(std::move(turn))); },
          [shared, &session, alive = std::weak_ptr(session.alive)](Result<core::Turn> turn) {
            if (alive.expired()) return;
            if (!turn.ok() || !turn->ask.has_value()) session.End();
            if (!turn.ok()) return shared->Fail(turn.error());
            shared->Finish(TurnJson<Out>(*std::move(turn)));
          }};
}

template <typename Method, CeremonyOf Of, auto Function, typename Service>
void BeginCeremony(Service& service, const core::Peer& peer, Session& session, typename Method::In in, Responder responder) {
  session.of = Of;
  session.ceremony = (service.*Function)(peer, std::move(in), SinkFor<typename Method::Out>(session, std::move(responder)));
  if (session.of == CeremonyOf::kNone) session.ceremony.reset();  // it ended while it began
}

template <typename Method, CeremonyOf Of, auto Service, auto Function>
void Begins(const Services& services, Session& session, const boost::json::object& parameters, Responder responder) {
  auto in = ParseOrRefuse<Method>(parameters, responder);
  if (!in) return;
  BeginCeremony<Method, Of, Function>(*(services.*Service), session.peer, session, *std::move(in), std::move(responder));
}

// As Begins, for a method with a parameter `session`.
template <typename Method, CeremonyOf Of, auto Service, auto Function>
void BeginsFor(const Services& services, Session& session, const boost::json::object& parameters, Responder responder) {
  auto in = ParseOrRefuse<Method>(parameters, responder);
  if (!in) return;
  const auto given = std::make_shared<typename Method::In>(*std::move(in));
  const auto shared = std::make_shared<Responder>(std::move(responder));
  AsWhom(services, session, *given, *shared,
         [service = services.*Service, given, shared, &session, alive = std::weak_ptr(session.alive)](Result<core::Peer> peer) {
           if (alive.expired()) return;
           if (!peer.ok()) return shared->Fail(peer.error());
           BeginCeremony<Method, Of, Function>(*service, *peer, session, std::move(*given), std::move(*shared));
         });
}

template <typename Method, CeremonyOf Of>
void Answers(const Services&, Session& session, const boost::json::object& parameters, Responder responder) {
  if (session.of != Of) {
    return responder.Fail(MakeError(Code::kConflict, "other_ceremony", "this connection's ceremony is of the other interface"));
  }
  auto in = ParseOrRefuse<Method>(parameters, responder);
  if (!in) return;
  session.ceremony->Answer(std::move(in->answer), SinkFor<typename Method::Out>(session, std::move(responder)));
}

// A call that answers in pieces. The connection asks for a further one when the last one is sent.
template <typename Method, auto Service, auto Function>
void Streams(const Services& services, Session& session, const boost::json::object& parameters, Responder responder) {
  auto in = ParseOrRefuse<Method>(parameters, responder);
  if (!in) return;
  using Out = typename Method::Out;
  const auto shared = std::make_shared<Responder>(std::move(responder));
  const std::weak_ptr alive = session.alive;
  core::FlowSink<Out> sink{
      [shared, &session, alive](Out out) {
        if (alive.expired()) return;
        if (shared->more()) {
          session.flow_waits = true;
          return shared->Continue(proto::ToJson(out, proto::WipingStorage()));
        }
        if (session.flow != nullptr) session.flow->Next();
      },
      [shared, &session, alive](Result<Out> out) {
        if (alive.expired()) return;
        const auto ended = std::exchange(session.flow, nullptr);  // it calls us: it lives until we return
        if (!out.ok()) return shared->Fail(out.error());
        shared->Finish(proto::ToJson(*out, proto::WipingStorage()));
      }};
  const auto flow = ((services.*Service)->*Function)(session.peer, *std::move(in), std::move(sink));
  if (flow == nullptr) return;  // refused
  session.flow = flow;
  session.flow_waits = false;
  flow->Next();
}

}  // namespace fob::ipc
