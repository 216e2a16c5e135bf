// Claims to compact ES256 JWS, in process: signatures a second on one core.

#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/signing_key.h"

namespace {

double CpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  fob::crypto::JwsSigner signer;
  auto key = fob::crypto::GenerateSigningKey(fob::core::SigningAlgorithm::kEs256, 1'700'000'000);
  if (!key.ok()) return 1;
  std::vector<fob::core::SigningKeyRecord> keys;
  keys.push_back(*std::move(key));
  if (!signer.Load(keys).ok()) return 1;

  fob::core::AccessClaims claims{"https://login.example.org", "Zm9iLWJlbmNobWFyay11cw", "https://api.example.org",
                                 "client_Zm9iLWJlbmNobWFyay1jbA", "", "login_Zm9iLWJlbmNobWFyay1sbw", "read write",
                                 "mfa", {"pwd", "otp", "mfa"}, {}, 1'700'000'000, 0, 0};
  int64_t done = 0;
  const double start = CpuSeconds();
  double now = start;
  while (now - start < seconds) {
    for (int i = 0; i < 100; ++i, ++done) {
      claims.token_id = "grant_Zm9iLWJlbmNobWFyay1ncg." + std::to_string(done);
      claims.issued_at = 1'700'000'000 + done;
      claims.expires_at = claims.issued_at + 300;
      if (!signer.Sign(claims, fob::core::SigningAlgorithm::kEs256).ok()) return 1;
    }
    now = CpuSeconds();
  }
  std::printf("{\"per_second\": %.1f}\n", static_cast<double>(done) / (now - start));
  return 0;
}
