#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "daemon/core/page.h"
#include "daemon/core/grant_records.h"
#include "daemon/core/records.h"

namespace fob::core {

// When and where liveness is judged: a time that never runs back, and this boot.
struct Moment {
  int64_t now = 0;
  std::string boot_id;
};

// A grant with all that its tokens tell. Of a machine's grant what tells of a user is empty.
struct GrantFacts {
  GrantRecord grant;
  std::string client_name;
  std::string user;
  std::string sub;
  uint32_t uid = 0;
  std::vector<std::string> amr;
  std::string acr;
  int64_t auth_time = 0;  // wall clock
  bool live = false;
  std::string why;  // what it died of, when it is not live
};
// Of a grant that is to come of a login, which is live.
inline GrantFacts FactsOf(GrantRecord grant, const LoginRecord& login) {
  return {std::move(grant), "", login.user, login.sub, login.uid, login.amr, login.acr, login.authenticated_at, true, ""};
}

// What a token is.
struct TokenFacts {
  enum class Kind { kAccess, kRefresh };
  Kind kind = Kind::kAccess;
  GrantFacts of;
  std::string scope;                // of an access token
  std::vector<std::string> groups;  // named by it
  int64_t issued_at = 0;
  int64_t expires_at = 0;
  bool live = false;
  std::string why;
};

// Tokens that are to be good from the commit on: hashes only.
struct NewTokens {
  std::optional<Bytes> access_hash;  // of an opaque token; a JWT and a machine's need no row
  std::string scope;
  std::vector<std::string> groups;
  int64_t issued_at = 0;
  int64_t expires_at = 0;
  // A refresh token is the family's 256 bits and 256 of its own: whoever shows the first and not the
  // present second had a token of the family that is used.
  struct Refresh {
    Bytes family_hash;
    Bytes token_hash;
  };
  std::optional<Refresh> refresh;
};

// The part of the store that keeps web apps and what they hold. See Store for what holds for all
// operations. Liveness of a grant is one predicate, whoever asks.
class GrantStore {
 public:
  virtual ~GrantStore() = default;

  // --- clients, by id or name
  virtual Status AddClient(const ClientRecord& client, AuditEntry audit) = 0;  // kConflict/"name_taken"
  virtual Result<ClientRecord> FindClient(const std::string& client) = 0;
  virtual Result<Page<ClientRecord>> ListClients(const std::string& before = "") = 0;  // newest first, at most 60
  // Everything but id, name and times.
  virtual Result<ClientRecord> UpdateClient(const ClientRecord& client, AuditEntry audit) = 0;
  virtual Result<ClientRecord> RemoveClient(const std::string& client, AuditEntry audit) = 0;
  virtual Result<ClientRecord> RotateClientSecret(const std::string& client, const Bytes& secret_hash, int64_t now,
                                                  AuditEntry audit) = 0;

  // --- tickets. Refused with kDenied/"login_dead" when the login is not live any more or not of the
  // ticket's uid, "invalid_target" when it is not the client's any more, kConflict/"client_removed",
  // kExhausted/"too_many_tickets" when the login has 64 that are still good. `touched_since`: the login
  // must come of a key that was touched since then, and gives one such ticket; kDenied/"fresh_touch".
  virtual Status AddTicket(const TicketRecord& ticket, const Moment& moment,
                           std::optional<int64_t> touched_since, AuditEntry audit) = 0;

  struct Redemption {
    Bytes ticket_hash;
    std::string client;
    ClientProof proof;  // that the client came with
    std::optional<std::string> audience;
    GrantRecord grant;  // id and times; the rest comes from the ticket
    NewTokens tokens;
    Moment moment;
    AuditEntry audit;
  };
  // What would come of redeeming it now; refused as RedeemTicket is.
  virtual Result<GrantFacts> LookAtTicket(const Redemption& redemption) = 0;
  // Exactly once a ticket, for its own client and audience, while login and client live.
  // kDenied with "ticket_used", "ticket_expired", "ticket_unknown", "login_dead"; "invalid_client" when
  // the client is gone or its secret or keys are others by now; kExhausted/"too_many_grants" when the login has
  // 1000 that have not expired.
  virtual Result<GrantFacts> RedeemTicket(const Redemption& redemption) = 0;

  // --- codes. kDenied/"login_dead"; kConflict/"client_removed"; kExhausted/"too_many_codes": 64 of the login
  // that are still good.
  virtual Status AddCode(const CodeRecord& code, const Moment& moment, AuditEntry audit) = 0;

  struct CodeRedemption {
    Bytes code_hash;
    std::string client;
    ClientProof proof;
    std::optional<std::string> redirect_uri;
    std::string challenge;  // that the verifier which came answers; empty: none came
    GrantRecord grant;      // id and times; the rest comes from the code
    NewTokens tokens;
    Moment moment;
    AuditEntry audit;
  };
  struct CodeFacts {
    GrantFacts of;
    std::string nonce;
  };
  // What would come of redeeming it now; refused as RedeemCode is.
  virtual Result<CodeFacts> LookAtCode(const CodeRedemption& redemption) = 0;
  // Exactly once a code, for its own client, redirect URI and code verifier, while login and client live.
  // kDenied with "code_used", "invalid_grant" or "invalid_client"; kExhausted as RedeemTicket.
  virtual Result<GrantFacts> RedeemCode(const CodeRedemption& redemption) = 0;
  // What came of a code that came again (RFC 6749 clause 4.1.2).
  virtual Status RevokeGrantOfCode(const Bytes& code_hash, const std::string& client, const Moment& moment,
                                   AuditEntry audit) = 0;

  // An assertion counts once. kDenied/"invalid_client": it came before.
  virtual Status UseAssertion(const std::string& client, const Bytes& id_hash, int64_t expires_at, int64_t now) = 0;

  // --- what people allowed to clients that are not ours: scopes, none when nothing was asked yet
  virtual Result<std::vector<std::string>> FindConsent(const std::string& user, const std::string& client) = 0;
  virtual Status SetConsent(const std::string& user, const std::string& client,
                            const std::vector<std::string>& scopes, AuditEntry audit) = 0;
  // Of all clients: where their scripts and pages are. Each once.
  struct WebPlaces {
    std::vector<std::string> origins;
    std::vector<std::string> redirect_uris;
    std::vector<std::string> scopes;
  };
  virtual Result<WebPlaces> ListWebPlaces() = 0;

  // --- grants
  virtual Result<GrantFacts> FindGrant(const std::string& grant, const Moment& moment) = 0;  // kNotFound
  // The same, of an access token with this `jti`, which may have been revoked by itself.
  virtual Result<GrantFacts> CheckGrant(const std::string& grant, const std::string& jti, const Moment& moment) = 0;
  // Of a login without a ticket: its user takes the token. Refused as AddTicket and RedeemTicket are.
  virtual Result<GrantFacts> AddDirectGrant(const GrantRecord& grant, const NewTokens& tokens, const Moment& moment,
                                            AuditEntry audit) = 0;
  // A machine's: of a client (id), audience and scope the newest, used again while it lives. Its id and end, or nothing.
  struct MachineGrant {
    std::string id;
    int64_t expires_at = 0;
  };
  virtual Result<MachineGrant> FindMachineGrant(const std::string& client, const std::string& audience,
                                               const std::string& scope) = 0;
  // Of that id, or new. kDenied/"unauthorized_client" when the client may have none any more;
  // kConflict/"grant_changed" when it is another by now; kExhausted/"too_many_grants".
  virtual Result<GrantFacts> UseMachineGrant(const GrantRecord& grant, const ClientProof& proof,
                                             const Moment& moment, AuditEntry audit) = 0;

  struct GrantFilter {
    std::optional<uint32_t> uid;
    std::string login;   // empty: any
    std::string client;  // id; empty: any
    bool live_only = true;
    Moment moment;
    std::string before = {};  // an id
  };
  // Newest first, at most 60 of 1000 that are looked at in one go: a page may be empty, and the list go on.
  virtual Result<Page<GrantFacts>> ListGrants(const GrantFilter& filter) = 0;
  virtual Result<GrantFacts> RevokeGrant(const std::string& grant, const Moment& moment, AuditEntry audit) = 0;
  // All there are now of a login, of a client (id), of a user (name). How many of them lived. kNotFound.
  enum class GrantsOf { kLogin, kClient, kUser };
  virtual Result<int64_t> RevokeGrantsOf(GrantsOf whose, const std::string& id, const Moment& moment, AuditEntry audit) = 0;

  // --- tokens
  virtual Result<TokenFacts> FindAccessToken(const Bytes& hash, const Moment& moment) = 0;  // opaque; kNotFound
  virtual Result<TokenFacts> FindRefreshToken(const NewTokens::Refresh& token, const Moment& moment) = 0;  // kNotFound
  virtual Status RevokeAccessToken(const Bytes& hash, AuditEntry audit) = 0;  // opaque; kNotFound
  // A JWT, or any token that needs no row: by its id.
  virtual Status RevokeJwt(const std::string& jti, int64_t expires_at, AuditEntry audit) = 0;

  struct Rotation {
    NewTokens::Refresh used;  // the token that the client came with
    Bytes request_hash;       // of all that it asked
    std::string client;
    ClientProof proof;
    NewTokens tokens;       // with the next refresh token
    SecretBytes answer;     // to be given again within the grace
    int64_t grace_since = 0;  // a use after this time may be repeated
    Moment moment;
    AuditEntry audit;
    AuditEntry reuse_audit;
  };
  struct Rotated {
    enum class Outcome {
      kRotated,   // `answer` of the rotation may be given
      kRepeated,  // the same request was answered just now: `answer` is that answer
      kReused,    // a used token came again: the grant is dead from now on
    };
    Outcome outcome = Outcome::kRotated;
    SecretBytes answer;
  };
  // One of all that come with a refresh token rotates it. kDenied with "invalid_client",
  // "invalid_grant" (unknown, dead, another client's); kExhausted/"too_many_tokens".
  virtual Result<Rotated> RotateRefresh(const Rotation& rotation) = 0;

  // --- time and sessions
  struct ClockMark {
    int64_t seconds = 0;  // the highest time that was lived
    int64_t since_boot_ms = 0;
    std::string boot_id;
    int64_t newest_entry_at = 0;  // of the audit trail, by the wall clock; not set by SetClockMark
  };
  virtual Result<ClockMark> FindClockMark() = 0;
  virtual Status SetClockMark(const ClockMark& mark) = 0;
  // Kernel sessions that open logins of this boot are in; each once, those without one left out.
  virtual Result<std::vector<std::string>> OpenSessions(const Moment& moment) = 0;
  // Ends the open logins of a session; one audit entry each. How many.
  virtual Result<int64_t> EndLoginsOf(const std::string& kernel_session, const Moment& moment, AuditEntry audit) = 0;
};

}  // namespace fob::core
