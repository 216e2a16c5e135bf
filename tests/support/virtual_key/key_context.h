#pragma once

#include <functional>

#include "base/random.h"
#include "tests/support/virtual_key/ctap_status.h"
#include "tests/support/virtual_key/key_store.h"
#include "tests/support/virtual_key/options.h"

namespace fob::testing {

// What every command works on. VirtualKey owns it all.
struct KeyContext {
  const Options& options;
  Controls& controls;
  KeyStore& store;
  Random& random;
};

// Either the whole answer (CTAP2: status and CBOR), or a gesture is needed first, and this gives
// the answer once it came.
struct NeedTouch {
  std::function<Bytes()> when_touched;
};
using Outcome = std::variant<Bytes, NeedTouch>;

Bytes StatusOnly(CtapStatus status);
Bytes Success(const CborValue& body);

// The global signature counter for one more signature; the caller commits. Misbehaves on command.
uint32_t NextCounter(KeyContext& key);

// The client data hash that is signed. Misbehaves on command.
Bytes HashToSign(const KeyContext& key, ByteView client_data_hash);

// A signature that misbehaves on command.
Bytes SignAs(const KeyContext& key, int algorithm, ByteView private_key, ByteView message);

}  // namespace fob::testing
