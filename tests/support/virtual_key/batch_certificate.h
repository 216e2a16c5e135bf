#pragma once

#include "base/random.h"

namespace fob::testing {

// The attestation identity that a batch of keys shares: a leaf (WebAuthn clause 8.2.1) under a root
// of its own.
struct BatchIdentity {
  Bytes private_key;       // P-256, raw
  Bytes certificate;       // DER, leaf
  Bytes root_certificate;  // DER; its private key is thrown away
};

BatchIdentity MakeBatchIdentity(ByteView aaguid, Random& random);

}  // namespace fob::testing
