#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "daemon/core/conversation.h"
#include "daemon/core/proof_run.h"
#include "daemon/core/web_proof.h"

namespace fob::core {

// One login in one browser, in progress or just done.
struct WebAttempt {
  Bytes browser_hash;
  std::string rhost;
  std::string acr;            // that is wanted
  int64_t expires_at_ms = 0;  // monotonic
  int64_t expires_at = 0;     // for people
  int failures = 0;
  bool busy = false;          // an answer is being worked on
  std::string login;          // that it ended in; empty: it goes on
  Bytes request_hash;         // of the authorization request that it was begun for, once that is known
  Bytes challenge;

  // Once a username, or a key that tells it, was given.
  std::string typed;          // for people
  bool identified = false;
  Status usable = Ok();       // why nothing can come of it: told to the trail, not to the browser
  Account account;
  std::string rule;
  WebProof proof;
  WebOffers public_offers;    // what is shown before anything was proved: the same for everybody
  Conversation nobody{TurnSink{}};  // what a proof says goes to the page, by Step
  std::shared_ptr<ProofRun> run;
  UniqueFunction<void(Result<std::optional<Evidence>>)> verified;  // the answer that is being worked on
};

// All of them, in memory, bounded in number, by remote address and in time.
class WebAttempts {
 public:
  static constexpr int64_t kLifetimeMs = 300'000;
  static constexpr size_t kMost = 16'384;
  static constexpr size_t kMostOfPlace = 256;  // from one remote address

  // kExhausted/"too_many_attempts".
  Status Add(const Bytes& hash, std::shared_ptr<WebAttempt> attempt, int64_t now_ms);
  // Null: there is none (any more).
  std::shared_ptr<WebAttempt> Find(const Bytes& hash, int64_t now_ms);
  void Remove(const Bytes& hash);

 private:
  void Prune(int64_t now_ms);

  std::map<Bytes, std::shared_ptr<WebAttempt>> attempts_;  // by SHA-256
  std::unordered_map<std::string, size_t> of_place_;
  std::deque<std::pair<int64_t, Bytes>> by_age_;  // when it expires, which
};

}  // namespace fob::core
