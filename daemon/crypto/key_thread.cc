#include "daemon/crypto/key_thread.h"

#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "daemon/crypto/signing_key.h"

namespace fob::crypto {
namespace {

constexpr int kNice = 5;  // behind logins, and not behind whatever else keeps the host busy: somebody waits

}  // namespace

void KeyThread::Make(core::SigningAlgorithm algorithm, int64_t now,
                     UniqueFunction<void(Result<core::SigningKeyRecord>)> done) {
  using Done = UniqueFunction<void(Result<core::SigningKeyRecord>)>;
  const auto holder = std::make_shared<std::optional<Done>>(std::move(done));
  const auto answer = [holder](Result<core::SigningKeyRecord> key) {
    Done call = *std::exchange(*holder, std::nullopt);
    call(std::move(key));
  };
  try {
    thread_ = std::jthread([post = post_, answer, algorithm, now](const std::stop_token& stop) {
      // Of this thread alone, in Linux. Logins go first; where it may not, it is only as slow as they are.
      (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
      auto key = std::make_shared<Result<core::SigningKeyRecord>>(GenerateSigningKey(algorithm, now, stop));
      post([answer, key] { answer(std::move(*key)); });
    });
  } catch (const std::system_error&) {
    answer(MakeError(Code::kUnavailable, "no_thread", "the host has no room for another thread"));
  }
}

}  // namespace fob::crypto
