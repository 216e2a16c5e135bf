#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/context.h"
#include "daemon/core/ports/key_maker.h"

namespace fob::core {

// The keys that sign JWTs, over their lives: next (published, not signing yet), signing, old (a token that
// it signed may still live), gone. One of an algorithm signs at a time; the first of an algorithm signs at
// once, because nobody can have kept a set of keys without it.
class SigningKeys {
 public:
  static constexpr int64_t kEveryMs = 60'000;
  static constexpr int64_t kPatienceMs = 10'000;  // whoever asked for a key is told then that it takes longer

  enum class State { kNext, kSigning, kOld };
  // Without the private part.
  struct Key {
    std::string kid;
    SigningAlgorithm algorithm = SigningAlgorithm::kEs256;
    int64_t created_at = 0;
    int64_t signs_from = 0;
    State state = State::kNext;
  };

  SigningKeys(const Context& context, KeyMaker& maker) : context_(context), maker_(maker) {}

  void Adopt(const std::vector<SigningKeyRecord>& keys);  // those that the signer has

  std::vector<Key> List() const;  // oldest first
  // Both make a key, and go on making it when the caller is not patient enough (kUnavailable/"signing_key"): whoever asks again
  // waits for the same one. kConflict/"signing_key": one of another algorithm, or the next one, is being made just now.
  //
  // Makes the first key of an algorithm when there is none.
  void Ensure(SigningAlgorithm algorithm, const Peer& peer, UniqueFunction<void(Status)> done);
  // kConflict/"rotation_under_way": the next one is there already and does not sign yet.
  void Rotate(SigningAlgorithm algorithm, const Peer& peer, UniqueFunction<void(Result<Key>)> done);
  // Takes away an old key whose last token is dead, now and from time to time.
  void Tend();

 private:
  struct Waiter;
  using Made = UniqueFunction<void(Result<Key>)>;

  void Make(SigningAlgorithm algorithm, int64_t signs_from, AuditEntry audit, Made done);
  void Keep(SigningKeyRecord key, int64_t signs_from, AuditEntry audit);
  void Wait(Made done);
  void End(const Result<Key>& outcome);
  void Reload(UniqueFunction<void(Status)> done);
  bool Has(SigningAlgorithm algorithm) const;

  const Context& context_;
  KeyMaker& maker_;
  std::vector<Key> keys_;
  std::optional<SigningAlgorithm> making_;
  std::vector<std::shared_ptr<Waiter>> waiting_;  // for the key that is being made
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
