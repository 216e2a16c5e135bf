#pragma once

#include "tests/support/virtual_key/key_context.h"

namespace fob::testing {

// The raw messages of U2F 1.2 (CTAP1) in ISO 7816-4 APDUs, short or extended.
class U2f {
 public:
  explicit U2f(KeyContext& key) : key_(key) {}

  // Whether this request answers 0x6985 until somebody touches the key.
  bool NeedsTouch(ByteView apdu) const;
  // The response data and status word. `touched` matters only where NeedsTouch.
  Bytes Handle(ByteView apdu, bool touched);

 private:
  struct Authentication {
    const Credential* credential = nullptr;
    ByteView challenge;
    ByteView application;
  };

  Bytes Register(ByteView data);
  Bytes Authenticate(const Authentication& request, bool user_present);
  std::optional<Authentication> ReadAuthentication(ByteView data) const;

  KeyContext& key_;
};

}  // namespace fob::testing
