#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fob::core {

// One proof. The last two are vouched for by a trusted caller; fobd verifies the others itself.
enum class Factor { kKey, kKeyUv, kTotp, kHotp, kRecovery, kPassword, kSshKey };

std::string_view FactorName(Factor factor);  // "key+uv"
std::optional<Factor> FactorFromName(std::string_view name);
// Typed by a person: totp, hotp, recovery.
bool IsCode(Factor factor);

// A verified factor and what proved it.
struct Evidence {
  Factor factor = Factor::kKey;
  std::string id;             // key_ or otp_; empty when vouched for
  bool hardware = false;      // verified attestation and no backup flag: `hwk`, `phrh`
};

// Two kinds: possession {key, totp, hotp, recovery, ssh-key} and knowledge or inherence {password, UV}.
bool IsMultiFactor(std::span<const Evidence> evidence);

// "password", "key+uv" in the order of their verification.
std::vector<std::string> FactorNames(std::span<const Evidence> evidence);

// Authentication method references (RFC 8176) and class, from evidence alone.
// acr: "phrh" (phishing-resistant, hardware), "phr" (phishing-resistant; both OpenID EAP ACR values),
// "mfa" (two kinds, not phishing-resistant), "sfa".
std::vector<std::string> AmrOf(std::span<const Evidence> evidence);
std::string AcrOf(std::span<const Evidence> evidence);

}  // namespace fob::core
