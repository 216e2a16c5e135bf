#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "daemon/core/records.h"

namespace fob::core {

// SHA-256 of what comes piece by piece.
class RunningHash {
 public:
  virtual ~RunningHash() = default;
  virtual void Add(ByteView bytes) = 0;
  virtual Bytes Finish() = 0;  // 32 bytes; once
};

class Hasher {
 public:
  virtual ~Hasher() = default;
  virtual Bytes Sha256(ByteView bytes) const = 0;  // 32 bytes
  virtual std::unique_ptr<RunningHash> Start() const = 0;
};

// Secrets at rest: AES-256-GCM under the master key. `row` names the table, row and column that the
// secret belongs to; another row's secret does not open. kCorrupt.
class Sealer {
 public:
  virtual ~Sealer() = default;
  virtual Result<Bytes> Seal(std::string_view row, const SecretBytes& secret) const = 0;
  virtual Result<SecretBytes> Open(std::string_view row, ByteView sealed) const = 0;
  // What all that it seals now begins with: whatever begins otherwise is sealed under a former key.
  virtual Bytes Mark() const = 0;
};

// The claims of an access token (RFC 9068 clause 2.2).
struct AccessClaims {
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string client_id;
  std::string token_id;   // jti: the grant, a dot, and a random part
  std::string session;    // sid: the login
  std::string scope;
  std::string acr;
  std::vector<std::string> amr;
  std::vector<std::string> groups;  // where they are asked for
  int64_t auth_time = 0;
  int64_t issued_at = 0;
  int64_t expires_at = 0;
};

// The claims of an ID token (OpenID Connect Core clause 2), but for at_hash.
struct IdClaims {
  std::string issuer;
  std::string subject;
  std::string audience;  // the client
  std::string nonce;     // of the request; empty: none
  std::string session;   // sid: the login
  std::string acr;
  std::vector<std::string> amr;
  std::string user;      // preferred_username, where it is asked for
  std::vector<std::string> groups;
  int64_t auth_time = 0;
  int64_t issued_at = 0;
  int64_t expires_at = 0;
};

// What an opaque token stands for that is kept nowhere.
struct TokenReference {
  std::string token_id;   // as of a JWT
  int64_t issued_at = 0;  // by the clock that never runs back
};

// Signs and checks access tokens with the signing keys that the store holds.
class TokenSigner {
 public:
  virtual ~TokenSigner() = default;
  // Oldest first: of each algorithm the last that signs by `issued_at` does, and all of them check. kCorrupt; then the old keys stay.
  virtual Status Load(const std::vector<SigningKeyRecord>& keys) = 0;
  // A compact JWS of typ at+jwt. kUnavailable: no key of this algorithm is loaded.
  virtual Result<SecretBytes> Sign(const AccessClaims& claims, SigningAlgorithm algorithm) = 0;
  // kDenied with "malformed", "unknown_key", "bad_signature", "wrong_type"; neither times nor grant are looked at.
  struct Checked {
    AccessClaims claims;
    std::string json;  // the payload as signed
  };
  virtual Result<Checked> Check(std::string_view token) const = 0;
  // A compact JWS of typ JWT, with the at_hash of `access_token`. kUnavailable as above.
  virtual Result<SecretBytes> SignId(const IdClaims& claims, std::string_view access_token, SigningAlgorithm algorithm) = 0;
  // Who an ID token of ours was for, however old it is: issuer, subject, audience, session. Errors as of Check.
  virtual Result<IdClaims> CheckId(std::string_view token) const = 0;
  // A reference sealed under a key that comes of the ES256 key which signs at `time`, as base64url: it tells nothing to
  // who holds it. kUnavailable as above.
  virtual Result<SecretBytes> Seal(const TokenReference& reference, int64_t time) = 0;
  // Nothing: none that one of the loaded keys has sealed.
  virtual std::optional<TokenReference> Open(std::string_view sealed) const = 0;
  virtual std::string Jwks() const = 0;  // a JWK Set, public parts only
};

}  // namespace fob::core
