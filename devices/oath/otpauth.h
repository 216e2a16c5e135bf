#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "devices/oath/totp.h"

namespace fob::oath {

inline constexpr size_t kMaxOtpAuth = 2048;     // bytes of a URI
inline constexpr size_t kMinImportSecret = 10;  // bytes; RFC 4226 wants 16, many sites issue 10
inline constexpr size_t kMaxSecret = 64;

// An OATH secret with its parameters, as a Key URI carries it.
struct OtpAuth {
  enum class Kind { kTotp, kHotp };
  Kind kind = Kind::kTotp;
  std::string issuer;   // may be empty
  std::string account;  // never empty
  SecretBytes secret;   // kMinImportSecret to kMaxSecret bytes
  Algorithm algorithm = Algorithm::kSha1;
  int digits = 6;
  int period = 30;      // seconds; totp only
  int64_t counter = 0;  // hotp only: of the next code
};

// Reads a Key URI:
//
//   uri    = "otpauth://" ("totp" / "hotp") "/" label "?" pair *("&" pair)
//   label  = [issuer (":" / "%3A") *"%20"] account                ; percent-encoded UTF-8
//   pair   = "secret=" base32 | "issuer=" text | "algorithm=" ("SHA1" / "SHA256" / "SHA512")
//          | "digits=" ("6" / "7" / "8") | "period=" 1*3DIGIT     ; totp only
//          | "counter=" 1*18DIGIT                                 ; hotp only, and mandatory there
//          | ("image" / "icon" / "color") "=" text                ; looks only: ignored
//
// Base32 in either case, padding optional. Any other pair is refused: it could change the codes.
// Errors: kInvalidArgument/"bad_otpauth", with a text that says what is wrong and holds nothing of
// the URI.
Result<OtpAuth> ParseOtpAuth(std::string_view uri);

// The same URI with every parameter written out.
SecretBytes FormatOtpAuth(const OtpAuth& otp);

// "SHA1", "SHA256", "SHA512".
std::string_view AlgorithmName(Algorithm algorithm);

}  // namespace fob::oath
