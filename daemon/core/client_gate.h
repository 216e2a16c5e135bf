#pragma once

#include <string>
#include <vector>

#include "daemon/core/context.h"

namespace fob::core {

// A caller proves to be a client: by its id or name, and the hash of the secret that it came with. An
// unknown client and a wrong secret are one answer, kDenied/"invalid_client", after one comparison each
// (I41). For the store's thread.
Result<ClientRecord> AuthenticateClient(Store& store, const std::string& client, const Bytes& secret_hash);

bool Holds(const std::vector<std::string>& words, std::string_view word);

// The words of a scope (RFC 6749 clause 3.3).
std::vector<std::string> ScopeWords(std::string_view scope);
std::string ScopeOf(const std::vector<std::string>& words);

// The audience that is asked for, or the client's only one. kInvalidArgument/"audience_needed",
// kDenied/"audience".
Result<std::string> ChooseAudience(const ClientRecord& client, const std::optional<std::string>& asked);
// Scopes that are asked for, each registered; without any, all that are registered. kDenied/"scope".
Result<std::string> ChooseScope(const ClientRecord& client, const std::optional<std::string>& asked);
// Of what was granted, what is asked for, or all of it, as far as the client may still have it.
// kDenied/"scope": more than was granted.
Result<std::string> NarrowScope(const ClientRecord& client, const std::string& granted,
                                const std::optional<std::string>& asked);

}  // namespace fob::core
