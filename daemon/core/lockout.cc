#include "daemon/core/lockout.h"

#include <algorithm>

namespace fob::core {
namespace {

// key and key+uv are one thing to guess at.
bool IsKey(Factor factor) { return factor == Factor::kKey || factor == Factor::kKeyUv; }

Factor Counted(Factor factor) { return factor == Factor::kKeyUv ? Factor::kKey : factor; }

std::string Duration(int64_t seconds) {
  if (seconds <= 90) return std::to_string(seconds) + (seconds == 1 ? " second" : " seconds");
  return std::to_string((seconds + 59) / 60) + " minutes";
}

}  // namespace

int64_t DelayAfter(int64_t count, const LockoutSettings& settings) {
  const int64_t doublings = count - settings.free_failures - 1;
  if (doublings < 0) return 0;
  if (doublings >= 30) return settings.longest_delay;
  return std::min(int64_t{1} << doublings, settings.longest_delay);
}

Status Attempts::MayTry(Factor factor, Locality origin, int64_t now) const {
  const auto found = counts_.find({Counted(factor), origin});
  if (found == counts_.end()) return Ok();
  const Count& count = found->second;
  const std::string what = IsCode(factor) ? "codes" : IsKey(factor) ? "answers of keys" : "passwords";
  if (settings_.disable_after > 0 && count.failures >= settings_.disable_after) {
    return MakeError(Code::kDenied, "factor_disabled",
                     "too many wrong " + what + " in a row: log in with a security key, or have an administrator run fobctl user unlock");
  }
  const int64_t delay = DelayAfter(count.failures, settings_);
  // A clock that was set back makes nobody wait longer than the delay.
  const int64_t left = std::min(count.failed_at + delay - now, delay);
  if (left <= 0) return Ok();
  return MakeError(Code::kDenied, "locked_out", "too many wrong " + what + ": try again in " + Duration(left));
}

void Attempts::Failed(Factor factor, Locality origin, int64_t now) {
  Count& count = counts_[{Counted(factor), origin}];
  ++count.failures;
  count.failed_at = std::max(count.failed_at, now);
}

std::vector<ProofCommit::Forgiven> Attempts::ForgivenBy(Factor factor, Locality origin) const {
  std::vector<ProofCommit::Forgiven> forgiven;
  const bool key = IsKey(factor);
  for (const auto& [what, count] : counts_) {
    const bool own = what == std::pair(Counted(factor), origin);
    if (own || (key && IsCode(what.first))) forgiven.push_back({what.first, what.second});
  }
  return forgiven;
}

void Attempts::Forget(const std::vector<ProofCommit::Forgiven>& forgiven) {
  std::erase_if(counts_, [&](const auto& entry) {
    return std::ranges::any_of(forgiven, [&](const ProofCommit::Forgiven& one) {
      return one.factor == entry.first.first && one.origin == entry.first.second;
    });
  });
}

void Attempts::Learn(const std::vector<FailureRecord>& failures) {
  for (const FailureRecord& record : failures) {
    Count& count = counts_[{record.factor, record.origin}];
    count.failures = std::max(count.failures, record.count);
    count.failed_at = std::max(count.failed_at, record.failed_at);
  }
}

std::shared_ptr<Attempts> Lockout::Of(int64_t user_id, const std::vector<FailureRecord>& stored) {
  std::erase_if(live_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<Attempts>& known = live_[user_id];
  std::shared_ptr<Attempts> attempts = known.lock();
  if (attempts == nullptr) {
    attempts = std::make_shared<Attempts>(settings_);
    known = attempts;
  }
  attempts->Learn(stored);
  return attempts;
}

std::shared_ptr<Attempts> Lockout::OfStranger(const std::string& name) {
  std::shared_ptr<Attempts>& attempts = strangers_[name];
  if (attempts != nullptr) return attempts;
  const auto fresh = attempts = std::make_shared<Attempts>(settings_);
  stranger_names_.push_back(name);
  if (stranger_names_.size() > kMostStrangers) {
    strangers_.erase(stranger_names_.front());
    stranger_names_.pop_front();
  }
  return fresh;
}

void Lockout::Forget(int64_t user_id) { live_.erase(user_id); }

}  // namespace fob::core
