#include "cli/client_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace fob::cli {
namespace {

using proto::ClientSettings;

void SetIfAny(const std::vector<std::string>& from, std::optional<std::vector<std::string>>& to) {
  if (!from.empty()) to = from;
}

void SetIfAny(const std::optional<std::string>& from, std::optional<bool>& to) {
  if (from) to = *from == "YES";
}

}  // namespace

void ClientOptions::AddTo(Verb& verb) {
  const std::vector<std::string> yes_no = {"YES", "NO"};
  verb.OptionalList("-s,--scope", scopes, "Scope that it may ask for; may be repeated")
      .OptionalList("--serves", serves, "Audience that it is itself: it may introspect tokens for it; may be repeated")
      .OptionalList("--group", groups, "Linux group that its tokens may name, * for any; may be repeated")
      .OptionalList("--fresh", fresh, "Audience for which each ticket takes a touch; may be repeated")
      .Choice("--kind", kind, {"JWT", "OPAQUE"}, "What its access tokens are [jwt]")
      .Choice("--algorithm", algorithm, {"ES256", "EDDSA", "RS256"}, "What signs its JWTs [ES256]")
      .DurationMs("--token-lifetime", token_lifetime_ms, 10'000, 3'600'000,
                  "How long its tokens live, such as 5m (10s to 1h) [5m]")
      .DurationMs("--refresh", refresh_lifetime_ms, 10'000, kMaxDurationMs,
                  "It may refresh its tokens for this long after the login, such as 12h [never]")
      .Choice("--outlives-login", outlives, yes_no, "Its grants live on when the login ends [no]")
      .Choice("--direct", direct, yes_no, "Users may take its tokens themselves: fobctl token [no]")
      .Choice("--machine", machine, yes_no, "It may have tokens of its own, without a user [no]");
}

Result<ClientSettings> ClientOptions::Settings() const {
  ClientSettings settings;
  SetIfAny(audiences, settings.audiences);
  SetIfAny(scopes, settings.scopes);
  SetIfAny(serves, settings.serves);
  SetIfAny(groups, settings.groups);
  SetIfAny(fresh, settings.fresh);
  SetIfAny(outlives, settings.outlives_login);
  SetIfAny(direct, settings.direct);
  SetIfAny(machine, settings.machine);
  if (kind) settings.token_kind = *kind == "JWT" ? ClientSettings::TokenKind::kJwt : ClientSettings::TokenKind::kOpaque;
  if (algorithm) {
    using Algorithm = ClientSettings::Algorithm;
    settings.algorithm = *algorithm == "ES256"   ? Algorithm::kES256
                         : *algorithm == "EDDSA" ? Algorithm::kEdDSA
                                                 : Algorithm::kRS256;
  }
  settings.token_lifetime_ms = token_lifetime_ms;
  settings.refresh_lifetime_ms = refresh_lifetime_ms;
  if (no_refresh) settings.refresh_lifetime_ms = 0;
  const std::array<std::pair<std::string_view, std::optional<std::vector<std::string>>*>, 4> lists = {
      {{"scopes", &settings.scopes}, {"serves", &settings.serves}, {"groups", &settings.groups}, {"fresh", &settings.fresh}}};
  for (const std::string& name : clear) {
    const auto* list = std::ranges::find(lists, name, &std::pair<std::string_view, std::optional<std::vector<std::string>>*>::first);
    if (list == lists.end()) {
      return MakeError(Code::kInvalidArgument, "usage",
                       fmt::format("--clear \"{}\" is not one of scopes, serves, groups, fresh", Printable(name)));
    }
    *list->second = std::vector<std::string>();
  }
  return settings;
}

}  // namespace fob::cli
