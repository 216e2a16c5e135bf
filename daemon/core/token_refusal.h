#pragma once

#include <string>

#include "daemon/core/context.h"

namespace fob::core {

// A refusal of a client's request. What the store could not do is no decision about it.
template <typename Out>
void RefuseClient(const Context& context, const Peer& peer, AuditEntry audit, const std::string& client,
                  const Error& error, UniqueFunction<void(Result<Out>)> reply) {
  if (error.code == Code::kUnavailable || error.code == Code::kCorrupt || error.code == Code::kInternal) {
    return reply(error);
  }
  audit.subject = Shortened(client, 64);
  RefuseCaller(context, peer, std::move(audit), error, std::move(reply));
}

}  // namespace fob::core
