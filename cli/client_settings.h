#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/parser.h"
#include "proto/messages.h"

namespace fob::cli {

// The options of `client add` and `client update` that say what a web app may have.
struct ClientOptions {
  std::vector<std::string> audiences, scopes, serves, groups, fresh;
  std::vector<std::string> redirect_uris, post_logout_redirect_uris, origins, user_groups;
  std::vector<std::string> clear;  // lists to be emptied
  std::optional<std::string> kind, algorithm, outlives, direct, machine;
  std::optional<std::string> auth_method, jwks_file, third_party, id_token_algorithm, pkce, tickets;
  std::optional<int64_t> token_lifetime_ms, refresh_lifetime_ms;
  bool no_refresh = false;

  static std::string Clearable();  // the names of the lists that `clear` may name
  void AddTo(Verb& verb);
  Result<proto::ClientSettings> Settings(Context& context) const;
};

}  // namespace fob::cli
