#include "devices/fido/algorithm.h"

namespace fob::fido {
namespace {

constexpr Algorithm kAll[] = {Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kRs256};

}  // namespace

std::string_view AlgorithmName(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return "ES256";
    case Algorithm::kEdDsa:
      return "EdDSA";
    case Algorithm::kRs256:
      return "RS256";
  }
  return "";
}

std::optional<Algorithm> AlgorithmFromName(std::string_view name) {
  for (const Algorithm algorithm : kAll) {
    if (AlgorithmName(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

std::optional<Algorithm> AlgorithmFromCose(long long number) {
  for (const Algorithm algorithm : kAll) {
    if (static_cast<int>(algorithm) == number) return algorithm;
  }
  return std::nullopt;
}

}  // namespace fob::fido
