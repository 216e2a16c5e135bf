#include "devices/oath/hotp.h"

namespace fob::oath {
namespace {

Status Check(const Hotp& parameters, const SecretBytes& secret, int64_t next, int window) {
  FOB_CHECK(CheckCodeParameters(parameters.digits, secret));
  if (next < 0 || next > kMaxCounter) return BadParameters("a counter out of range");
  if (window < 0 || window > kMaxLookAhead) return BadParameters("a look-ahead out of range");
  return Ok();
}

}  // namespace

Result<SecretBytes> HotpCode(const Hotp& parameters, const SecretBytes& secret, int64_t counter) {
  return CodeAt(parameters.algorithm, parameters.digits, secret, counter);
}

Result<int64_t> MatchHotp(const Hotp& parameters, const SecretBytes& secret, std::string_view code,
                          int64_t next, int look_ahead) {
  FOB_CHECK(Check(parameters, secret, next, look_ahead));
  if (!IsCode(code, parameters.digits)) return WrongCode();
  int64_t matched = -1;
  for (int64_t counter = next; counter <= next + look_ahead; ++counter) {
    FOB_TRY(const SecretBytes expected, HotpCode(parameters, secret, counter));
    matched = ConstantTimeEqual(expected.Reveal(), AsBytes(code)) ? counter : matched;
  }
  if (matched < 0) return WrongCode();
  return matched;
}

Result<int64_t> ResyncHotp(const Hotp& parameters, const SecretBytes& secret,
                           std::string_view first, std::string_view second, int64_t next,
                           int window) {
  FOB_CHECK(Check(parameters, secret, next, window));
  if (!IsCode(first, parameters.digits) || !IsCode(second, parameters.digits)) return WrongCode();
  int64_t matched = -1;
  bool before = false;  // whether the code before this one was `first`
  for (int64_t counter = next; counter <= next + window; ++counter) {
    FOB_TRY(const SecretBytes expected, HotpCode(parameters, secret, counter));
    const bool follows = ConstantTimeEqual(expected.Reveal(), AsBytes(second));
    matched = (before & follows) ? counter : matched;
    before = ConstantTimeEqual(expected.Reveal(), AsBytes(first));
  }
  if (matched < 0) return WrongCode();
  return matched;
}

}  // namespace fob::oath
