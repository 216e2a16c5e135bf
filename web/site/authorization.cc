#include "web/site/authorization.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace fob::web {
namespace {

using Asked = proto::AuthorizationRequest;

template <typename T>
struct Known {
  std::string_view name;
  std::optional<T> Asked::*member;
};

constexpr std::array kTexts = {
    Known<std::string>{"client_id", &Asked::client_id},
    Known<std::string>{"redirect_uri", &Asked::redirect_uri},
    Known<std::string>{"response_type", &Asked::response_type},
    Known<std::string>{"response_mode", &Asked::response_mode},
    Known<std::string>{"scope", &Asked::scope},
    Known<std::string>{"state", &Asked::state},
    Known<std::string>{"nonce", &Asked::nonce},
    Known<std::string>{"code_challenge", &Asked::code_challenge},
    Known<std::string>{"code_challenge_method", &Asked::code_challenge_method},
    Known<std::string>{"prompt", &Asked::prompt},
    Known<std::string>{"max_age", &Asked::max_age},
    Known<std::string>{"acr_values", &Asked::acr_values},
    Known<std::string>{"claims", &Asked::claims},
    Known<std::string>{"login_hint", &Asked::login_hint},
    Known<std::string>{"resource", &Asked::resource},
    Known<std::string>{"request", &Asked::request},
    Known<std::string>{"request_uri", &Asked::request_uri},
    Known<std::string>{"registration", &Asked::registration},
};
constexpr std::array kSecrets = {Known<SecretBytes>{"id_token_hint", &Asked::id_token_hint}};

void Append(std::string& query, std::string_view name, std::string_view value) {
  if (!query.empty()) query += '&';
  query.append(name).append("=").append(PercentEncode(value));
}

template <typename Each>
void EachKnownName(Each each) {
  for (const auto& known : kTexts) each(known.name);
  for (const auto& known : kSecrets) each(known.name);
}

}  // namespace

proto::AuthorizationRequest AuthorizationOf(const Form& form) {
  Asked asked;
  for (const auto& known : kTexts) asked.*known.member = form.MaybeText(known.name);
  for (const auto& known : kSecrets) asked.*known.member = form.MaybeSecret(known.name);
  std::vector<std::string> duplicated;
  EachKnownName([&](std::string_view name) {
    if (std::ranges::find(form.duplicated(), name) != form.duplicated().end()) duplicated.emplace_back(name);
  });
  if (!duplicated.empty()) asked.duplicated = std::move(duplicated);
  return asked;
}

SecretBytes QueryOf(const Form& form) {
  std::string query;
  EachKnownName([&](std::string_view name) {
    if (!form.Has(name)) return;
    Append(query, name, form.Text(name));
    // What came twice stays so.
    if (std::ranges::find(form.duplicated(), name) != form.duplicated().end()) Append(query, name, form.Text(name));
  });
  SecretBytes secret{std::string_view(query)};
  Wipe(query.data(), query.size());
  return secret;
}

std::string LocationOf(const proto::Redirect& redirect) {
  std::string query;
  for (const auto& parameter : redirect.parameters) Append(query, parameter.name, parameter.value.RevealText());
  if (query.empty()) return redirect.uri;
  const bool has_query = redirect.uri.find('?') != std::string::npos;
  return redirect.uri + (!has_query ? "?" : redirect.uri.ends_with('?') ? "" : "&") + query;
}

}  // namespace fob::web
