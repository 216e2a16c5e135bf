#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/core/records.h"

namespace fob::core {

// Which models of key may be enrolled.
struct AttestationPolicy {
  enum class Require { kNothing, kAny, kVerified };
  Require require = Require::kNothing;
  std::vector<Bytes> allow_aaguids;  // empty: all that are not denied
  std::vector<Bytes> deny_aaguids;
};

// kDenied: "attestation_missing", "attestation_unverified", "model_not_allowed"; the text names the AAGUID.
Status CheckAttestation(const AttestationPolicy& policy, const KeyRecord& key);

// 8-4-4-4-12 hexadecimal digits, as AAGUIDs are written.
std::string AaguidText(const Bytes& aaguid);
// In either case. kInvalidArgument.
Result<Bytes> ParseAaguid(std::string_view text);

}  // namespace fob::core
