#pragma once

#include <optional>
#include <string>

#include "daemon/core/ports/store.h"

namespace fob::core {

// What is wrong with the trail, held against a head that was signed.
struct HeadFault {
  int64_t seq = 0;      // the first entry that is wrong
  bool missing = false;  // it is not there; else it is another
  std::string why;
};

// Whether the trail still has what this head was signed for, or pruned it since: nothing is wrong then. For
// the store's thread. The signature is not looked at.
Result<std::optional<HeadFault>> HoldAgainst(Store& store, const SignedHead& head);

// For people: the head of entry `seq` is none of ours.
std::string ForgedHead(int64_t seq);

}  // namespace fob::core
