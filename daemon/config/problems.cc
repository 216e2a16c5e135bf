#include "daemon/config/problems.h"

#include <fmt/format.h>

namespace fob::config {

void Problems::Keep(std::optional<Problem>& first, Position at, std::string text) {
  if (!first.has_value() || at < first->at) first = Problem{at, std::move(text)};
}

std::optional<Error> Problems::First() const {
  const auto& first = wrong_.has_value() ? wrong_ : missing_;
  if (!first.has_value()) return std::nullopt;
  return MakeError(Code::kInvalidArgument, "bad_config",
                   fmt::format("{}:{}:{}: {}", file_, first->at.line, first->at.column, first->text));
}

}  // namespace fob::config
