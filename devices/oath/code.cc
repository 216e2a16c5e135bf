#include "devices/oath/code.h"

#include <liboath/oath.h>

#include <algorithm>
#include <string>

namespace fob::oath {
namespace {

int Flags(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kSha1: return 0;
    case Algorithm::kSha256: return OATH_TOTP_HMAC_SHA256;
    case Algorithm::kSha512: return OATH_TOTP_HMAC_SHA512;
  }
  return 0;
}

// `index` or `other`, without a branch.
int64_t Choose(bool yes, size_t index, int64_t other) {
  const int64_t mask = -static_cast<int64_t>(yes);
  return (static_cast<int64_t>(index) & mask) | (other & ~mask);
}

}  // namespace

SecretBytes NormalizeCode(std::string_view typed) {
  SecretBytes out(static_cast<size_t>(
      typed.size() - static_cast<size_t>(std::count(typed.begin(), typed.end(), ' '))));
  size_t at = 0;
  for (const char c : typed) {
    if (c != ' ') out.RevealMutable()[at++] = static_cast<uint8_t>(c);
  }
  return out;
}

Result<SecretBytes> CodeAt(Algorithm algorithm, int digits, const SecretBytes& secret,
                           int64_t moving_factor) {
  FOB_CHECK(CheckCodeParameters(digits, secret));
  if (moving_factor < 0) return BadParameters("a negative counter or time step");
  static const int initialised = oath_init();
  if (initialised != OATH_OK) return MakeError(Code::kInternal, "liboath", "liboath did not start");
  SecretBytes out(static_cast<size_t>(digits) + 1);  // liboath ends it with NUL
  // Steps of one second: liboath's HOTP knows SHA-1 only, and its TOTP is HOTP of the step.
  const int done =
      oath_totp_generate2(reinterpret_cast<const char*>(secret.Reveal().data()), secret.size(),
                          moving_factor, 1, 0, static_cast<unsigned>(digits), Flags(algorithm),
                          reinterpret_cast<char*>(out.RevealMutable().data()));
  if (done != OATH_OK) {
    return MakeError(Code::kInternal, "liboath",
                     std::string("liboath: ") + oath_strerror_name(done));
  }
  return SecretBytes(out.Reveal().first(static_cast<size_t>(digits)));
}

Status CheckCodeParameters(int digits, const SecretBytes& secret) {
  if (digits < 6 || digits > 8) return BadParameters("a code has 6 to 8 digits");
  if (secret.empty()) return BadParameters("an empty secret");
  return Ok();
}

int64_t LastMatch(const std::vector<SecretBytes>& expected, std::string_view code) {
  int64_t matched = -1;
  for (size_t i = 0; i < expected.size(); ++i)
    matched = Choose(ConstantTimeEqual(expected[i].Reveal(), AsBytes(code)), i, matched);
  return matched;
}

int64_t LastFollowed(const std::vector<SecretBytes>& expected, std::string_view first,
                     std::string_view second) {
  int64_t matched = -1;
  unsigned before = 0;  // whether the code before this one was `first`
  for (size_t i = 0; i < expected.size(); ++i) {
    const unsigned follows = ConstantTimeEqual(expected[i].Reveal(), AsBytes(second));
    matched = Choose((before & follows) != 0, i, matched);
    before = ConstantTimeEqual(expected[i].Reveal(), AsBytes(first));
  }
  return matched;
}

bool IsCode(std::string_view code, int digits) {
  return code.size() == static_cast<size_t>(digits) &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error BadParameters(std::string_view what) {
  return MakeError(Code::kInvalidArgument, "bad_parameters", std::string(what));
}

Error WrongCode() {
  return MakeError(Code::kDenied, "wrong_code", "this code is not the right one");
}

}  // namespace fob::oath
