#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "daemon/core/ports/store.h"

namespace fob::core {

// How failures slow down the next try. One who guesses is stopped; one who mistypes is not.
struct LockoutSettings {
  int64_t free_failures = 3;    // in a row that cost nothing
  int64_t longest_delay = 900;  // seconds
  int64_t disable_after = 100;  // in a row (NIST SP 800-63B-4 clause 3.2.2); 0: never
};

// Seconds from the last of `count` failures in a row to the next try: 0, then 1, 2, 4 up to the longest.
int64_t DelayAfter(int64_t count, const LockoutSettings& settings);

// One user's failures, shared by all ceremonies about that user that go on at once: none of them can try what
// another has just used up. By factor and origin, so that failures from afar lock nobody out at the console,
// and codes never lock keys.
class Attempts {
 public:
  explicit Attempts(const LockoutSettings& settings) : settings_(settings) {}

  // kDenied/"locked_out": wait; "factor_disabled": a key or an administrator helps.
  Status MayTry(Factor factor, Locality origin, int64_t now) const;
  void Failed(Factor factor, Locality origin, int64_t now);
  // What a proof by `factor` from `origin` makes forgotten: its own failures from there and, by a key, those of codes
  // from everywhere. To be made durable with the proof; Forget when it is.
  std::vector<ProofCommit::Forgiven> ForgivenBy(Factor factor, Locality origin) const;
  void Forget(const std::vector<ProofCommit::Forgiven>& forgiven);

  // Takes over what the store knows, where that is more.
  void Learn(const std::vector<FailureRecord>& failures);

 private:
  struct Count {
    int64_t failures = 0;
    int64_t failed_at = 0;
  };
  const LockoutSettings& settings_;
  std::map<std::pair<Factor, Locality>, Count> counts_;
};

// The failures of those users who are logging in now; the store keeps them for all others.
class Lockout {
 public:
  explicit Lockout(const LockoutSettings& settings) : settings_(settings) {}

  std::shared_ptr<Attempts> Of(int64_t user_id, const std::vector<FailureRecord>& stored);
  // Of a name that is nobody's, or of somebody who is not told apart from that: remembered here only, and of so many.
  std::shared_ptr<Attempts> OfStranger(const std::string& name);
  // An administrator has unlocked the user.
  void Forget(int64_t user_id);

 private:
  const LockoutSettings& settings_;
  std::map<int64_t, std::weak_ptr<Attempts>> live_;
  static constexpr size_t kMostStrangers = 4096;
  std::map<std::string, std::shared_ptr<Attempts>> strangers_;
  std::deque<std::string> stranger_names_;  // the oldest first
};

}  // namespace fob::core
