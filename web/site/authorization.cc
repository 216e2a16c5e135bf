#include "web/site/authorization.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace fob::web {
namespace {

using Request = proto::AuthorizationRequest;

template <typename T>
struct Known {
  std::string_view name;
  std::optional<T> Request::*member;
};

constexpr std::array kTexts = {
    Known<std::string>{"client_id", &Request::client_id},
    Known<std::string>{"redirect_uri", &Request::redirect_uri},
    Known<std::string>{"response_type", &Request::response_type},
    Known<std::string>{"response_mode", &Request::response_mode},
    Known<std::string>{"scope", &Request::scope},
    Known<std::string>{"state", &Request::state},
    Known<std::string>{"nonce", &Request::nonce},
    Known<std::string>{"code_challenge", &Request::code_challenge},
    Known<std::string>{"code_challenge_method", &Request::code_challenge_method},
    Known<std::string>{"prompt", &Request::prompt},
    Known<std::string>{"max_age", &Request::max_age},
    Known<std::string>{"acr_values", &Request::acr_values},
    Known<std::string>{"claims", &Request::claims},
    Known<std::string>{"login_hint", &Request::login_hint},
    Known<std::string>{"resource", &Request::resource},
    Known<std::string>{"request", &Request::request},
    Known<std::string>{"request_uri", &Request::request_uri},
    Known<std::string>{"registration", &Request::registration},
};
constexpr std::array kSecrets = {Known<SecretBytes>{"id_token_hint", &Request::id_token_hint}};

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
  Request request;
  for (const auto& known : kTexts) request.*known.member = form.MaybeText(known.name);
  for (const auto& known : kSecrets) request.*known.member = form.MaybeSecret(known.name);
  std::vector<std::string> duplicated;
  EachKnownName([&](std::string_view name) {
    if (std::ranges::find(form.duplicated(), name) != form.duplicated().end()) duplicated.emplace_back(name);
  });
  if (!duplicated.empty()) request.duplicated = std::move(duplicated);
  return request;
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
