#pragma once

#include <string>
#include <vector>

#include "daemon/core/context.h"

namespace fob::core {

// What a caller says to be a client by; as in every method where clients authenticate.
struct ClientWords {
  std::optional<std::string> client;  // id or name
  std::optional<SecretBytes> secret;
  std::optional<SecretBytes> assertion;
};
template <typename In>
ClientWords TakeClientWords(In& in) {
  return {std::move(in.client_id), std::move(in.client_secret), std::move(in.client_assertion)};
}

// Who a caller claims to be, and what it has shown for it: for AuthenticateClient.
struct ClientClaim {
  std::string client;
  ClientProof proof;
};
// Takes the words for what they are worth by themselves: a secret is hashed, an assertion verified and used up
// (RFC 7523). kDenied/"invalid_client"; kInvalidArgument/"invalid_request": more than one way at once.
void ProveClient(const Context& context, ClientWords words, UniqueFunction<void(Result<ClientClaim>)> done);

// A caller proves to be a client: by its id or name, and the proof that it came with. An unknown client and a
// wrong secret are one answer, kDenied/"invalid_client", after one comparison each (I41). For the store's thread.
Result<ClientRecord> AuthenticateClient(Store& store, const ClientClaim& claim);
// The same of a client that was found, or of none.
Status CheckProof(const ClientRecord* client, const ClientProof& proof);

// Whether the account may use the client: it is in one of the groups that the client is for.
bool IsFor(const ClientRecord& client, const Account& account);

bool Holds(const std::vector<std::string>& words, std::string_view word);

// The words of a scope (RFC 6749 clause 3.3).
std::vector<std::string> ScopeWords(std::string_view scope);
std::string ScopeOf(const std::vector<std::string>& words);

// The audience that is asked for, or the client's only one. kInvalidArgument or
// kDenied/"invalid_target".
Result<std::string> ChooseAudience(const ClientRecord& client, const std::optional<std::string>& asked);
// Scopes that are asked for, each registered; without any, all that are registered. kDenied/"invalid_scope".
Result<std::string> ChooseScope(const ClientRecord& client, const std::optional<std::string>& asked);
// Of what was granted, what is asked for, or all of it, as far as the client may still have it.
// kDenied/"invalid_scope": more than was granted.
Result<std::string> NarrowScope(const ClientRecord& client, const std::string& granted,
                                const std::optional<std::string>& asked);

}  // namespace fob::core
