#pragma once

#include <string>
#include <vector>

#include "daemon/core/factor_path.h"
#include "daemon/core/ports/store.h"

// What a login in a browser has proved and may prove next, as pure functions.
//
// It is done when a way of the rule's is gone to its end and two kinds of factor are proved: a key that has
// verified its user is both. Otherwise a password counts as the second, and it comes before any code, so that
// nobody guesses codes, or locks them for others, who does not know it.
namespace fob::core {

struct WebProof {
  std::vector<FactorPath> paths;   // what is left of the rule's ways
  std::vector<Evidence> evidence;  // what was verified, in order
  std::string acr;                 // the class that is wanted, as far as the user has means for it; empty: any
};

struct WebOffers {
  bool key = false;
  bool key_uv = false;  // a key must verify its user
  bool password = false;
  bool code = false;
  bool done = false;
  bool any() const { return key || password || code; }
};
WebOffers OffersOf(const WebProof& proof);

// The proof with one more factor. False: it leads nowhere, and stays as it was.
bool Accept(WebProof& proof, const Evidence& evidence);

// How strong a class of authentication is: sfa 1, mfa 2, phr 3, phrh 4; 0: no class that we know.
int RankOf(std::string_view acr);
// The strongest class that these keys can prove.
std::string BestAcr(const std::vector<KeyRecord>& keys);

}  // namespace fob::core
