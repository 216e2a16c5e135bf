#pragma once

#include <optional>
#include <string_view>

namespace fob::fido {

// Signature algorithms of credentials, with their COSE numbers (RFC 9053, RFC 8812).
enum class Algorithm : int { kEs256 = -7, kEdDsa = -8, kRs256 = -257 };

// "ES256", "EdDSA", "RS256".
std::string_view AlgorithmName(Algorithm algorithm);
std::optional<Algorithm> AlgorithmFromName(std::string_view name);
std::optional<Algorithm> AlgorithmFromCose(long long number);

}  // namespace fob::fido
