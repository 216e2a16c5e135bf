#include <algorithm>

#include "base/encoding.h"
#include "daemon/core/client_gate.h"

// What a client came with, looked at before the store is asked whose it is.
namespace fob::core {
namespace {

constexpr int64_t kLongestAssertion = 3600;  // seconds until one may expire: so long its jti is kept
constexpr int64_t kSkew = 30;                // seconds by which clocks may differ
constexpr size_t kMaxAssertion = 8 * 1024;   // bytes

Error BadAssertion(std::string text) { return Denied("invalid_client", "client_assertion: " + std::move(text)); }

Status CheckClaims(const Context& context, const ClientRecord& client, const AssertionClaims& claims) {
  const std::string& issuer = context.settings.issuer;
  // As discovery spells it: one slash, whether the issuer ends in one or not.
  const std::string token_endpoint = issuer.substr(0, issuer.find_last_not_of('/') + 1) + "/token";
  const bool own = claims.issuer == claims.subject && (claims.subject == client.id || claims.subject == client.name);
  if (!own) return BadAssertion("iss and sub must both be the client");
  const bool meant = std::ranges::any_of(
      claims.audiences, [&](const std::string& audience) { return audience == issuer || audience == token_endpoint; });
  if (!meant) return BadAssertion("aud must be " + issuer + " or " + token_endpoint);
  if (claims.token_id.empty()) return BadAssertion("it has no jti");
  const int64_t now = context.clock.UnixSeconds();
  if (claims.expires_at + kSkew <= now) return BadAssertion("it has expired");
  if (claims.expires_at > now + kLongestAssertion) return BadAssertion("it expires later than in an hour");
  if (claims.not_before > now + kSkew || claims.issued_at > now + kSkew) return BadAssertion("it is not valid yet");
  return Ok();
}

// An assertion counts once: what remembers that is durable before anything follows from it.
void UseUp(const Context& context, const ClientRecord& client, const AssertionClaims& claims,
           UniqueFunction<void(Result<ClientClaim>)> done) {
  const Bytes id = context.hasher.Sha256(AsBytes(claims.token_id));
  ClientClaim claim{client.id, {AuthMethod::kPrivateKeyJwt, context.hasher.Sha256(AsBytes(client.jwks))}};
  const int64_t now = context.forward.Now();
  // By the clock that never runs back, however far the other one was when it was checked.
  const int64_t until = now + std::max<int64_t>(claims.expires_at - context.clock.UnixSeconds(), 0) + kSkew;
  context.store.Write(
      [client = client.id, id, until, now](Store& store) { return store.UseAssertion(client, id, until, now); },
      [claim = std::move(claim), done = std::move(done)](const Status& used) mutable {
        if (!used.ok()) return done(used.error());
        done(std::move(claim));
      });
}

void CheckAssertion(const Context& context, SecretBytes assertion, const std::optional<std::string>& named,
                    UniqueFunction<void(Result<ClientClaim>)> done) {
  if (assertion.size() > kMaxAssertion) return done(BadAssertion("it is too long"));
  auto subject = context.web_crypto.AssertionSubject(assertion.RevealText());
  if (!subject.ok()) return done(subject.error());
  if (named.has_value() && *named != *subject) return done(BadAssertion("client_id is another client"));
  context.store.Read(
      [id = *subject](Store& store) { return store.FindClient(id); },
      [&context, assertion = std::move(assertion), done = std::move(done)](Result<ClientRecord> client) mutable {
        if (!client.ok() && client.error().code != Code::kNotFound) return done(client.error());
        if (!client.ok() || client->auth_method != AuthMethod::kPrivateKeyJwt) {
          return done(Denied("invalid_client", "unknown client or wrong client authentication"));
        }
        const auto claims = context.web_crypto.CheckAssertion(assertion.RevealText(), client->jwks);
        if (!claims.ok()) return done(claims.error());
        if (const Status good = CheckClaims(context, *client, *claims); !good.ok()) return done(good.error());
        UseUp(context, *client, *claims, std::move(done));
      });
}

}  // namespace

void ProveClient(const Context& context, ClientWords words, UniqueFunction<void(Result<ClientClaim>)> done) {
  if (words.secret.has_value() && words.assertion.has_value()) {
    return done(MakeError(Code::kInvalidArgument, "invalid_request", "authenticate by a secret or by an assertion, not by both"));
  }
  if (words.assertion.has_value()) {
    return CheckAssertion(context, std::move(*words.assertion), words.client, std::move(done));
  }
  if (!words.client.has_value()) {
    return done(Denied("invalid_client", "no client authentication came with the request"));
  }
  const bool secret = words.secret.has_value();
  const SecretBytes none;
  done(ClientClaim{std::move(*words.client), {secret ? AuthMethod::kSecret : AuthMethod::kNone,
                                              context.HashText(secret ? *words.secret : none)}});
}

}  // namespace fob::core
