#include "web/oauth/client_auth.h"

namespace fob::web {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// RFC 4648 clause 4, padded. Strict.
std::optional<SecretBytes> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0 || text.empty()) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  SecretBytes out(text.size() / 4 * 3 - padding);
  const auto bytes = out.RevealMutable();
  unsigned bits = 0;
  int held = 0;
  size_t size = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<unsigned>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[size++] = static_cast<uint8_t>(bits >> held);
    }
    bits &= (1u << held) - 1;
  }
  if (bits != 0) return std::nullopt;
  return out;
}

ClientAuthOr Bad(std::string error, std::string description, int status) {
  ClientAuthOr out;
  out.bad = OAuthError{std::move(error), std::move(description), status};
  return out;
}

ClientAuthOr FromBasic(std::string_view credentials) {
  const auto bad = [](std::string why) { return Bad("invalid_client", std::move(why), 401); };
  const auto decoded = Base64Decode(credentials);
  if (!decoded) return bad("the Authorization header is not Basic with base64");
  const std::string_view text = decoded->RevealText();
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return bad("the Authorization header has no colon between client id and secret");
  // RFC 6749 clause 2.3.1: each half is form-encoded before.
  const auto id = FormDecode(text.substr(0, colon));
  auto secret = FormDecode(text.substr(colon + 1));
  if (!id.ok() || !secret.ok()) return bad("client id and secret in the Authorization header must be form-encoded");
  ClientAuthOr out;
  out.auth.client_id = std::string(id->RevealText());
  out.auth.client_secret = *std::move(secret);
  return out;
}

}  // namespace

ClientAuthOr ReadClientAuth(const Request& request, const Form& form) {
  const bool has_assertion = form.Has("client_assertion") || form.Has("client_assertion_type");
  const auto header = request.Field("authorization");
  if (header) {
    const std::string_view value = *header;
    const size_t space = value.find(' ');
    std::string scheme(value.substr(0, space));
    for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (scheme != "basic" || space == std::string_view::npos) {
      return Bad("invalid_client", "clients authenticate here by Basic, client_secret or client_assertion", 401);
    }
    if (form.Has("client_secret") || has_assertion) {
      return Bad("invalid_request", "the client authenticates in two ways at once", 400);
    }
    ClientAuthOr out = FromBasic(value.substr(space + 1));
    if (!out.bad && form.Has("client_id") && form.Text("client_id") != *out.auth.client_id) {
      return Bad("invalid_request", "client_id is another one than that of the Authorization header", 400);
    }
    return out;
  }
  ClientAuthOr out;
  out.auth.client_id = form.MaybeText("client_id");
  out.auth.client_secret = form.MaybeSecret("client_secret");
  if (has_assertion) {
    if (out.auth.client_secret) return Bad("invalid_request", "the client authenticates in two ways at once", 400);
    if (form.Text("client_assertion_type") != kAssertionType || !form.Has("client_assertion")) {
      return Bad("invalid_request", "client_assertion goes with client_assertion_type " + std::string(kAssertionType), 400);
    }
    out.auth.client_assertion = form.MaybeSecret("client_assertion");
  } else if (!out.auth.client_id) {
    return Bad("invalid_client", "the request does not say which client it comes from", 401);
  }
  return out;
}

}  // namespace fob::web
