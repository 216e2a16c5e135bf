#include "daemon/store/liveness.h"
#include "daemon/store/sqlite_store.h"

// Tickets, and the grants that web apps get for them.
namespace fob::store {
namespace {

constexpr int kMaxTickets = 64;  // that are good, of a login

Error Denied(std::string_view reason, std::string text) {
  return MakeError(Code::kDenied, reason, std::move(text));
}

}  // namespace

Status SqliteStore::AddTicket(const core::TicketRecord& ticket, int64_t now,
                              const std::string& boot_id, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_CHECK(PruneTickets(now));
    FOB_TRY(const auto full,
            database_->First("SELECT 1 FROM tickets INDEXED BY tickets_by_login WHERE login = ?1"
                             " AND expires_at > ?2 AND used_at IS NULL LIMIT 1 OFFSET ?3",
                             ticket.login, now, kMaxTickets - 1));
    if (full.has_value()) {
      return MakeError(Code::kExhausted, "too_many_tickets",
                       "the login has too many unused tickets: wait until some expire");
    }
    const auto added = database_->Run(
        "INSERT INTO tickets (hash, login, client, audience, scope, uid, expires_at)"
        " SELECT ?3, l.id, ?5, ?6, ?7, l.uid, ?9 FROM logins l JOIN users u ON u.id = l.user_id"
        " WHERE l.id = ?4 AND l.uid = ?8 AND " FOB_LOGIN_FATE " = 'live'",
        now, boot_id, ticket.hash, ticket.login, ticket.client, ticket.audience, ticket.scope,
        ticket.uid, ticket.expires_at);
    if (!added.ok()) {
      if (added.error().reason != "constraint") return added.error();
      return MakeError(Code::kConflict, "client_removed", "the client was removed meanwhile");
    }
    if (*added == 0) return Denied("login_dead", "the login has ended, or is of another user");
    if (audit.subject.empty()) audit.subject = ticket.login;
    return Append(audit);
  });
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
  if (expires_at <= redemption.now) return Denied("ticket_expired", "the ticket has expired");
  return Denied("login_dead", "the login that the ticket came from has ended");
}

Result<core::Store::Redeemed> SqliteStore::RedeemTicket(const Redemption& redemption) {
  return Atomically([&]() -> Result<Redeemed> {
    // Here and not only when the client came: its secret may be rotated since.
    FOB_TRY(const auto client,
            database_->First("SELECT 1 FROM clients WHERE id = ?1 AND secret_hash = ?2",
                             redemption.client, redemption.secret_hash));
    if (!client.has_value())
      return Denied("invalid_client", "unknown client or wrong client secret");
    // The one place where a ticket becomes used: of all who come with it, one changes the row.
    FOB_TRY(const int64_t used,
            database_->Run("UPDATE tickets SET used_at = ?1 WHERE hash = ?3 AND client = ?4 AND "
                           "(?5 IS NULL OR audience = ?5)"
                           " AND used_at IS NULL AND expires_at > ?1"
                           " AND EXISTS (SELECT 1 FROM logins l JOIN users u ON u.id = l.user_id "
                           "WHERE l.id = tickets.login"
                           "  AND l.uid = tickets.uid AND " FOB_LOGIN_FATE " = 'live')",
                           redemption.now, redemption.boot_id, redemption.ticket_hash,
                           redemption.client, redemption.audience));
    if (used != 1) return WhyNotRedeemed(redemption);

    Redeemed out;
    out.grant = redemption.grant;
    {
      FOB_TRY(auto row,
              database_->First("SELECT login, client, audience, scope FROM tickets WHERE hash = ?1",
                               redemption.ticket_hash));
      if (!row.has_value())
        return MakeError(Code::kCorrupt, "store_corrupt",
                         "the store: a ticket vanished while in use");
      row->Read(out.grant.login, out.grant.client, out.grant.audience, out.grant.scope);
    }
    FOB_CHECK(PruneGrants(redemption.now));
    FOB_CHECK(database_->Run(
        "INSERT INTO grants (id, login, client, audience, scope, created_at, expires_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        out.grant.id, out.grant.login, out.grant.client, out.grant.audience, out.grant.scope,
        out.grant.created_at, out.grant.expires_at));
    FOB_TRY(out.login, FindLogin(out.grant.login, redemption.now, redemption.boot_id));
    core::AuditEntry audit = redemption.audit;
    if (audit.user.empty()) audit.user = out.login.user;
    if (audit.subject.empty()) audit.subject = out.grant.id;
    FOB_CHECK(Append(audit));
    return out;
  });
}

Result<core::GrantState> SqliteStore::CheckGrant(const std::string& grant, int64_t now,
                                                 const std::string& boot_id) {
  FOB_TRY(
      auto row,
      database_->First(
          "SELECT g.expires_at, EXISTS (SELECT 1 FROM clients WHERE id = g.client), " FOB_LOGIN_FATE
          " FROM grants g JOIN logins l ON l.id = g.login JOIN users u ON u.id = l.user_id WHERE "
          "g.id = ?3",
          now, boot_id, grant));
  if (!row.has_value()) return core::GrantState{false, "there is no such grant"};
  int64_t expires_at = 0;
  bool client_there = false;
  std::string fate;
  row->Read(expires_at, client_there, fate);
  if (fate != "live") return core::GrantState{false, WhyDead(fate)};
  if (!client_there) return core::GrantState{false, "the client that it was for was removed"};
  if (expires_at <= now) return core::GrantState{false, "it has expired"};
  return core::GrantState{true, ""};
}

}  // namespace fob::store
