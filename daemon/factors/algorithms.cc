#include "daemon/factors/algorithms.h"

namespace fob::factors {

fido::Algorithm ToFido(core::KeyAlgorithm algorithm) {
  switch (algorithm) {
    case core::KeyAlgorithm::kEs256: return fido::Algorithm::kEs256;
    case core::KeyAlgorithm::kEdDsa: return fido::Algorithm::kEdDsa;
    case core::KeyAlgorithm::kRs256: break;
  }
  return fido::Algorithm::kRs256;
}

core::KeyAlgorithm FromFido(fido::Algorithm algorithm) {
  switch (algorithm) {
    case fido::Algorithm::kEs256: return core::KeyAlgorithm::kEs256;
    case fido::Algorithm::kEdDsa: return core::KeyAlgorithm::kEdDsa;
    case fido::Algorithm::kRs256: break;
  }
  return core::KeyAlgorithm::kRs256;
}

}  // namespace fob::factors
