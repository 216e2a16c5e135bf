#include "daemon/store/liveness.h"

#include "daemon/store/columns.h"

namespace fob::store {
namespace {

core::LoginState StateOf(std::string_view fate) {
  if (fate == "live") return core::LoginState::kLive;
  if (fate == "expired" || fate == "rebooted") return core::LoginState::kExpired;
  return core::LoginState::kEnded;
}

}  // namespace

LoginRow ReadLogin(Statement& row) {
  LoginRow out;
  core::LoginRecord& login = out.login;
  std::string factors;
  std::string amr;
  row.Read(login.id, login.user_id, login.user, login.sub, login.uid, login.service, login.tty,
           login.rhost, factors, amr, login.acr, login.multi_factor, login.rule,
           login.authenticated_at, login.confirmed_at, login.ended_at,
           login.expires_at, login.boot_id, login.kernel_session, out.fate);
  login.factors = FromLines(factors);
  login.amr = FromLines(amr);
  login.state = StateOf(out.fate);
  return out;
}

Result<int64_t> EndAllOf(Database& database, int64_t user, int64_t at) {
  FOB_CHECK(database.Run("UPDATE users SET grant_epoch = grant_epoch + 1 WHERE id = ?1", user));
  FOB_CHECK(database.Run("DELETE FROM pending_logins WHERE user_id = ?1", user));
  return database.Run("UPDATE logins SET ended_at = ?2 WHERE user_id = ?1 AND ended_at IS NULL", user, at);
}

std::string WhyDead(std::string_view fate) {
  const std::string subject = "the login that it came from ";
  if (fate == "ended") return subject + "has ended";
  if (fate == "user_changed") return subject + "was of a user whose uid has changed";
  if (fate == "user_locked") return subject + "is of a user whom an administrator has locked";
  if (fate == "factor_removed") return subject + "was proven with a factor that was removed";
  if (fate == "rebooted") return subject + "was before the last reboot";
  return subject + "has expired";
}

}  // namespace fob::store
