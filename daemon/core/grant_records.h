#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "daemon/core/records.h"

// Web apps and what they hold, as the store keeps it. Times are Unix seconds that never run back.
namespace fob::core {

inline constexpr int64_t kLongestToken = 3600;  // seconds that an access token may be registered to live

enum class TokenKind { kJwt, kOpaque };

// How a client authenticates: by its secret, by an assertion that one of its keys signed, or not at all (a
// public client).
enum class AuthMethod { kSecret, kPrivateKeyJwt, kNone };

// What a client has shown. hash: SHA-256 of the secret, or of the JWK Set that its assertion was checked with.
struct ClientProof {
  AuthMethod method = AuthMethod::kSecret;
  Bytes hash;
};

// A registered web app.
struct ClientRecord {
  std::string id;  // client_
  std::string name;
  AuthMethod auth_method = AuthMethod::kSecret;
  Bytes secret_hash;  // as in ClientProof
  std::string jwks;   // of a client that signs assertions
  std::vector<std::string> audiences;  // that its tokens may be for
  std::vector<std::string> scopes;
  std::vector<std::string> serves;  // audiences that it is itself: it may introspect tokens for them
  std::vector<std::string> groups;  // that its tokens may name; "*": any
  std::vector<std::string> fresh;   // audiences for which each ticket takes a touch
  TokenKind token_kind = TokenKind::kJwt;
  SigningAlgorithm algorithm = SigningAlgorithm::kEs256;
  int64_t token_lifetime = 300;  // seconds
  int64_t refresh_lifetime = 0;  // seconds; 0: no refresh tokens
  bool outlives_login = false;
  bool direct = false;   // users may take its tokens themselves
  bool machine = false;  // it may have tokens without a user
  bool tickets = true;   // it may exchange tickets
  std::vector<std::string> redirect_uris;  // where codes may be sent
  std::vector<std::string> post_logout_redirect_uris;
  std::vector<std::string> origins;      // whose scripts may call (CORS)
  std::vector<std::string> user_groups;  // a user must be in one of them; empty: anybody
  bool third_party = false;              // the user is asked for consent
  bool pkce = true;                      // a code challenge is a must
  SigningAlgorithm id_token_algorithm = SigningAlgorithm::kEs256;
  int64_t created_at = 0;
  int64_t secret_rotated_at = 0;
};

// A single-use proof of a login for one client and audience.
struct TicketRecord {
  Bytes hash;  // SHA-256 of the ticket
  std::string login;
  std::string client;
  std::string audience;
  std::string scope;
  uint32_t uid = 0;
  int64_t expires_at = 0;
};

// What the authorization endpoint gives to a client by way of the browser.
struct CodeRecord {
  Bytes hash;  // SHA-256 of the code
  std::string login;
  std::string client;
  std::string redirect_uri;
  bool uri_named = false;  // in the request: then it must be named again
  std::string audience;
  std::string scope;
  std::string nonce;
  std::string challenge;  // S256; empty: the client may do without
  int64_t expires_at = 0;
};

// What one client holds from one login, or, without a login, for itself. Its tokens point at it.
struct GrantRecord {
  std::string id;  // grant_
  std::string login;  // empty: a machine's
  std::string client;
  std::string audience;
  std::string scope;
  int64_t created_at = 0;
  int64_t expires_at = 0;
};

}  // namespace fob::core
