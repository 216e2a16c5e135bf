#include "devices/oath/hotp.h"

namespace fob::oath {
namespace {

Status Check(const Hotp& parameters, const SecretBytes& secret, int64_t next, int window) {
  FOB_CHECK(CheckCodeParameters(parameters.digits, secret));
  if (next < 0 || next > kMaxCounter) return BadParameters("a counter out of range");
  if (window < 0 || window > kMaxLookAhead) return BadParameters("a look-ahead out of range");
  return Ok();
}

// The codes of `next` and the `more` counters after it.
Result<std::vector<SecretBytes>> CodesFrom(const Hotp& parameters, const SecretBytes& secret,
                                           int64_t next, int more) {
  std::vector<SecretBytes> codes;
  for (int64_t counter = next; counter <= next + more; ++counter) {
    FOB_TRY(SecretBytes one, HotpCode(parameters, secret, counter));
    codes.push_back(std::move(one));
  }
  return codes;
}

}  // namespace

Result<SecretBytes> HotpCode(const Hotp& parameters, const SecretBytes& secret, int64_t counter) {
  return CodeAt(parameters.algorithm, parameters.digits, secret, counter);
}

Result<int64_t> MatchHotp(const Hotp& parameters, const SecretBytes& secret, std::string_view code,
                          int64_t next, int look_ahead) {
  FOB_CHECK(Check(parameters, secret, next, look_ahead));
  if (!IsCode(code, parameters.digits)) return WrongCode();
  FOB_TRY(const std::vector<SecretBytes> expected, CodesFrom(parameters, secret, next, look_ahead));
  const int64_t matched = LastMatch(expected, code);
  if (matched < 0) return WrongCode();
  return next + matched;
}

Result<int64_t> ResyncHotp(const Hotp& parameters, const SecretBytes& secret,
                           std::string_view first, std::string_view second, int64_t next,
                           int window) {
  FOB_CHECK(Check(parameters, secret, next, window));
  if (!IsCode(first, parameters.digits) || !IsCode(second, parameters.digits)) return WrongCode();
  FOB_TRY(const std::vector<SecretBytes> expected, CodesFrom(parameters, secret, next, window));
  const int64_t matched = LastFollowed(expected, first, second);
  if (matched < 0) return WrongCode();
  return next + matched;
}

}  // namespace fob::oath
