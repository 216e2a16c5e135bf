#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

// What codes of time steps (totp.h) and of counters (hotp.h) have in common.
namespace fob::oath {

enum class Algorithm { kSha1, kSha256, kSha512 };

// The code as a person meant it: without ASCII spaces ("123 456"). Everything else stays, leading
// zeros too, and is for MatchTotp and MatchHotp to refuse.
SecretBytes NormalizeCode(std::string_view typed);

// HOTP(secret, moving_factor) of RFC 4226 clause 5.3, as `digits` (6 to 8) ASCII digits; with
// another hash as RFC 6238 clause 1.2 has it. kInvalidArgument/"bad_parameters".
Result<SecretBytes> CodeAt(Algorithm algorithm, int digits, const SecretBytes& secret,
                           int64_t moving_factor);

// kInvalidArgument/"bad_parameters": other than 6 to 8 digits, or an empty secret.
Status CheckCodeParameters(int digits, const SecretBytes& secret);

// The last of `expected` that is `code`, as its index; -1: none is. Each is compared, in constant
// time, and no branch depends on what came of it.
int64_t LastMatch(const std::vector<SecretBytes>& expected, std::string_view code);
// The last that is `second` and comes right after one that is `first`; otherwise as above.
int64_t LastFollowed(const std::vector<SecretBytes>& expected, std::string_view first,
                     std::string_view second);

// Whether `code` has exactly `digits` ASCII digits.
bool IsCode(std::string_view code, int digits);

Error BadParameters(std::string_view what);  // kInvalidArgument/"bad_parameters"
Error WrongCode();                           // kDenied/"wrong_code"

}  // namespace fob::oath
