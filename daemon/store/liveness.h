#pragma once

#include <string>
#include <string_view>

#include "daemon/core/records.h"
#include "daemon/store/sqlite.h"

namespace fob::store {

// Who proved it is not there any more as it was: a part of the fate that nothing outlives.
#define FOB_LOGIN_LOST                                                                             \
  " WHEN u.uid <> l.uid THEN 'user_changed'"                                                       \
  " WHEN u.locked_at IS NOT NULL THEN 'user_locked'"                                               \
  " WHEN l.key_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM keys WHERE id = l.key_id)"             \
  "   OR l.otp_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM otps WHERE id = l.otp_id)"             \
  "   THEN 'factor_removed'"

// What became of a login: the one predicate that tickets, redemption, grants and lists use. An SQL expression over logins `l` and users `u`; parameter ?1 is the time now, ?2 the
// present boot id. It is one of
//   live            not ended, not expired, since this boot, user and factor still there
//   ended  expired  rebooted  user_changed  user_locked  factor_removed
#define FOB_LOGIN_FATE                                                                             \
  "CASE WHEN l.ended_at IS NOT NULL THEN 'ended'" FOB_LOGIN_LOST                                   \
  " WHEN l.boot_id <> ?2 THEN 'rebooted'"                                                          \
  " WHEN l.expires_at <= ?1 THEN 'expired' ELSE 'live' END"

// The columns that ReadLogin reads, and where they come from. Parameters ?1 and ?2 are those of the
// fate.
#define FOB_LOGIN_COLUMNS                                                                      \
  "l.id, l.user_id, u.name, u.sub, l.uid, l.service, l.tty, l.rhost, l.factors, l.amr, l.acr," \
  " l.multi_factor, l.rule, l.authenticated_at, l.confirmed_at, l.ended_at," \
  " l.expires_at, l.boot_id, l.kernel_session, " FOB_LOGIN_FATE
#define FOB_SELECT_LOGIN \
  "SELECT " FOB_LOGIN_COLUMNS " FROM logins l JOIN users u ON u.id = l.user_id "

struct LoginRow {
  core::LoginRecord login;
  std::string fate;
};
LoginRow ReadLogin(Statement& row);

// Ends for good all logins of a user, whatever its uid was, those that wait for their session, and with them their
// tickets; revokes all grants. How many logins ended.
Result<int64_t> EndAllOf(Database& database, int64_t user, int64_t at);

// For people: "the login that it came from has ended".
std::string WhyDead(std::string_view fate);

}  // namespace fob::store
