#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "proto/messages.h"

namespace fob::pam {

// Redeems a handle when the session opens. The id of the login, which is live and is
// `confirm.user`'s. Errors: the connection's or the daemon's own; kCorrupt when the answer is not
// about this login.
Result<std::string> ConfirmLogin(const std::string& socket,
                                 const proto::login::Confirm::In& confirm, int64_t deadline_ms);

// Ends `login` when its session closes. kNotFound unless it is a login of `user`: the id comes from
// the PAM environment, into which pam_env may have read a file of the user's (user_readenv=1), so
// that it may name a stranger's login.
Status EndLogin(const std::string& socket, const std::string& login, const std::string& user,
                int64_t deadline_ms);

}  // namespace fob::pam
