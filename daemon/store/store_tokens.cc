#include "base/encoding.h"
#include "daemon/store/columns.h"
#include "daemon/store/grant_liveness.h"
#include "daemon/store/sqlite_store.h"

// Opaque access tokens, refresh tokens, and JWTs that were revoked by themselves.
namespace fob::store {
namespace {

constexpr int kMaxOfGrant = 64;  // opaque ones that have not expired
constexpr int kPruned = 20;

Error NoToken() { return MakeError(Code::kNotFound, "no_token", "there is no such token"); }

std::string RowOf(const Bytes& family, const Bytes& used) {
  return "refresh_families/" + HexEncode(family) + "/" + HexEncode(used) + "/answer";
}

Error Invalid(std::string text) { return MakeError(Code::kDenied, "invalid_grant", std::move(text)); }

}  // namespace

Status SqliteStore::InsertTokens(int64_t grant_seq, const core::NewTokens& tokens, int64_t now) {
  if (tokens.access_hash.has_value()) {
    FOB_CHECK(PruneTokens(now));
    FOB_TRY(const auto full,
            database_->First("SELECT 1 FROM access_tokens INDEXED BY access_tokens_by_grant"
                             " WHERE grant_seq = ?1 AND expires_at > ?2 LIMIT 1 OFFSET ?3",
                             grant_seq, now, kMaxOfGrant - 1));
    if (full.has_value()) {
      return MakeError(Code::kExhausted, "too_many_tokens",
                       "the grant has too many access tokens: use them until some expire");
    }
    FOB_TRY(const std::string groups, ToLines(tokens.groups));
    FOB_CHECK(database_->Run("INSERT INTO access_tokens (hash, grant_seq, scope, told_groups,"
                             " issued_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                             *tokens.access_hash, grant_seq, tokens.scope, groups,
                             tokens.issued_at, tokens.expires_at));
  }
  if (tokens.refresh.has_value()) {
    FOB_CHECK(database_->Run(
        "INSERT INTO refresh_families (hash, grant_seq, token) VALUES (?1, ?2, ?3)",
        tokens.refresh->family_hash, grant_seq, tokens.refresh->token_hash));
  }
  return Ok();
}

Result<core::TokenFacts> SqliteStore::FindAccessToken(const Bytes& hash, const core::Moment& moment) {
  FOB_TRY(auto row,
          database_->First("SELECT " FOB_GRANT_COLUMNS
                           ", a.scope, a.told_groups, a.issued_at, a.expires_at, a.revoked_at IS NOT NULL"
                           " FROM access_tokens a CROSS JOIN " FOB_GRANTS
                           "WHERE a.hash = ?3 AND g.seq = a.grant_seq",
                           moment.now, moment.boot_id, hash));
  if (!row.has_value()) return NoToken();
  core::TokenFacts token;
  std::string groups;
  bool revoked = false;
  token.of = ReadGrant(*row, token.scope, groups, token.issued_at, token.expires_at, revoked).facts;
  token.groups = FromLines(groups);
  token.live = token.of.live && !revoked && token.expires_at > moment.now;
  token.why = revoked                          ? "it was revoked"
              : token.expires_at <= moment.now ? "it has expired"
                                               : token.of.why;
  return token;
}

Result<core::TokenFacts> SqliteStore::FindRefreshToken(const core::NewTokens::Refresh& used,
                                                       const core::Moment& moment) {
  FOB_TRY(auto row, database_->First("SELECT " FOB_GRANT_COLUMNS ", f.token = ?4, c.refresh_lifetime > 0"
                                     " FROM refresh_families f CROSS JOIN " FOB_GRANTS
                                     "WHERE f.hash = ?3 AND g.seq = f.grant_seq",
                                     moment.now, moment.boot_id, used.family_hash, used.token_hash));
  if (!row.has_value()) return NoToken();
  core::TokenFacts token;
  token.kind = core::TokenFacts::Kind::kRefresh;
  bool present = false;
  bool allowed = false;
  token.of = ReadGrant(*row, present, allowed).facts;
  token.scope = token.of.grant.scope;
  token.issued_at = token.of.grant.created_at;
  token.expires_at = token.of.grant.expires_at;
  token.live = token.of.live && present && allowed;
  token.why = !token.of.live ? token.of.why
              : !allowed     ? "the client may not refresh any more"
              : !present     ? "it was used"
                             : "";
  return token;
}

Status SqliteStore::RevokeAccessToken(const Bytes& hash, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const int64_t revoked,
            database_->Run("UPDATE access_tokens SET revoked_at = coalesce(revoked_at, ?2) WHERE hash = ?1",
                           hash, audit.at));
    if (revoked == 0) return NoToken();
    return Append(audit);
  });
}

Status SqliteStore::RevokeJwt(const std::string& jti, int64_t expires_at, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run(
        "DELETE FROM revoked_jwts WHERE jti IN (SELECT jti FROM revoked_jwts"
        " INDEXED BY revoked_jwts_by_expiry WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
        audit.at - 24 * 3600, kPruned));
    FOB_CHECK(database_->Run("INSERT OR IGNORE INTO revoked_jwts (jti, expires_at) VALUES (?1, ?2)", jti,
                             expires_at));
    return Append(audit);
  });
}

Result<core::GrantStore::Rotated> SqliteStore::RotateRefresh(const Rotation& rotation) {
  return Atomically([&]() -> Result<Rotated> {
    FOB_CHECK(CheckProof(rotation.client, rotation.proof));
    const core::Moment& moment = rotation.moment;
    const core::NewTokens::Refresh& used = rotation.used;
    GrantRow grant;
    Bytes token, previous, request, sealed;
    int64_t rotated_at = 0;
    bool allowed = false;
    {
      FOB_TRY(auto row, database_->First(
                            "SELECT " FOB_GRANT_COLUMNS ", f.token, f.previous, f.request, f.rotated_at,"
                            " f.answer, c.refresh_lifetime > 0 FROM refresh_families f CROSS JOIN " FOB_GRANTS
                            "WHERE f.hash = ?3 AND g.seq = f.grant_seq",
                            moment.now, moment.boot_id, used.family_hash));
      if (!row.has_value()) return Invalid("there is no such refresh token");
      grant = ReadGrant(*row, token, previous, request, rotated_at, sealed, allowed);
    }
    // Another client learns nothing of it, and does nothing to it.
    if (grant.facts.grant.client != rotation.client) return Invalid("there is no such refresh token");
    if (!grant.facts.live) return Invalid(grant.facts.why);
    if (!allowed) return Invalid("the client may not refresh any more");
    core::AuditEntry audit = rotation.audit;
    audit.user = grant.facts.user;
    audit.subject = grant.facts.grant.id;
    if (previous == used.token_hash && rotated_at > rotation.grace_since &&
        request == rotation.request_hash) {
      FOB_TRY(SecretBytes answer, sealer_.Open(RowOf(used.family_hash, used.token_hash), sealed));
      audit.detail += " again";
      FOB_CHECK(Append(audit));
      return Rotated{Rotated::Outcome::kRepeated, std::move(answer)};
    }
    FOB_TRY(sealed, sealer_.Seal(RowOf(used.family_hash, used.token_hash), rotation.answer));
    // The one place where a refresh token becomes used: of all who come with it, one changes the row.
    FOB_TRY(const int64_t rotated,
            database_->Run("UPDATE refresh_families SET token = ?3, previous = ?2, request = ?4,"
                           " rotated_at = ?5, answer = ?6 WHERE hash = ?1 AND token = ?2",
                           used.family_hash, used.token_hash, rotation.tokens.refresh->token_hash,
                           rotation.request_hash, moment.now, sealed));
    if (rotated == 1) {
      core::NewTokens tokens = rotation.tokens;
      tokens.refresh.reset();  // its family is there
      FOB_CHECK(InsertTokens(grant.seq, tokens, moment.now));
      FOB_CHECK(Append(audit));
      return Rotated{};
    }
    FOB_CHECK(database_->Run(
        "UPDATE grants SET revoked_at = ?2, revoked_why = 'a used refresh token came again' WHERE seq = ?1",
        grant.seq, moment.now));
    FOB_CHECK(database_->Run("UPDATE refresh_families SET answer = NULL WHERE hash = ?1", used.family_hash));
    core::AuditEntry reuse = rotation.reuse_audit;
    reuse.user = audit.user;
    reuse.subject = audit.subject;
    FOB_CHECK(Append(reuse));
    return Rotated{Rotated::Outcome::kReused, {}};
  });
}

}  // namespace fob::store
