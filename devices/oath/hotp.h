#pragma once

#include "devices/oath/code.h"

namespace fob::oath {

// What a HOTP code is made with (RFC 4226), besides the secret and the counter.
struct Hotp {
  Algorithm algorithm = Algorithm::kSha1;
  int digits = 6;  // 6 to 8
};

inline constexpr int kMaxLookAhead = 1000;  // codes; RFC 4226 clause 7.4 wants it small
inline constexpr int64_t kMaxCounter = int64_t{1} << 62;

// The counter that `code` belongs to: the highest that fits among `next` and the `look_ahead`
// counters after it (RFC 4226 clause 7.2), so that the same code never counts a second time. A code
// is single-use when `next` is higher than every counter that was used. All codes are computed and
// compared in constant time. Errors: kDenied/"wrong_code": not exactly `digits` ASCII digits, or no
// counter there has it. kInvalidArgument/"bad_parameters": parameters, counter, look-ahead or an
// empty secret.
Result<int64_t> MatchHotp(const Hotp& parameters, const SecretBytes& secret, std::string_view code,
                          int64_t next, int look_ahead);

// Resynchronisation (RFC 4226 clause 7.4): the counter of `second`, where `first` and `second` are
// the codes of two counters that follow one another, both among `next` and the `window` counters
// after it. Two codes allow a window that one code does not. Errors as above.
Result<int64_t> ResyncHotp(const Hotp& parameters, const SecretBytes& secret,
                           std::string_view first, std::string_view second, int64_t next,
                           int window);

// The code of one counter, as `digits` ASCII digits. kInvalidArgument/"bad_parameters".
Result<SecretBytes> HotpCode(const Hotp& parameters, const SecretBytes& secret, int64_t counter);

}  // namespace fob::oath
