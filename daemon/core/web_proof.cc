#include "daemon/core/web_proof.h"

#include <algorithm>
#include <array>

namespace fob::core {
namespace {

constexpr std::array<std::string_view, 4> kClasses = {"sfa", "mfa", "phr", "phrh"};

bool IsKey(Factor factor) { return factor == Factor::kKey || factor == Factor::kKeyUv; }

// By itself, without a password.
bool ProvesTwoKinds(const FactorPath& path) { return std::ranges::find(path, Factor::kKeyUv) != path.end(); }

}  // namespace

int RankOf(std::string_view acr) {
  const auto found = std::ranges::find(kClasses, acr);
  return found == kClasses.end() ? 0 : static_cast<int>(found - kClasses.begin()) + 1;
}

std::string BestAcr(const std::vector<KeyRecord>& keys) {
  if (keys.empty()) return "mfa";
  const bool hardware = std::ranges::any_of(keys, [](const KeyRecord& key) {
    return key.attestation == Attestation::kVerified && !key.backup_eligible && !key.backed_up;
  });
  return hardware ? "phrh" : "phr";
}

WebOffers OffersOf(const WebProof& proof) {
  WebOffers offers;
  const bool password = std::ranges::any_of(proof.evidence, [](const Evidence& e) { return e.factor == Factor::kPassword; });
  const bool possession = proof.evidence.size() > (password ? 1u : 0u);
  if (possession && IsComplete(proof.paths)) {
    if (!IsMultiFactor(proof.evidence)) {
      offers.password = true;
    } else if (RankOf(AcrOf(proof.evidence)) < RankOf(proof.acr)) {
      offers.key = true;
    } else {
      offers.done = true;
    }
    return offers;
  }
  offers.key_uv = true;
  for (const FactorPath& path : proof.paths) {
    if (path.empty()) continue;
    if (IsKey(path.front())) {
      offers.key = true;
      offers.key_uv = offers.key_uv && path.front() == Factor::kKeyUv;
    } else if (password || possession) {
      offers.code = true;
    }
    if (!password && !ProvesTwoKinds(path)) offers.password = true;
  }
  offers.key_uv = offers.key_uv && offers.key;
  return offers;
}

bool Accept(WebProof& proof, const Evidence& evidence) {
  const WebOffers offers = OffersOf(proof);
  if (evidence.factor == Factor::kPassword) {
    if (!offers.password) return false;
    proof.evidence.push_back(evidence);
    return true;
  }
  if (IsKey(evidence.factor) ? !offers.key : !offers.code) return false;
  // A key that is asked for by class alone adds to ways that are gone already.
  std::vector<FactorPath> paths = IsComplete(proof.paths) ? proof.paths : Advance(proof.paths, evidence.factor);
  if (paths.empty()) return false;
  proof.paths = std::move(paths);
  proof.evidence.push_back(evidence);
  return true;
}

}  // namespace fob::core
