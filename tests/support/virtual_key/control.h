#pragma once

#include "tests/support/virtual_key/virtual_key.h"

// The tester's commands that concern the key alone. Answers that begin with "error: " tell that a
// command was no good.
//   touch                  "ok", or "not waiting" and no effect
//   touch-policy POLICY    auto | never | command | refuse
//   touch-delay MS         for auto and refuse
//   uv ok|fail|fail-once   how built-in user verification ends
//   pin PIN                sets it, as another program would: 4 to 63 bytes
//   force-pin-change on|off
//   answer-delay MS        slow firmware: how long each CTAP2 command is worked on
//   block pin|pin-auth|uv  as after too many wrong ones
//   misbehave NAMES        none, or names of misbehaviour.h joined by commas
//   status                 one JSON object: VirtualKey::Status
//   attestation-root       PEM
//   credentials            JSON: id, rp_id, user_id, algorithm, private_key (raw), counter; bytes are base64url
//   import ID RP_ID USER_ID PRIVATE_KEY COUNTER
//                          a discoverable ES256 credential that another authenticator made
namespace fob::testing {

struct ControlAnswer {
  std::string text;
  std::vector<Report> reports;  // for the host
};

// nullopt: no command of this list.
std::optional<ControlAnswer> RunControl(VirtualKey& key, std::string_view command, int64_t now_ms);

std::optional<TouchPolicy> TouchPolicyFromName(std::string_view name);
// Decimal digits only.
std::optional<int64_t> NumberFrom(std::string_view digits);

}  // namespace fob::testing
