#pragma once

#include "devices/oath/code.h"

namespace fob::oath {

// What a TOTP code is made with (RFC 6238), besides the secret and the time.
struct Totp {
  Algorithm algorithm = Algorithm::kSha1;
  int digits = 6;   // 6 to 8
  int period = 30;  // seconds, 1 to kMaxPeriod
};

inline constexpr int kMaxPeriod = 300;
inline constexpr int kMaxWindowSteps = 20;

// The time step (Unix seconds divided by the period) that `code` belongs to: the latest that fits
// within `window_steps` before or after the step of `now` (Unix seconds). A code is single-use when
// its step is used once and never goes back. All steps are computed and compared in constant time.
// Errors: kDenied/"wrong_code": not exactly `digits` ASCII digits, or no step has it.
// kInvalidArgument/"bad_parameters": parameters, time, window or an empty secret.
Result<int64_t> MatchTotp(const Totp& parameters, const SecretBytes& secret, std::string_view code,
                          int64_t now, int window_steps);

// The code of one step, as `digits` ASCII digits. kInvalidArgument/"bad_parameters".
Result<SecretBytes> TotpCode(const Totp& parameters, const SecretBytes& secret, int64_t step);

}  // namespace fob::oath
