#include <fmt/format.h>

#include "daemon/store/grant_liveness.h"
#include "daemon/store/list_page.h"
#include "daemon/store/sqlite_store.h"

// Grants: what web apps hold.
namespace fob::store {
namespace {

constexpr int kMaxOfLogin = 1000;   // that have not expired
constexpr int kMaxOfMachine = 512;  // a client's: one for each audience and scope
constexpr size_t kMostGrantsListed = 60;

Error NoGrant(const std::string& grant) {
  return MakeError(Code::kNotFound, "no_grant", "there is no grant " + grant);
}

Error TooMany(std::string text) {
  return MakeError(Code::kExhausted, "too_many_grants", std::move(text));
}

}  // namespace

Result<core::GrantFacts> SqliteStore::InsertGrant(const core::GrantRecord& grant,
                                                  const core::NewTokens& tokens,
                                                  const core::Moment& moment,
                                                  core::AuditEntry audit) {
  FOB_CHECK(PruneGrants(moment.now));
  const auto login = grant.login.empty() ? std::nullopt : std::optional(grant.login);
  if (login.has_value()) {
    FOB_TRY(const auto full,
            database_->First("SELECT 1 FROM grants INDEXED BY grants_by_login WHERE login = ?1"
                             " AND expires_at > ?2 LIMIT 1 OFFSET ?3",
                             grant.login, moment.now, kMaxOfLogin - 1));
    if (full.has_value()) return TooMany("the login has too many grants: revoke some, or wait until some expire");
  }
  FOB_CHECK(CheckAudience(grant.client, grant.audience));
  FOB_TRY(const int64_t added,
          database_->Run(
              "INSERT INTO grants (id, login, client, audience, scope, created_at, expires_at,"
              " client_epoch, user_epoch, login_epoch)"
              " SELECT ?1, l.id, c.id, ?4, ?5, ?6, ?7, c.grant_epoch, coalesce(u.grant_epoch, 0),"
              " coalesce(l.grant_epoch, 0) FROM clients c LEFT JOIN logins l ON l.id = ?2"
              " LEFT JOIN users u ON u.id = l.user_id WHERE c.id = ?3",
              grant.id, login, grant.client, grant.audience, grant.scope, grant.created_at,
              grant.expires_at));
  if (added != 1)
    return MakeError(Code::kConflict, "client_removed", "the client was removed meanwhile");
  const int64_t seq = database_->LastRowId();
  if (login.has_value()) {
    // Its record is needed as long as the grant may live.
    FOB_CHECK(database_->Run(
        "UPDATE logins SET kept_until = ?2 WHERE id = ?1 AND expires_at < ?2 AND kept_until < ?2",
        grant.login, grant.expires_at));
  }
  FOB_CHECK(InsertTokens(seq, tokens, moment.now));
  FOB_TRY(core::GrantFacts facts, FindGrant(grant.id, moment));
  if (audit.user.empty()) audit.user = facts.user;
  if (audit.subject.empty()) audit.subject = grant.id;
  FOB_CHECK(Append(audit));
  return facts;
}

Result<core::GrantFacts> SqliteStore::UseMachineGrant(const core::GrantRecord& grant,
                                                      const core::ClientProof& proof,
                                                      const core::Moment& moment,
                                                      core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::GrantFacts> {
    FOB_CHECK(CheckProof(grant.client, proof));
    FOB_TRY(const auto machine,
            database_->First("SELECT 1 FROM clients WHERE id = ?1 AND machine", grant.client));
    if (!machine.has_value()) {
      return MakeError(Code::kDenied, "unauthorized_client", "the client may have no tokens of its own any more");
    }
    FOB_TRY(const MachineGrant known, FindMachineGrant(grant.client, grant.audience, grant.scope));
    if (known.id.empty()) {
      FOB_TRY(const auto full,
              database_->First("SELECT 1 FROM grants INDEXED BY grants_of_machines WHERE client = ?1"
                               " AND login IS NULL LIMIT 1 OFFSET ?2",
                               grant.client, kMaxOfMachine - 1));
      if (full.has_value()) return TooMany("the client has too many grants of its own: use them until some expire");
      return InsertGrant(grant, {}, moment, audit);
    }
    // Its tokens name it already.
    if (known.id != grant.id)
      return MakeError(Code::kConflict, "grant_changed", "the grant changed meanwhile: try again");
    FOB_CHECK(CheckAudience(grant.client, grant.audience));
    FOB_CHECK(database_->Run("UPDATE grants SET expires_at = max(expires_at, ?2) WHERE id = ?1", grant.id,
                             grant.expires_at));
    audit.subject = grant.id;
    FOB_CHECK(Append(audit));
    return FindGrant(grant.id, moment);
  });
}

Result<core::GrantStore::MachineGrant> SqliteStore::FindMachineGrant(const std::string& client,
                                                                     const std::string& audience,
                                                                     const std::string& scope) {
  MachineGrant grant;
  FOB_TRY(auto row, database_->First("SELECT g.id, g.expires_at FROM grants g INDEXED BY grants_of_machines"
                                     " JOIN clients c ON c.id = g.client"
                                     " WHERE g.client = ?1 AND g.audience = ?2 AND g.scope = ?3"
                                     " AND g.login IS NULL AND g.revoked_at IS NULL"
                                     " AND g.client_epoch = c.grant_epoch ORDER BY g.seq DESC LIMIT 1",
                                     client, audience, scope));
  if (row.has_value()) row->Read(grant.id, grant.expires_at);
  return grant;
}

Result<core::GrantFacts> SqliteStore::FindGrant(const std::string& grant, const core::Moment& moment) {
  FOB_TRY(auto row, database_->First("SELECT " FOB_GRANT_COLUMNS " FROM " FOB_GRANTS "WHERE g.id = ?3",
                                     moment.now, moment.boot_id, grant));
  if (!row.has_value()) return NoGrant(grant);
  return ReadGrant(*row).facts;
}

Result<core::GrantFacts> SqliteStore::CheckGrant(const std::string& grant, const std::string& jti,
                                                 const core::Moment& moment) {
  FOB_TRY(auto row, database_->First("SELECT " FOB_GRANT_COLUMNS
                                     ", EXISTS (SELECT 1 FROM revoked_jwts WHERE jti = ?4) FROM " FOB_GRANTS
                                     "WHERE g.id = ?3",
                                     moment.now, moment.boot_id, grant, jti));
  core::GrantFacts facts;
  if (!row.has_value()) {
    facts.why = "there is no such grant";
    return facts;
  }
  bool revoked = false;
  facts = ReadGrant(*row, revoked).facts;
  if (facts.live && revoked) {
    facts.live = false;
    facts.why = "it was revoked";
  }
  return facts;
}

// Lists grants of which `condition` holds; ?3 is the place before which they stand.
#define FOB_LIST_GRANTS(condition)                                                              \
  "SELECT " FOB_GRANT_COLUMNS " FROM " FOB_GRANTS "WHERE " condition                            \
  " AND (?4 IS NULL OR l.uid = ?4) AND (?5 = '' OR g.login = ?5) AND (?6 = '' OR g.client = ?6)" \
  " AND (NOT ?7 OR " FOB_GRANT_FATE " = 'live') ORDER BY g.seq DESC LIMIT ?8"
// Of those that many may have, so many are looked at in one go.
#define FOB_LOOKED_AT "1000"

Result<core::Page<core::GrantFacts>> SqliteStore::ListGrants(const GrantFilter& filter) {
  constexpr std::string_view kOfLogin = FOB_LIST_GRANTS("g.seq < ?3 AND g.login = ?5");
  constexpr std::string_view kOfUid = FOB_LIST_GRANTS(
      "g.seq IN (SELECT i.seq FROM logins j JOIN grants i ON i.login = j.id WHERE j.uid = ?4 AND i.seq < ?3"
      " ORDER BY i.seq DESC LIMIT " FOB_LOOKED_AT ")");
  constexpr std::string_view kOfClient = FOB_LIST_GRANTS(
      "g.seq IN (SELECT seq FROM grants WHERE client = ?6 AND seq < ?3 ORDER BY seq DESC LIMIT " FOB_LOOKED_AT ")");
  constexpr std::string_view kOfAll = FOB_LIST_GRANTS(
      "g.seq IN (SELECT seq FROM grants WHERE seq < ?3 ORDER BY seq DESC LIMIT " FOB_LOOKED_AT ")");
  FOB_TRY(const int64_t place, PlaceOf("SELECT seq FROM grants WHERE id = ?1", filter.before));
  FOB_TRY(Statement query, database_->Prepare(!filter.login.empty()    ? kOfLogin
                                              : filter.uid.has_value() ? kOfUid
                                              : !filter.client.empty() ? kOfClient
                                                                       : kOfAll));
  query.Bind(filter.moment.now, filter.moment.boot_id, place, filter.uid, filter.login, filter.client,
             filter.live_only, int64_t{kMostGrantsListed + 1});
  FOB_TRY(auto page, ReadPage<core::GrantFacts>(
                         query, kMostGrantsListed,
                         [](Statement& row) -> Result<core::GrantFacts> { return ReadGrant(row).facts; }));
  if (page.next.has_value() || !filter.login.empty()) return page;
  FOB_TRY(page.next, LastLookedAt(filter, place));
  return page;
}

// The last of those that ListGrants looks at in one go, when they are as many as that.
Result<std::optional<std::string>> SqliteStore::LastLookedAt(const GrantFilter& filter, int64_t place) {
#define FOB_LAST " DESC LIMIT 1 OFFSET " FOB_LOOKED_AT " - 1"
  auto row = filter.uid.has_value()
                 ? database_->First("SELECT i.id FROM logins j JOIN grants i ON i.login = j.id"
                                    " WHERE i.seq < ?1 AND j.uid = ?2 ORDER BY i.seq" FOB_LAST,
                                    place, *filter.uid)
             : !filter.client.empty()
                 ? database_->First("SELECT id FROM grants WHERE seq < ?1 AND client = ?2 ORDER BY seq" FOB_LAST,
                                    place, filter.client)
                 : database_->First("SELECT id FROM grants WHERE seq < ?1 ORDER BY seq" FOB_LAST, place);
  if (!row.ok()) return row.error();
  std::optional<std::string> last;
  if (row->has_value()) (*row)->Read(last.emplace());
  return last;
}

Result<core::GrantFacts> SqliteStore::RevokeGrant(const std::string& grant, const core::Moment& moment,
                                                  core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::GrantFacts> {
    FOB_CHECK(database_->Run("UPDATE grants SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
                             grant, moment.now));
    FOB_TRY(core::GrantFacts facts, FindGrant(grant, moment));
    if (audit.user.empty()) audit.user = facts.user;
    if (audit.subject.empty()) audit.subject = grant;
    FOB_CHECK(Append(audit));
    return facts;
  });
}

#define FOB_COUNT_GRANTS(condition) \
  "SELECT count(*) FROM " FOB_GRANTS "WHERE " condition " AND " FOB_GRANT_FATE " = 'live'"

Result<int64_t> SqliteStore::RevokeGrantsOf(GrantsOf whose, const std::string& id, const core::Moment& moment,
                                            core::AuditEntry audit) {
  constexpr std::string_view kOfLogin = FOB_COUNT_GRANTS("g.login = ?3");
  constexpr std::string_view kOfClient = FOB_COUNT_GRANTS("g.client = ?3");
  constexpr std::string_view kOfUser = FOB_COUNT_GRANTS(
      "g.seq IN (SELECT i.seq FROM users k JOIN logins j ON j.uid = k.uid AND j.user_id = k.id"
      " JOIN grants i ON i.login = j.id WHERE k.name = ?3)");
  return Atomically([&]() -> Result<int64_t> {
    int64_t live = 0;
    {
      FOB_TRY(auto row, database_->First(whose == GrantsOf::kLogin    ? kOfLogin
                                         : whose == GrantsOf::kClient ? kOfClient
                                                                      : kOfUser,
                                         moment.now, moment.boot_id, id));
      if (row.has_value()) row->Read(live);
    }
    const std::string_view sql =
        whose == GrantsOf::kLogin    ? "UPDATE logins SET grant_epoch = grant_epoch + 1 WHERE id = ?1"
        : whose == GrantsOf::kClient ? "UPDATE clients SET grant_epoch = grant_epoch + 1 WHERE id = ?1"
                                     : "UPDATE users SET grant_epoch = grant_epoch + 1 WHERE name = ?1";
    FOB_TRY(const int64_t changed, database_->Run(sql, id));
    if (changed == 0) return MakeError(Code::kNotFound, "nothing_there", "there is no " + id);
    if (audit.subject.empty() && whose != GrantsOf::kUser) audit.subject = id;
    if (audit.detail.empty()) audit.detail = fmt::format("{} grants", live);
    FOB_CHECK(Append(audit));
    return live;
  });
}

}  // namespace fob::store
