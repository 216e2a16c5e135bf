#include "daemon/store/columns.h"
#include "daemon/store/grant_liveness.h"
#include "daemon/store/sqlite_store.h"

// Tickets: from a live login, and into a grant.
namespace fob::store {
namespace {

// Of one login: as many redemptions under way are no web app's need, and this table is one that
// anybody with a login can add to.
constexpr int kMaxTickets = 64;

Error LoginDead() { return Denied("login_dead", "the login has ended, or is of another user"); }

}  // namespace

// A login gives one ticket of this kind, and only just after its key was touched.
Status SqliteStore::UseTouch(const std::string& login, int64_t touched_since, int64_t now) {
  FOB_TRY(const int64_t used,
          database_->Run("UPDATE logins SET fresh_used_at = ?3 WHERE id = ?1 AND confirmed_at >= ?2"
                         " AND key_id IS NOT NULL AND fresh_used_at IS NULL",
                         login, touched_since, now));
  if (used == 1) return Ok();
  return Denied("fresh_touch",
                "this audience wants a security key touched for each ticket: log in with the key again (fobctl "
                "login), and ask within a minute");
}

Status SqliteStore::AddTicket(const core::TicketRecord& ticket, const core::Moment& moment,
                              std::optional<int64_t> touched_since, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_CHECK(PruneTickets(moment.now));
    FOB_TRY(const auto full,
            database_->First("SELECT 1 FROM tickets INDEXED BY tickets_by_login WHERE login = ?1"
                             " AND expires_at > ?2 AND used_at IS NULL LIMIT 1 OFFSET ?3",
                             ticket.login, moment.now, kMaxTickets - 1));
    if (full.has_value()) {
      return MakeError(Code::kExhausted, "too_many_tickets",
                       "the login has too many unused tickets: wait until some expire");
    }
    const auto added = database_->Run(
        "INSERT INTO tickets (hash, login, client, audience, scope, uid, expires_at)"
        " SELECT ?3, l.id, ?5, ?6, ?7, l.uid, ?9 FROM logins l JOIN users u ON u.id = l.user_id"
        " WHERE l.id = ?4 AND l.uid = ?8 AND " FOB_LOGIN_FATE " = 'live'",
        moment.now, moment.boot_id, ticket.hash, ticket.login, ticket.client, ticket.audience,
        ticket.scope, ticket.uid, ticket.expires_at);
    if (!added.ok()) {
      if (added.error().reason != "constraint") return added.error();
      return MakeError(Code::kConflict, "client_removed", "the client was removed meanwhile");
    }
    if (*added == 0) return LoginDead();
    if (touched_since.has_value()) {
      FOB_CHECK(UseTouch(ticket.login, *touched_since, moment.now));
    }
    FOB_CHECK(CheckAudience(ticket.client, ticket.audience));
    if (audit.subject.empty()) audit.subject = ticket.login;
    return Append(audit);
  });
}

Status SqliteStore::CheckAudience(const std::string& client, const std::string& audience) {
  FOB_TRY(const auto may,
          database_->First("SELECT 1 FROM clients WHERE id = ?1 AND " FOB_HAS_LINE("audiences", "?2"),
                           client, audience));
  if (may.has_value()) return Ok();
  return Denied("invalid_target", "the client may have no tokens for " + audience);
}

Status SqliteStore::CheckProof(const std::string& client, const core::ClientProof& proof) {
  FOB_TRY(const auto found, database_->First("SELECT 1 FROM clients WHERE id = ?1 AND secret_hash = ?2"
                                             " AND auth_method = ?3",
                                             client, proof.hash, NameOf(proof.method)));
  if (found.has_value()) return Ok();
  return Denied("invalid_client", "unknown client or wrong client authentication");
}

Error SqliteStore::WhyNotRedeemed(const Redemption& redemption) {
  // Another client, or one that asks for another audience, learns nothing of a ticket.
  auto row = database_->First(
      "SELECT used_at, expires_at FROM tickets WHERE hash = ?1 AND client = ?2"
      " AND (?3 IS NULL OR audience = ?3)",
      redemption.ticket_hash, redemption.client, redemption.audience);
  if (!row.ok()) return row.error();
  if (!row->has_value())
    return Denied("ticket_unknown", "there is no such ticket for this client and audience");
  std::optional<int64_t> used_at;
  int64_t expires_at = 0;
  (*row)->Read(used_at, expires_at);
  if (used_at.has_value()) return Denied("ticket_used", "the ticket was redeemed already");
  if (expires_at <= redemption.moment.now) return Denied("ticket_expired", "the ticket has expired");
  return Denied("login_dead", "the login that the ticket came from has ended");
}

#define FOB_TICKET_IS_GOOD                                                               \
  "t.hash = ?3 AND t.client = ?4 AND (?5 IS NULL OR t.audience = ?5)"                    \
  " AND t.used_at IS NULL AND t.expires_at > ?1"                                         \
  " AND EXISTS (SELECT 1 FROM logins l JOIN users u ON u.id = l.user_id WHERE l.id = t.login" \
  "  AND l.uid = t.uid AND " FOB_LOGIN_FATE " = 'live')"

Result<core::GrantFacts> SqliteStore::LookAtTicket(const Redemption& redemption) {
  const core::Moment& moment = redemption.moment;
  core::GrantRecord grant = redemption.grant;
  {
    FOB_TRY(auto row,
            database_->First("SELECT t.login, t.client, t.audience, t.scope FROM tickets t"
                             " WHERE " FOB_TICKET_IS_GOOD,
                             moment.now, moment.boot_id, redemption.ticket_hash, redemption.client,
                             redemption.audience));
    if (!row.has_value()) return WhyNotRedeemed(redemption);
    row->Read(grant.login, grant.client, grant.audience, grant.scope);
  }
  FOB_TRY(const core::LoginRecord login, FindLogin(grant.login, moment.now, moment.boot_id));
  return core::FactsOf(std::move(grant), login);
}

Result<core::GrantFacts> SqliteStore::RedeemTicket(const Redemption& redemption) {
  return Atomically([&]() -> Result<core::GrantFacts> {
    const core::Moment& moment = redemption.moment;
    // Here and not only when the client came: its secret may be rotated since.
    FOB_CHECK(CheckProof(redemption.client, redemption.proof));
    // The one place where a ticket becomes used: of all who come with it, one changes the row.
    FOB_TRY(const int64_t used,
            database_->Run("UPDATE tickets AS t SET used_at = ?1 WHERE " FOB_TICKET_IS_GOOD,
                           moment.now, moment.boot_id, redemption.ticket_hash, redemption.client,
                           redemption.audience));
    if (used != 1) return WhyNotRedeemed(redemption);
    core::GrantRecord grant = redemption.grant;
    {
      FOB_TRY(auto row,
              database_->First("SELECT login, client, audience, scope FROM tickets WHERE hash = ?1",
                               redemption.ticket_hash));
      if (!row.has_value())
        return MakeError(Code::kCorrupt, "store_corrupt",
                         "the store: a ticket vanished while in use");
      row->Read(grant.login, grant.client, grant.audience, grant.scope);
    }
    return InsertGrant(grant, redemption.tokens, moment, redemption.audit);
  });
}

Result<core::GrantFacts> SqliteStore::AddDirectGrant(const core::GrantRecord& grant,
                                                     const core::NewTokens& tokens,
                                                     const core::Moment& moment,
                                                     core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::GrantFacts> {
    FOB_TRY(const auto live,
            database_->First("SELECT 1 FROM logins l JOIN users u ON u.id = l.user_id"
                             " WHERE l.id = ?3 AND " FOB_LOGIN_FATE " = 'live'",
                             moment.now, moment.boot_id, grant.login));
    if (!live.has_value()) return LoginDead();
    FOB_TRY(const auto direct,
            database_->First("SELECT 1 FROM clients WHERE id = ?1 AND direct", grant.client));
    if (!direct.has_value())
      return Denied("not_direct", "the client's tokens are not for users to take any more");
    return InsertGrant(grant, tokens, moment, audit);
  });
}

}  // namespace fob::store
