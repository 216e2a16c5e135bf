#pragma once

#include "tests/support/virtual_key/key_context.h"

namespace fob::testing {

// WebAuthn clause 6.1: rpIdHash(32) || flags(1) || signCount(4) || [attestedCredentialData] ||
// [extensions].
struct AuthenticatorData {
  Bytes rp_id_hash;
  bool user_present = false;
  bool user_verified = false;
  uint32_t counter = 0;
  const Credential* attested = nullptr;  // set while registering
  const CborValue* extensions = nullptr;

  // Misbehaves on command.
  Bytes Encode(const KeyContext& key) const;
};

}  // namespace fob::testing
