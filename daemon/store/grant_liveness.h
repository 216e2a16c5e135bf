#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/ports/grant_store.h"
#include "daemon/store/liveness.h"
#include "daemon/store/sqlite.h"

namespace fob::store {

// What became of a grant: the one predicate that verification, introspection, refresh, revocation and
// lists use. An SQL expression over FOB_GRANTS; parameter ?1 is the time now, ?2 the present boot id.
// It is one of
//   live  revoked  client_removed  audience_removed  over  machine_off   or a fate of its login
#define FOB_GRANT_FATE                                                                            \
  "CASE WHEN g.revoked_at IS NOT NULL THEN 'revoked'"                                             \
  " WHEN c.id IS NULL THEN 'client_removed'"                                                      \
  " WHEN g.client_epoch <> c.grant_epoch OR g.user_epoch <> coalesce(u.grant_epoch, 0)"           \
  "   OR g.login_epoch <> coalesce(l.grant_epoch, 0) THEN 'revoked'"                              \
  " WHEN NOT " FOB_HAS_LINE("c.audiences", "g.audience") " THEN 'audience_removed'"               \
  " WHEN g.expires_at <= ?1 THEN 'over'"                                                          \
  " WHEN g.login IS NULL THEN CASE WHEN c.machine THEN 'live' ELSE 'machine_off' END"             \
  FOB_LOGIN_LOST                                                                                  \
  " WHEN c.outlives_login THEN 'live' ELSE " FOB_LOGIN_FATE " END"

#define FOB_GRANTS                                                                                \
  "grants g LEFT JOIN clients c ON c.id = g.client LEFT JOIN logins l ON l.id = g.login"          \
  " LEFT JOIN users u ON u.id = l.user_id "

// Whether the lines of `list` have `item` among them.
#define FOB_HAS_LINE(list, item) \
  "(instr(char(10) || " list " || char(10), char(10) || " item " || char(10)) > 0)"

// The columns that ReadGrant reads. Parameters ?1 and ?2 are those of the fate.
#define FOB_GRANT_COLUMNS                                                                         \
  "g.seq, g.id, g.login, g.client, g.audience, g.scope, g.created_at, g.expires_at,"              \
  " g.revoked_why, c.name, u.name, u.sub, l.uid, l.amr, l.acr, l.authenticated_at, "              \
  FOB_GRANT_FATE

struct GrantRow {
  int64_t seq = 0;
  core::GrantFacts facts;
};
// Reads what stands behind the grant's columns, too, into `more`.
template <typename... More>
GrantRow ReadGrant(Statement& row, More&... more);

GrantRow MakeGrant(core::GrantFacts facts, int64_t seq, std::string_view amr, std::string_view fate,
                   std::string_view revoked_why);

template <typename... More>
GrantRow ReadGrant(Statement& row, More&... more) {
  core::GrantFacts facts;
  core::GrantRecord& grant = facts.grant;
  int64_t seq = 0;
  std::string amr;
  std::string fate;
  std::string revoked_why;
  row.Read(seq, grant.id, grant.login, grant.client, grant.audience, grant.scope, grant.created_at,
           grant.expires_at, revoked_why, facts.client_name, facts.user, facts.sub, facts.uid, amr,
           facts.acr, facts.auth_time, fate, more...);
  return MakeGrant(std::move(facts), seq, amr, fate, revoked_why);
}

}  // namespace fob::store
