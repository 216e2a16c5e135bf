#pragma once

#include <string>
#include <string_view>

#include "daemon/core/proof.h"

// Events as the tables and walks of the state machines write them.
namespace fob::testing {

inline core::ProofEvent Said(std::string_view text) { return core::Answered{SecretBytes(text)}; }
inline core::ProofEvent Failed(std::string_view reason) {
  return core::KeyFailed{MakeError(Code::kDenied, reason, "no: " + std::string(reason))};
}
inline core::ProofEvent Found(core::Factor factor) {
  return core::Verified{std::optional(core::Evidence{factor, "key_1", false})};
}
inline core::ProofEvent FoundNothing() { return core::Verified{std::optional<core::Evidence>()}; }
inline core::ProofEvent FoundBad(std::string_view reason) {
  return core::Verified{MakeError(Code::kDenied, reason, "no")};
}
inline core::ProofEvent Touching() { return core::KeySaid{{proto::Progress::Kind::kTouch, {}, {}}}; }
inline core::ProofEvent AskingPin() { return core::PinAsked{{"YubiKey", 7, {}}}; }

}  // namespace fob::testing
