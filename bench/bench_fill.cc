// Fills a store with users that have one TOTP secret each: bench-fill STATE_DIR MASTER_KEY COUNT USER...
// The named users, which must be accounts of this host, are spread evenly among made-up ones.

#include <pwd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "daemon/crypto/aes_gcm_sealer.h"
#include "daemon/crypto/master_key.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/store/sqlite_store.h"

namespace {

using namespace fob;

constexpr int64_t kBatch = 5000;

Status Fill(const std::string& state_dir, const std::string& key_file, int64_t count,
            const std::vector<std::string>& accounts) {
  FOB_TRY(const SecretBytes master_key, crypto::LoadMasterKey(key_file));
  FOB_TRY(const auto sealer, crypto::AesGcmSealer::Create(master_key));
  const crypto::Sha256Hasher hasher;
  FOB_TRY(const auto store, store::SqliteStore::Open(state_dir, store::SqliteStore::Mode::kWriter, hasher, *sealer));
  SystemRandom random;
  const int64_t every = count / static_cast<int64_t>(accounts.size());
  for (int64_t done = 0; done < count;) {
    FOB_TRY(auto batch, store->Begin());
    for (int64_t end = std::min(count, done + kBatch); done < end; ++done) {
      core::Store::NewFactor factor;
      const size_t named = static_cast<size_t>(done / every);
      if (done % every == every / 2 && named < accounts.size()) {
        factor.account.name = accounts[named];
        const passwd* entry = ::getpwnam(factor.account.name.c_str());
        if (entry == nullptr) return MakeError(Code::kNotFound, "no_account", factor.account.name);
        factor.account.uid = entry->pw_uid;
      } else {
        factor.account.name = "bench" + std::to_string(done);
        factor.account.uid = static_cast<uint32_t>(1'000'000 + done);
      }
      factor.sub = random.Id("");
      factor.audit.action = "otp.enrol";
      factor.audit.user = factor.account.name;
      core::OtpRecord otp;
      otp.id = random.Id("otp_");
      otp.user = factor.account.name;
      otp.name = "bench";
      otp.secret = SecretBytes(std::string_view("12345678901234567890"));
      FOB_CHECK(store->AddOtp(factor, otp));
    }
    FOB_CHECK(batch.Commit());
  }
  return Ok();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const Status filled = Fill(argv[1], argv[2], std::atoll(argv[3]), {argv + 4, argv + argc});
  if (!filled.ok()) std::fprintf(stderr, "bench-fill: %s\n", filled.error().text.c_str());
  return filled.ok() ? 0 : 1;
}
