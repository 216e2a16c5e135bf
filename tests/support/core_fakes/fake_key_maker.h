#pragma once

#include <optional>
#include <string>
#include <utility>

#include "daemon/core/ports/key_maker.h"

namespace fob::testing {

// Makes keys at once, or, while it is slow, when it is told to.
class FakeKeyMaker final : public core::KeyMaker {
 public:
  bool slow = false;

  void Make(core::SigningAlgorithm algorithm, int64_t now,
            UniqueFunction<void(Result<core::SigningKeyRecord>)> done) override {
    under_way_.emplace(New(algorithm, now), std::move(done));
    if (!slow) Finish();
  }
  bool under_way() const { return under_way_.has_value(); }
  void Finish() {
    auto [key, done] = *std::exchange(under_way_, std::nullopt);
    done(std::move(key));
  }
  core::SigningKeyRecord New(core::SigningAlgorithm algorithm, int64_t now) {
    core::SigningKeyRecord key;
    key.kid = "kid-" + std::to_string(++made_);
    key.algorithm = algorithm;
    key.private_key = SecretBytes("private");
    key.created_at = now;
    return key;
  }

 private:
  using Done = UniqueFunction<void(Result<core::SigningKeyRecord>)>;
  std::optional<std::pair<core::SigningKeyRecord, Done>> under_way_;
  int made_ = 0;
};

}  // namespace fob::testing
