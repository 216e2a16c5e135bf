#include "daemon/store/columns.h"
#include "daemon/store/grant_liveness.h"
#include "daemon/store/sqlite_store.h"

// Codes of the authorization endpoint: from a live login, and into a grant.
namespace fob::store {
namespace {

constexpr int kMaxOfLogin = 64;  // that are still good
constexpr int kPruned = 20;
constexpr int64_t kKeepCodes = 24 * 3600;  // so that one that comes again is known

Error Invalid(std::string text) { return Denied("invalid_grant", std::move(text)); }

}  // namespace

Status SqliteStore::AddCode(const core::CodeRecord& code, const core::Moment& moment,
                            core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run(
        "DELETE FROM codes WHERE hash IN (SELECT hash FROM codes INDEXED BY codes_by_expiry"
        " WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
        moment.now - kKeepCodes, kPruned));
    FOB_TRY(const auto full,
            database_->First("SELECT 1 FROM codes INDEXED BY codes_by_login WHERE login = ?1"
                             " AND expires_at > ?2 AND used_at IS NULL LIMIT 1 OFFSET ?3",
                             code.login, moment.now, kMaxOfLogin - 1));
    if (full.has_value()) {
      return MakeError(Code::kExhausted, "too_many_codes",
                       "the login has too many unused codes: wait until some expire");
    }
    const auto added = database_->Run(
        "INSERT INTO codes (hash, login, client, redirect_uri, uri_named, audience, scope, nonce,"
        " challenge, expires_at)"
        " SELECT ?3, l.id, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM logins l"
        " JOIN users u ON u.id = l.user_id WHERE l.id = ?4 AND " FOB_LOGIN_FATE " = 'live'",
        moment.now, moment.boot_id, code.hash, code.login, code.client, code.redirect_uri,
        code.uri_named, code.audience, code.scope, code.nonce, code.challenge, code.expires_at);
    if (!added.ok()) {
      if (added.error().reason != "constraint") return added.error();
      return MakeError(Code::kConflict, "client_removed", "the client was removed meanwhile");
    }
    if (*added == 0) return Denied("login_dead", "the login has ended");
    FOB_CHECK(CheckAudience(code.client, code.audience));
    if (audit.subject.empty()) audit.subject = code.login;
    return Append(audit);
  });
}

// Whether the code is this client's, for this place in the browser and for who has the verifier of its
// challenge: an empty challenge is answered by no verifier, and by none but that (I33).
#define FOB_CODE_IS_MEANT                                                                       \
  "o.hash = ?3 AND o.client = ?4"                                                               \
  " AND ((?5 IS NULL AND NOT o.uri_named) OR o.redirect_uri = ?5) AND o.challenge = ?6"
#define FOB_CODE_IS_GOOD                                                                        \
  FOB_CODE_IS_MEANT " AND o.used_at IS NULL AND o.expires_at > ?1"                              \
  " AND EXISTS (SELECT 1 FROM logins l JOIN users u ON u.id = l.user_id WHERE l.id = o.login"   \
  "  AND " FOB_LOGIN_FATE " = 'live')"

Error SqliteStore::WhyNoCode(const CodeRedemption& redemption) {
  auto row = database_->First(
      "SELECT o.used_at, o.expires_at, o.uri_named, o.redirect_uri = coalesce(?3, o.redirect_uri),"
      " o.challenge <> '', o.challenge = ?4 FROM codes o WHERE o.hash = ?1 AND o.client = ?2",
      redemption.code_hash, redemption.client, redemption.redirect_uri, redemption.challenge);
  if (!row.ok()) return row.error();
  if (!row->has_value()) return Invalid("there is no such code for this client");
  std::optional<int64_t> used_at;
  int64_t expires_at = 0;
  bool uri_named = false, same_uri = false, challenged = false, answered = false;
  (*row)->Read(used_at, expires_at, uri_named, same_uri, challenged, answered);
  if (used_at.has_value()) return Denied("code_used", "the code was redeemed already");
  if (expires_at <= redemption.moment.now) return Invalid("the code has expired");
  if (!same_uri || (uri_named && !redemption.redirect_uri.has_value()))
    return Invalid("redirect_uri is not the one that the code was asked for with");
  if (challenged && redemption.challenge.empty())
    return Invalid("the code was asked for with a code_challenge: send its code_verifier");
  if (!challenged && !redemption.challenge.empty())
    return Invalid("a code_verifier came, and the code was asked for without a code_challenge");
  if (!answered) return Invalid("code_verifier is not the one of the code_challenge");
  return Invalid("the login that the code came from has ended");
}

Result<core::GrantStore::CodeFacts> SqliteStore::LookAtCode(const CodeRedemption& redemption) {
  const core::Moment& moment = redemption.moment;
  CodeFacts facts;
  core::GrantRecord grant = redemption.grant;
  {
    FOB_TRY(auto row, database_->First("SELECT o.login, o.client, o.audience, o.scope, o.nonce FROM"
                                       " codes o WHERE " FOB_CODE_IS_GOOD,
                                       moment.now, moment.boot_id, redemption.code_hash,
                                       redemption.client, redemption.redirect_uri,
                                       redemption.challenge));
    if (!row.has_value()) return WhyNoCode(redemption);
    row->Read(grant.login, grant.client, grant.audience, grant.scope, facts.nonce);
  }
  FOB_TRY(const core::LoginRecord login, FindLogin(grant.login, moment.now, moment.boot_id));
  facts.of = core::FactsOf(std::move(grant), login);
  return facts;
}

Result<core::GrantFacts> SqliteStore::RedeemCode(const CodeRedemption& redemption) {
  return Atomically([&]() -> Result<core::GrantFacts> {
    const core::Moment& moment = redemption.moment;
    FOB_CHECK(CheckProof(redemption.client, redemption.proof));
    core::GrantRecord grant = redemption.grant;
    // The one place where a code becomes used: of all who come with it, one changes the row.
    FOB_TRY(const int64_t used,
            database_->Run("UPDATE codes AS o SET used_at = ?1, grant_id = ?7 WHERE " FOB_CODE_IS_GOOD,
                           moment.now, moment.boot_id, redemption.code_hash, redemption.client,
                           redemption.redirect_uri, redemption.challenge, grant.id));
    if (used != 1) return WhyNoCode(redemption);
    {
      FOB_TRY(auto row,
              database_->First("SELECT login, client, audience, scope FROM codes WHERE hash = ?1",
                               redemption.code_hash));
      if (!row.has_value())
        return MakeError(Code::kCorrupt, "store_corrupt", "the store: a code vanished while in use");
      row->Read(grant.login, grant.client, grant.audience, grant.scope);
    }
    return InsertGrant(grant, redemption.tokens, moment, redemption.audit);
  });
}

Status SqliteStore::RevokeGrantOfCode(const Bytes& code_hash, const std::string& client,
                                      const core::Moment& moment, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run("UPDATE grants SET revoked_at = ?3, revoked_why = 'its code came again'"
                             " WHERE revoked_at IS NULL AND id = (SELECT grant_id FROM codes"
                             "  WHERE hash = ?1 AND client = ?2 AND used_at IS NOT NULL)",
                             code_hash, client, moment.now));
    return Append(audit);
  });
}

Status SqliteStore::UseAssertion(const std::string& client, const Bytes& id_hash, int64_t expires_at,
                                 int64_t now) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run(
        "DELETE FROM used_assertions WHERE (client, id_hash) IN (SELECT client, id_hash FROM"
        " used_assertions INDEXED BY used_assertions_by_expiry WHERE expires_at < ?1"
        " ORDER BY expires_at LIMIT ?2)",
        now - 60, kPruned));
    const auto added = database_->Run(
        "INSERT INTO used_assertions (client, id_hash, expires_at) VALUES (?1, ?2, ?3)", client,
        id_hash, expires_at);
    if (added.ok()) return Ok();
    if (added.error().reason != "constraint") return added.error();
    return Denied("invalid_client", "the assertion was used before: each needs a jti of its own");
  });
}

}  // namespace fob::store
