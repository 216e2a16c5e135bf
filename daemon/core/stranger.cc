#include "daemon/core/stranger.h"

#include <algorithm>

namespace fob::core {

UserFactors Stranger(const std::string& name, const Rule& rule, Random& random) {
  const auto takes = [&](Factor factor) {
    return std::ranges::any_of(rule.require, [&](const FactorPath& path) {
      return std::ranges::find(path, factor) != path.end();
    });
  };
  UserFactors factors;
  factors.user.name = name;
  for (const OtpKind kind : {OtpKind::kTotp, OtpKind::kHotp}) {
    if (!takes(kind == OtpKind::kTotp ? Factor::kTotp : Factor::kHotp)) continue;
    OtpRecord& otp = factors.otps.emplace_back();
    otp.kind = kind;
    otp.secret = random.TakeSecret(20);
  }
  if (takes(Factor::kRecovery)) {
    RecoveryCode& code = factors.recovery_codes.emplace_back();
    code.salt = random.Take(16);
    code.hash = random.Take(32);
  }
  return factors;
}

}  // namespace fob::core
