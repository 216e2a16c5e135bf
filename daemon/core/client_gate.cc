#include "daemon/core/client_gate.h"

#include <algorithm>

namespace fob::core {
namespace {

Error NoScope(const ClientRecord& client, const std::string& word) {
  return MakeError(Code::kDenied, "invalid_scope", "client " + client.name + " may not have scope " + word);
}

}  // namespace

Result<ClientRecord> AuthenticateClient(Store& store, const ClientClaim& claim) {
  auto found = store.FindClient(claim.client);
  if (!found.ok() && found.error().code != Code::kNotFound) return found;
  FOB_CHECK(CheckProof(found.ok() ? &*found : nullptr, claim.proof));
  return found;
}

Status CheckProof(const ClientRecord* client, const ClientProof& proof) {
  const bool same = ConstantTimeEqual(proof.hash, client != nullptr ? client->secret_hash : Bytes(32));
  if (same && client != nullptr && client->auth_method == proof.method) return Ok();
  return MakeError(Code::kDenied, "invalid_client", "unknown client or wrong client authentication");
}

bool IsFor(const ClientRecord& client, const Account& account) {
  return client.user_groups.empty() ||
         std::ranges::any_of(account.groups, [&](const std::string& group) { return Holds(client.user_groups, group); });
}

bool Holds(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::vector<std::string> ScopeWords(std::string_view scope) {
  std::vector<std::string> words;
  while (true) {
    const size_t begin = scope.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    const size_t end = std::min(scope.find(' ', begin), scope.size());
    words.emplace_back(scope.substr(begin, end - begin));
    scope.remove_prefix(end);
  }
}

std::string ScopeOf(const std::vector<std::string>& words) {
  std::string scope;
  for (const std::string& word : words) scope += (scope.empty() ? "" : " ") + word;
  return scope;
}

Result<std::string> ChooseAudience(const ClientRecord& client, const std::optional<std::string>& asked) {
  if (!asked.has_value()) {
    if (client.audiences.size() == 1) return client.audiences.front();
    return MakeError(Code::kInvalidArgument, "invalid_target",
                     client.audiences.empty() ? "client " + client.name + " has no audiences: it gets no tokens"
                                              : "client " + client.name + " has several audiences: name one");
  }
  if (Holds(client.audiences, *asked)) return *asked;
  return MakeError(Code::kDenied, "invalid_target", "client " + client.name + " is not registered for audience " + *asked);
}

Result<std::string> ChooseScope(const ClientRecord& client, const std::optional<std::string>& asked) {
  return NarrowScope(client, ScopeOf(client.scopes), asked);
}

Result<std::string> NarrowScope(const ClientRecord& client, const std::string& granted,
                                const std::optional<std::string>& asked) {
  const std::vector<std::string> most = ScopeWords(granted);
  std::vector<std::string> chosen;
  if (!asked.has_value()) {
    std::ranges::copy_if(most, std::back_inserter(chosen),
                         [&](const std::string& word) { return Holds(client.scopes, word); });
    return ScopeOf(chosen);
  }
  for (const std::string& word : ScopeWords(*asked)) {
    if (!Holds(most, word) || !Holds(client.scopes, word)) return NoScope(client, word);
    if (!Holds(chosen, word)) chosen.push_back(word);
  }
  return ScopeOf(chosen);
}

}  // namespace fob::core
