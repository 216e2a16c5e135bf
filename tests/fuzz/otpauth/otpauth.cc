// otpauth:// URIs, which a user may import.
#include "tests/fuzz/fuzz.h"

#include "devices/oath/otpauth.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fob::oath;
  const auto parsed = ParseOtpAuth({reinterpret_cast<const char*>(data), size});
  if (!parsed.ok()) return 0;
  FUZZ_REQUIRE(parsed->secret.size() >= kMinImportSecret && parsed->secret.size() <= kMaxSecret);
  FUZZ_REQUIRE(parsed->digits >= 6 && parsed->digits <= 8 && parsed->period > 0 && parsed->counter >= 0);
  const auto written = FormatOtpAuth(*parsed);
  const auto again = ParseOtpAuth(written.RevealText());
  // Writing every parameter out may make a URI longer than is read.
  if (!again.ok()) {
    FUZZ_REQUIRE(written.size() > kMaxOtpAuth);
    return 0;
  }
  FUZZ_REQUIRE(again->secret == parsed->secret && again->issuer == parsed->issuer && again->account == parsed->account);
  FUZZ_REQUIRE(again->algorithm == parsed->algorithm && again->digits == parsed->digits);
  return 0;
}
