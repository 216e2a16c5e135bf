#include "daemon/core/attestation_policy.h"

#include <algorithm>

#include "base/encoding.h"

namespace fob::core {
namespace {

constexpr size_t kDashes[] = {8, 13, 18, 23};

}  // namespace

Status CheckAttestation(const AttestationPolicy& policy, const KeyRecord& key) {
  const std::string model = "AAGUID " + AaguidText(key.aaguid);
  const auto named_in = [&](const std::vector<Bytes>& list) { return std::ranges::find(list, key.aaguid) != list.end(); };
  if (named_in(policy.deny_aaguids) || (!policy.allow_aaguids.empty() && !named_in(policy.allow_aaguids))) {
    return Denied("model_not_allowed", "this model of key is not allowed here (" + model + "): ask an administrator which ones are");
  }
  using Require = AttestationPolicy::Require;
  if (policy.require == Require::kAny && key.attestation == Attestation::kNone) {
    return Denied("attestation_missing", "this key does not attest what it is (" + model + "), and only keys that do are allowed here");
  }
  if (policy.require == Require::kVerified && key.attestation != Attestation::kVerified) {
    return Denied("attestation_unverified", "this key does not prove what it is (" + model +
                                                "): its attestation leads to none of the roots that are configured here");
  }
  return Ok();
}

std::string AaguidText(const Bytes& aaguid) {
  std::string text = HexEncode(aaguid);
  if (text.size() != 32) return text;
  for (const size_t at : kDashes) text.insert(at, "-");
  return text;
}

Result<Bytes> ParseAaguid(std::string_view text) {
  std::string hex(text);
  const bool shaped = text.size() == 36 && std::ranges::all_of(kDashes, [&](size_t at) { return text[at] == '-'; });
  std::erase(hex, '-');
  std::ranges::transform(hex, hex.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (!shaped || hex.size() != 32) return MakeError(Code::kInvalidArgument, "bad_aaguid", "not an AAGUID");
  return HexDecode(hex);
}

}  // namespace fob::core
