#include "daemon/core/web_attempt.h"

namespace fob::core {

Status WebAttempts::Add(const Bytes& hash, std::shared_ptr<WebAttempt> attempt, int64_t now_ms) {
  Prune(now_ms);
  size_t& here = of_place_[attempt->rhost];
  if (attempts_.size() >= kMost || here >= kMostOfPlace) {
    return MakeError(Code::kExhausted, "too_many_attempts", "too many logins were begun: wait some minutes and try again");
  }
  ++here;
  by_age_.emplace_back(attempt->expires_at_ms, hash);
  attempts_[hash] = std::move(attempt);
  return Ok();
}

std::shared_ptr<WebAttempt> WebAttempts::Find(const Bytes& hash, int64_t now_ms) {
  Prune(now_ms);
  const auto found = attempts_.find(hash);
  return found == attempts_.end() ? nullptr : found->second;
}

void WebAttempts::Remove(const Bytes& hash) {
  const auto found = attempts_.find(hash);
  if (found == attempts_.end()) return;
  const auto place = of_place_.find(found->second->rhost);
  if (place != of_place_.end() && --place->second == 0) of_place_.erase(place);
  attempts_.erase(found);
}

void WebAttempts::Prune(int64_t now_ms) {
  while (!by_age_.empty() && by_age_.front().first <= now_ms) {
    const Bytes hash = std::move(by_age_.front().second);
    by_age_.pop_front();
    Remove(hash);
  }
}

}  // namespace fob::core
