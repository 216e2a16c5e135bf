#include "cli/client_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace fob::cli {
namespace {

using proto::ClientSettings;

void SetIfAny(const std::vector<std::string>& from, std::optional<std::vector<std::string>>& to) {
  if (!from.empty()) to = from;
}

void SetIfAny(const std::optional<std::string>& from, std::optional<bool>& to) {
  if (from) to = *from == "yes";
}

template <typename Algorithm>
Algorithm AlgorithmOf(std::string_view name) {
  return name == "ES256" ? Algorithm::kES256 : name == "EdDSA" ? Algorithm::kEdDSA : Algorithm::kRS256;
}

constexpr size_t kMaxJwks = 8 * 1024;  // bytes

using List = std::optional<std::vector<std::string>> ClientSettings::*;
constexpr std::pair<std::string_view, List> kLists[] = {
    {"scopes", &ClientSettings::scopes},
    {"serves", &ClientSettings::serves},
    {"groups", &ClientSettings::groups},
    {"fresh", &ClientSettings::fresh},
    {"redirect-uris", &ClientSettings::redirect_uris},
    {"post-logout-redirect-uris", &ClientSettings::post_logout_redirect_uris},
    {"origins", &ClientSettings::origins},
    {"for-groups", &ClientSettings::user_groups}};

}  // namespace

std::string ClientOptions::Clearable() {
  std::vector<std::string> names;
  for (const auto& [name, list] : kLists) names.emplace_back(name);
  return Join(names, ", ");
}

void ClientOptions::AddTo(Verb& verb) {
  const std::vector<std::string> yes_no = {"yes", "no"};
  verb.OptionalList("-s,--scope", scopes, "Scope that it may ask for; may be repeated")
      .OptionalList("--serves", serves, "Audience that it is itself: it may introspect tokens for it; may be repeated")
      .OptionalList("--group", groups, "Linux group that its tokens may name, * for any; may be repeated")
      .OptionalList("--fresh", fresh, "Audience for which each ticket takes a touch; may be repeated")
      .Choice("--kind", kind, {"jwt", "opaque"}, "What its access tokens are [jwt]")
      .Choice("--algorithm", algorithm, {"ES256", "EdDSA", "RS256"}, "What signs its JWTs [ES256]")
      .DurationMs("--token-lifetime", token_lifetime_ms, 10'000, 3'600'000,
                  "How long its tokens live, such as 5m (10s to 1h) [5m]")
      .DurationMs("--refresh", refresh_lifetime_ms, 10'000, kMaxDurationMs,
                  "It may refresh its tokens for this long after the login, such as 12h [never]")
      .Choice("--outlives-login", outlives, yes_no, "Its grants live on when the login ends [no]")
      .Choice("--direct", direct, yes_no, "Users may take its tokens themselves: fobctl token [no]")
      .Choice("--machine", machine, yes_no, "It may have tokens of its own, without a user [no]")
      .OptionalList("--redirect-uri", redirect_uris, "Where browsers come back to from signing in; may be repeated")
      .OptionalList("--post-logout-redirect-uri", post_logout_redirect_uris,
                    "Where browsers come back to from signing out; may be repeated")
      .OptionalList("--origin", origins, "Origin whose scripts may ask for tokens (CORS); may be repeated")
      .OptionalList("--for-group", user_groups, "Linux group whose members may sign in to it [anybody]; may be repeated")
      .Choice("--auth-method", auth_method, {"client_secret", "private_key_jwt", "none"},
              "How it authenticates; none: a public client [client_secret]")
      .Optional("--jwks", jwks_file, "File with its public keys (a JWK Set), for private_key_jwt")
      .Choice("--id-token-algorithm", id_token_algorithm, {"ES256", "EdDSA", "RS256"}, "What signs its ID tokens [ES256]")
      .Choice("--third-party", third_party, yes_no, "Users are asked before they are signed in to it [no]")
      .Choice("--pkce", pkce, yes_no, "It must send a code challenge; no is for apps that cannot [yes]")
      .Choice("--tickets", tickets, yes_no, "It may exchange tickets of Linux logins [yes, without --redirect-uri and --machine]");
}

Result<ClientSettings> ClientOptions::Settings(Context& context) const {
  ClientSettings settings;
  SetIfAny(audiences, settings.audiences);
  SetIfAny(scopes, settings.scopes);
  SetIfAny(serves, settings.serves);
  SetIfAny(groups, settings.groups);
  SetIfAny(fresh, settings.fresh);
  SetIfAny(outlives, settings.outlives_login);
  SetIfAny(direct, settings.direct);
  SetIfAny(machine, settings.machine);
  SetIfAny(redirect_uris, settings.redirect_uris);
  SetIfAny(post_logout_redirect_uris, settings.post_logout_redirect_uris);
  SetIfAny(origins, settings.origins);
  SetIfAny(user_groups, settings.user_groups);
  SetIfAny(third_party, settings.third_party);
  SetIfAny(pkce, settings.pkce);
  SetIfAny(tickets, settings.tickets);
  if (auth_method) {
    using Method = ClientSettings::AuthMethod;
    settings.auth_method = *auth_method == "client_secret"     ? Method::kClientSecret
                           : *auth_method == "private_key_jwt" ? Method::kPrivateKeyJwt
                                                               : Method::kNone;
  }
  if (jwks_file) {
    FOB_TRY(std::string text, context.ReadFile(*jwks_file, "JWK Set", kMaxJwks));
    settings.jwks = proto::JsonText{std::move(text)};
  }
  if (id_token_algorithm) settings.id_token_algorithm = AlgorithmOf<ClientSettings::IdTokenAlgorithm>(*id_token_algorithm);
  if (kind) settings.token_kind = *kind == "jwt" ? ClientSettings::TokenKind::kJwt : ClientSettings::TokenKind::kOpaque;
  if (algorithm) settings.algorithm = AlgorithmOf<ClientSettings::Algorithm>(*algorithm);
  settings.token_lifetime_ms = token_lifetime_ms;
  settings.refresh_lifetime_ms = refresh_lifetime_ms;
  if (no_refresh) settings.refresh_lifetime_ms = 0;
  for (const std::string& name : clear) {
    const auto* list = std::ranges::find(kLists, name, &std::pair<std::string_view, List>::first);
    if (list == std::end(kLists)) {
      return MakeError(Code::kInvalidArgument, "usage",
                       fmt::format("--clear \"{}\" is not one of {}", Printable(name), Clearable()));
    }
    (settings.*list->second).emplace();
  }
  return settings;
}

}  // namespace fob::cli
