#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/parser.h"
#include "proto/messages.h"

namespace fob::cli {

// The options of `client add` and `client update` that say what a web app may have.
struct ClientOptions {
  std::vector<std::string> audiences, scopes, serves, groups, fresh;
  std::vector<std::string> clear;  // lists to be emptied
  std::optional<std::string> kind, algorithm, outlives, direct, machine;
  std::optional<int64_t> token_lifetime_ms, refresh_lifetime_ms;
  bool no_refresh = false;

  void AddTo(Verb& verb);
  Result<proto::ClientSettings> Settings() const;
};

}  // namespace fob::cli
