#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "daemon/core/context.h"

namespace fob::core {

// When, and of what state of the store, a question is asked.
struct Asked {
  uint64_t writes = 0;
  int64_t now = 0;
  bool operator==(const Asked&) const = default;
};

// Answers of the store that still hold: they are of this second, and no write was begun since they were asked for, so
// that a revocation holds from the moment it is asked for. For what depends on the time and on rows alone.
template <typename Answer>
class RecentAnswers {
 public:
  explicit RecentAnswers(const Context& context) : context_(context) {}

  // That a question is asked at `now`. Nothing: a write is under way, and the answer will not be known to hold.
  std::optional<Asked> Ask(int64_t now) const {
    const auto writes = context_.store.Standing();
    if (!writes.has_value()) return std::nullopt;
    return Asked{*writes, now};
  }

  // Null: it has to be asked for.
  std::shared_ptr<const Answer> Find(const std::string& question) const {
    if (answers_.empty() || Ask(context_.forward.Now()) != asked_) return nullptr;
    const auto found = answers_.find(question);
    return found == answers_.end() ? nullptr : found->second;
  }
  // Keeps what came of a question, if it holds still.
  void Keep(const std::optional<Asked>& asked, std::string question, std::shared_ptr<const Answer> answer) {
    if (!asked.has_value() || Ask(context_.forward.Now()) != asked) return;
    if (asked != asked_ || answers_.size() >= kMost) answers_.clear();
    asked_ = asked;
    answers_.insert_or_assign(std::move(question), std::move(answer));
  }

 private:
  static constexpr size_t kMost = 512;

  const Context& context_;
  std::optional<Asked> asked_;  // all that are kept
  std::unordered_map<std::string, std::shared_ptr<const Answer>> answers_;
};

}  // namespace fob::core
