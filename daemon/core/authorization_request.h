#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/ports/crypto.h"
#include "daemon/core/ports/web_crypto.h"
#include "daemon/core/records.h"
#include "daemon/core/grant_records.h"
#include "proto/messages.h"

// An authorization request (RFC 6749 clause 4.1.1, RFC 7636, OpenID Connect Core clause 3.1.2.1), as pure functions.
namespace fob::core {

// A request that is what it may be.
struct Authorization {
  ClientRecord client;
  std::string redirect_uri;
  bool uri_named = true;
  bool form_post = false;
  std::string state;
  std::string nonce;
  std::string challenge;            // S256; empty: none, and the client may do without
  std::vector<std::string> scopes;  // of those asked for, what the client may have
  std::string audience;
  bool prompt_none = false;
  bool prompt_login = false;        // or select_account: another login than the one that is there
  bool prompt_consent = false;
  std::optional<int64_t> max_age;   // seconds
  RequestedAcr acr;                 // of `claims`, or of acr_values
  std::string login_hint;
  std::vector<std::string> subjects;  // of id_token_hint and of `claims`: one of these users; empty: anybody

  // The class that is wanted, at the least: the weakest of those asked for that we know; empty: any.
  std::string WantedAcr() const;
};

// What is wrong with one. kPage: it is not known where to, so that the browser is sent nowhere (I34).
struct BadRequest {
  enum class Where { kPage, kClient };
  Where where = Where::kPage;
  std::string error;        // RFC 6749 clause 4.1.2.1, OpenID Connect Core clause 3.1.2.6
  std::string description;
};

struct ReadRequest {
  Authorization plan;             // good as far as the redirect, where `bad` says kClient
  std::optional<BadRequest> bad;
};
// `client`: whom the request names; nothing: nobody of that name is registered.
ReadRequest ReadAuthorization(const proto::AuthorizationRequest& request, const std::optional<ClientRecord>& client,
                              const WebCrypto& crypto, const TokenSigner& signer, const std::string& issuer);

// What has to be known to decide it.
struct Standing {
  std::optional<LoginRecord> login;  // that the browser is signed in as
  bool fresh = false;                // that login was made for this very request
  bool may_use = true;               // its user is one of those whom the client is for
  std::vector<std::string> consented;
  bool allowed = false;              // just now, by the person
  int64_t now = 0;                   // wall clock
};

// What comes of it: kCode, or an outcome of proto::Decision that needs the person, or an error for the client.
struct Verdict {
  enum class Kind { kCode, kLogin, kConsent, kError };
  Kind kind = Kind::kCode;
  std::string acr;      // kLogin
  bool fresh = false;   // kLogin: although a session is there
  std::string error;
  std::string description;
};
Verdict Decide(const Authorization& plan, const Standing& standing);

}  // namespace fob::core
