#include <algorithm>

#include "daemon/store/columns.h"
#include "daemon/store/list_page.h"
#include "daemon/store/sqlite_store.h"

// OATH secrets.
namespace fob::store {
namespace {

constexpr size_t kMostOtpsListed = 100;

#define FOB_SELECT_OTP                                                                        \
  "SELECT o.id, u.name, o.name, o.kind, o.algorithm, o.digits, o.period, o.last_step,"        \
  " o.out_of_step, o.created_at, o.last_used_at,"                                             \
  " o.secret, u.sub FROM otps o JOIN users u ON u.id = o.user_id "

// The user's `sub` is part of it, so that a secret does not open as another user's either.
std::string RowOf(const std::string& otp, const std::string& sub) {
  return "otp/" + otp + "/of/" + sub + "/secret";
}

struct OtpRow {
  core::OtpRecord otp;
  Bytes sealed;
  std::string sub;
};

Status ReadOtp(Statement& row, OtpRow& out) {
  core::OtpRecord& otp = out.otp;
  std::string kind;
  std::string algorithm;
  row.Read(otp.id, otp.user, otp.name, kind, algorithm, otp.digits, otp.period, otp.last_step,
           otp.out_of_step, otp.created_at, otp.last_used_at, out.sealed, out.sub);
  FOB_CHECK(FromName(kind, otp.kind));
  return FromName(algorithm, otp.algorithm);
}

}  // namespace

Result<core::Page<core::OtpRecord>> SqliteStore::ListOtps(const std::string& user,
                                                          const std::string& before) {
  FOB_TRY(const int64_t place, PlaceOf("SELECT seq FROM otps WHERE id = ?1", before));
  FOB_TRY(Statement query,
          database_->Prepare(
              user.empty() ? FOB_SELECT_OTP "WHERE o.seq < ?1 ORDER BY o.seq DESC LIMIT ?2"
                           : FOB_SELECT_OTP
                      "WHERE o.seq < ?1 AND u.name = ?3 ORDER BY o.seq DESC LIMIT ?2"));
  query.Bind(place, int64_t{kMostOtpsListed + 1});
  if (!user.empty()) query.Bind(user);
  const auto read = [](Statement& row) -> Result<core::OtpRecord> {
    OtpRow found;
    FOB_CHECK(ReadOtp(row, found));
    return std::move(found.otp);
  };
  FOB_TRY(auto otps, ReadPage<core::OtpRecord>(query, kMostOtpsListed, read));
  std::ranges::reverse(otps);
  return otps;
}

Result<std::vector<core::OtpRecord>> SqliteStore::OtpsOf(const std::string& user) {
  FOB_TRY(Statement query, database_->Prepare(FOB_SELECT_OTP "WHERE u.name = ?1 ORDER BY o.seq"));
  query.Bind(user);
  std::vector<core::OtpRecord> otps;
  while (true) {
    FOB_TRY(const bool more, query.Step());
    if (!more) return otps;
    OtpRow row;
    FOB_CHECK(ReadOtp(query, row));
    FOB_TRY(row.otp.secret, sealer_.Open(RowOf(row.otp.id, row.sub), row.sealed));
    otps.push_back(std::move(row.otp));
  }
}

Result<core::OtpRecord> SqliteStore::FindOtp(const std::string& user, const std::string& otp) {
  FOB_TRY(auto row,
          database_->First(FOB_SELECT_OTP "WHERE u.name = ?1 AND (o.id = ?2 OR o.name = ?2)"
                                          " ORDER BY o.id = ?2 DESC LIMIT 1",
                           user, otp));
  if (!row.has_value())
    return MakeError(Code::kNotFound, "no_otp", "user " + user + " has no code generator " + otp);
  OtpRow found;
  FOB_CHECK(ReadOtp(*row, found));
  return std::move(found.otp);
}

Result<core::OtpRecord> SqliteStore::AddOtp(const NewFactor& factor, const core::OtpRecord& otp) {
  return Atomically([&]() -> Result<core::OtpRecord> {
    FOB_CHECK(ConsumePermission(factor));
    FOB_TRY(const core::UserRecord user, EnsureUser(factor));
    FOB_TRY(const Bytes sealed, sealer_.Seal(RowOf(otp.id, user.sub), otp.secret));
    const auto added = database_->Run(
        "INSERT INTO otps (id, user_id, name, kind, algorithm, digits, period, secret, last_step,"
        " created_at, last_used_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        otp.id, user.id, otp.name, NameOf(otp.kind), NameOf(otp.algorithm), otp.digits, otp.period,
        sealed, otp.last_step, otp.created_at, otp.last_used_at);
    if (!added.ok()) {
      if (added.error().reason != "constraint") return added.error();
      return MakeError(Code::kConflict, "name_taken",
                       "there is another code generator of the name " + otp.name);
    }
    core::AuditEntry audit = factor.audit;
    if (audit.subject.empty()) audit.subject = otp.id;
    FOB_CHECK(Append(audit));
    return FindOtp(user.name, otp.id);
  });
}

Result<core::OtpRecord> SqliteStore::RemoveOtp(const std::string& user, uint32_t uid,
                                               const std::string& otp, core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::OtpRecord> {
    FOB_CHECK(FindSameAccount(user, uid));
    FOB_TRY(core::OtpRecord found, FindOtp(user, otp));
    FOB_CHECK(database_->Run("DELETE FROM otps WHERE id = ?1", found.id));
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return found;
  });
}

}  // namespace fob::store
