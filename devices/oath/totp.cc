#include "devices/oath/totp.h"

#include <algorithm>

namespace fob::oath {
namespace {

Status CheckPeriod(const Totp& parameters) {
  if (parameters.period < 1 || parameters.period > kMaxPeriod)
    return BadParameters("a period out of range");
  return Ok();
}

}  // namespace

Result<SecretBytes> TotpCode(const Totp& parameters, const SecretBytes& secret, int64_t step) {
  FOB_CHECK(CheckPeriod(parameters));
  return CodeAt(parameters.algorithm, parameters.digits, secret, step);
}

Result<int64_t> MatchTotp(const Totp& parameters, const SecretBytes& secret, std::string_view code,
                          int64_t now, int window_steps) {
  FOB_CHECK(CheckPeriod(parameters));
  FOB_CHECK(CheckCodeParameters(parameters.digits, secret));
  if (now < 0) return BadParameters("a time before 1970");
  if (window_steps < 0 || window_steps > kMaxWindowSteps)
    return BadParameters("a window out of range");
  if (!IsCode(code, parameters.digits)) return WrongCode();

  const int64_t middle = now / parameters.period;
  const int64_t first = std::max<int64_t>(0, middle - window_steps);
  std::vector<SecretBytes> expected;
  for (int64_t step = first; step <= middle + window_steps; ++step) {
    FOB_TRY(SecretBytes one, TotpCode(parameters, secret, step));
    expected.push_back(std::move(one));
  }
  const int64_t matched = LastMatch(expected, code);
  if (matched < 0) return WrongCode();
  return first + matched;
}

}  // namespace fob::oath
