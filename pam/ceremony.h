#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/result.h"
#include "pam/conversation.h"
#include "proto/messages.h"

namespace fob::pam {

// Why a ceremony ended without a grant. `error.text` goes to the log, `shown` to the person: the
// daemon's own sentence where it refused, one of ours where it failed, which names no path of this
// host. `negative`: the daemon said no (kDenied) or the person gave up, which is PAM_AUTH_ERR;
// everything else failed and is PAM_AUTHINFO_UNAVAIL.
struct Refusal {
  Error error;
  std::string shown;
  bool negative = false;
};

// One ceremony with fobd from Begin to its end, all of it before `deadline_ms` (proto::DeadlineIn).
// The connection is closed on return, which cancels what has not ended. The grant that is returned
// is well formed and is for `begin.user`: a login has a handle of 1 to 256 base64url characters or
// dots.
//
// Bounds on the daemon: 64 messages before each question or end, 16 questions.
std::variant<proto::Granted, Refusal> RunCeremony(const std::string& socket,
                                                  const proto::login::Begin::In& begin,
                                                  const Conversation& conversation,
                                                  int64_t deadline_ms);

}  // namespace fob::pam
