#include "devices/oath/totp.h"

#include <liboath/oath.h>

#include <algorithm>
#include <limits>

namespace fob::oath {
namespace {

Error BadParameters(std::string_view what) {
  return MakeError(Code::kInvalidArgument, "bad_parameters", std::string(what));
}

Status Check(const Totp& parameters, const SecretBytes& secret) {
  if (parameters.digits < 6 || parameters.digits > 8)
    return BadParameters("a code has 6 to 8 digits");
  if (parameters.period < 1 || parameters.period > kMaxPeriod)
    return BadParameters("a period out of range");
  if (secret.empty()) return BadParameters("an empty secret");
  return Ok();
}

int Flags(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kSha1:
      return 0;
    case Algorithm::kSha256:
      return OATH_TOTP_HMAC_SHA256;
    case Algorithm::kSha512:
      return OATH_TOTP_HMAC_SHA512;
  }
  return 0;
}

bool IsCode(std::string_view code, int digits) {
  return code.size() == static_cast<size_t>(digits) &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
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

Result<SecretBytes> TotpCode(const Totp& parameters, const SecretBytes& secret, int64_t step) {
  FOB_CHECK(Check(parameters, secret));
  if (step < 0 || step > std::numeric_limits<int64_t>::max() / parameters.period) {
    return BadParameters("a time step out of range");
  }
  static const int initialised = oath_init();
  if (initialised != OATH_OK) return MakeError(Code::kInternal, "liboath", "liboath did not start");
  SecretBytes out(static_cast<size_t>(parameters.digits) + 1);  // liboath ends it with NUL
  const int done =
      oath_totp_generate2(reinterpret_cast<const char*>(secret.Reveal().data()), secret.size(),
                          step * parameters.period, static_cast<unsigned>(parameters.period), 0,
                          static_cast<unsigned>(parameters.digits), Flags(parameters.algorithm),
                          reinterpret_cast<char*>(out.RevealMutable().data()));
  if (done != OATH_OK) {
    return MakeError(Code::kInternal, "liboath",
                     std::string("liboath: ") + oath_strerror_name(done));
  }
  return SecretBytes(out.Reveal().first(static_cast<size_t>(parameters.digits)));
}

Result<int64_t> MatchTotp(const Totp& parameters, const SecretBytes& secret, std::string_view code,
                          int64_t now, int window_steps) {
  FOB_CHECK(Check(parameters, secret));
  if (now < 0) return BadParameters("a time before 1970");
  if (window_steps < 0 || window_steps > kMaxWindowSteps)
    return BadParameters("a window out of range");
  const Error wrong = MakeError(Code::kDenied, "wrong_code", "this code is not the right one");
  if (!IsCode(code, parameters.digits)) return wrong;

  const int64_t middle = now / parameters.period;
  int64_t matched = -1;
  for (int64_t step = std::max<int64_t>(0, middle - window_steps); step <= middle + window_steps;
       ++step) {
    FOB_TRY(const SecretBytes expected, TotpCode(parameters, secret, step));
    matched = ConstantTimeEqual(expected.Reveal(), AsBytes(code)) ? step : matched;
  }
  if (matched < 0) return wrong;
  return matched;
}

}  // namespace fob::oath
