#include "daemon/ipc/dispatcher.h"

#include <algorithm>

namespace fob::ipc {
namespace {

std::string_view InterfaceOf(std::string_view method) { return method.substr(0, method.rfind('.')); }

bool InterfaceIsServed(std::string_view interface) {
  return std::ranges::any_of(DispatchTable(), [&](const Row& row) { return InterfaceOf(row.method) == interface; });
}

// Whether the connection is in a state that permits the row.
Status Permitted(const Row& row, const Session& session) {
  if (row.shape == Shape::kAnswers) {
    if (session.phase() == Phase::kAsking) return Ok();
    return MakeError(Code::kConflict, "no_question", "no ceremony of this connection waits for an answer");
  }
  if (session.phase() == Phase::kIdle || row.shape == Shape::kAnytime) return Ok();
  return MakeError(Code::kConflict, "ceremony_under_way", "finish or close this connection's ceremony first");
}

}  // namespace

bool Dispatcher::GoesBeside(const proto::Call& call) {
  const auto row = std::ranges::find(DispatchTable(), std::string_view(call.method), &Row::method);
  return row != DispatchTable().end() && row->shape == Shape::kBeside;
}

void Dispatcher::Handle(Session& session, proto::Call call, Responder::Send send) const {
  const auto row = std::ranges::find(DispatchTable(), std::string_view(call.method), &Row::method);
  if (row == DispatchTable().end()) {
    const Responder refuse("", std::move(send));
    const std::string_view interface = InterfaceOf(call.method);
    if (InterfaceIsServed(interface)) return refuse.FailService("MethodNotFound", "method", call.method);
    return refuse.FailService("InterfaceNotFound", "interface", interface);
  }
  Responder responder(InterfaceOf(row->method), std::move(send), call.more);
  if (const Status admitted = authority_.Admit(session.peer, row->who); !admitted.ok()) {
    services_.audit->RefusedCall(session.peer, row->method, admitted.error());
    return responder.Fail(admitted.error());
  }
  if (const Status permitted = Permitted(*row, session); !permitted.ok()) return responder.Fail(permitted.error());
  if (row->times == Times::kOnce && std::exchange(session.confirmed, true)) {
    return responder.Fail(MakeError(Code::kConflict, "once", "this may be called once a connection"));
  }
  const bool needs_more = row->shape == Shape::kBegins || row->shape == Shape::kAnswers || row->shape == Shape::kStreams;
  if (needs_more && !call.more) return responder.FailService("ExpectedMore");
  session.busy = row->shape != Shape::kBeside;
  row->handler(services_, session, call.parameters, std::move(responder));
}

}  // namespace fob::ipc
