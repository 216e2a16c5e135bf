#pragma once

#include <array>

#include "tests/support/virtual_key/bytes.h"
#include "tests/support/virtual_key/misbehaviour.h"

namespace fob::testing {

// COSE algorithm numbers (RFC 9053).
inline constexpr int kEs256 = -7;
inline constexpr int kEdDsa = -8;

enum class CtapVersion { kU2fOnly, kCtap20, kCtap21 };

enum class AttestationKind {
  kNone,   // format "none"
  kSelf,   // "packed", signed by the credential's own key
  kBatch,  // "packed" with x5c: a leaf certificate under the key's own root
};

// What kind of key this is. The state file does not keep it: give a restarted key the same options.
struct Options {
  std::array<uint8_t, 16> aaguid = {0x66, 0x6f, 0x62, 0x2d, 0x76, 0x69, 0x72, 0x74,
                                    0x75, 0x61, 0x6c, 0x2d, 0x6b, 0x65, 0x79, 0x31};
  std::vector<int> algorithms = {kEs256, kEdDsa};
  CtapVersion version = CtapVersion::kCtap21;
  bool u2f = true;                          // answers CTAPHID_MSG
  std::vector<int> pin_protocols = {2, 1};  // in order of preference; empty: no clientPIN
  bool built_in_uv = false;                 // a touch verifies the user
  size_t rk_capacity = 25;                  // discoverable credentials; 0: no rk option
  uint32_t counter_start = 16;              // so that a counter can go back on the first day
  uint32_t counter_step = 1;                // 0: the counter is always zero
  AttestationKind attestation = AttestationKind::kSelf;
  bool make_cred_uv_not_rqd = true;  // CTAP 2.1 only
  bool no_mc_ga_permissions_with_client_pin = false;
  size_t min_pin_length = 4;  // code points; told by CTAP 2.1 only
  std::string initial_pin;  // set when the state is new; empty: none
  int64_t user_action_timeout_ms = 30'000;
};

enum class TouchPolicy {
  kAuto,     // touched once touch_delay_ms have passed
  kNever,    // nobody is there
  kCommand,  // touched when VirtualKey::Touch is called
  kRefuse,   // the user says no once touch_delay_ms have passed
};

// The user and the faults: may change at any time.
struct Controls {
  static constexpr int64_t kForever = INT64_MAX;
  TouchPolicy touch = TouchPolicy::kAuto;
  int64_t touch_delay_ms = 0;
  int64_t answer_delay_ms = 0;  // slow firmware: how long each CTAP2 command is worked on
  int64_t uv_failures = 0;  // how often built-in user verification fails before it succeeds
  Misbehaviour misbehaviour;
};

}  // namespace fob::testing
