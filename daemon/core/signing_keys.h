#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/core/context.h"

namespace fob::core {

// The keys that sign JWTs, over their lives: next (published, not signing yet), signing, old (a token that
// it signed may still live), gone. One of an algorithm signs at a time; the first of an algorithm signs at
// once, because nobody can have kept a set of keys without it.
class SigningKeys {
 public:
  static constexpr int64_t kEveryMs = 60'000;

  enum class State { kNext, kSigning, kOld };
  // Without the private part.
  struct Key {
    std::string kid;
    SigningAlgorithm algorithm = SigningAlgorithm::kEs256;
    int64_t created_at = 0;
    int64_t signs_from = 0;
    State state = State::kNext;
  };

  explicit SigningKeys(const Context& context) : context_(context) {}

  void Adopt(const std::vector<SigningKeyRecord>& keys);  // those that the signer has

  std::vector<Key> List() const;  // oldest first
  // Makes the first key of an algorithm when there is none.
  void Ensure(SigningAlgorithm algorithm, const Peer& peer, UniqueFunction<void(Status)> done);
  // kConflict/"rotation_under_way": the next one is there already and does not sign yet.
  void Rotate(SigningAlgorithm algorithm, const Peer& peer, UniqueFunction<void(Result<Key>)> done);
  // Takes away an old key whose last token is dead, now and from time to time.
  void Tend();

 private:
  void Make(SigningAlgorithm algorithm, int64_t signs_from, AuditEntry audit, UniqueFunction<void(Result<Key>)> done);
  void Reload(UniqueFunction<void(Status)> done);
  bool Has(SigningAlgorithm algorithm) const;

  const Context& context_;
  std::vector<Key> keys_;
  bool making_ = false;
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
