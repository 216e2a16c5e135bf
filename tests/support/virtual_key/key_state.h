#pragma once

#include <optional>

#include "tests/support/virtual_key/batch_certificate.h"
#include "tests/support/virtual_key/cbor_value.h"

namespace fob::testing {

inline constexpr int kMaxPinRetries = 8;
inline constexpr int kMaxUvRetries = 5;

struct Credential {
  Bytes id;
  std::string rp_id;  // empty for U2F registrations, which know the hash only
  Bytes rp_id_hash;
  Bytes user_id;
  std::string user_name;
  std::string user_display_name;
  int algorithm = 0;
  Bytes private_key;
  bool discoverable = false;
  int cred_protect = 1;
  int64_t created = 0;  // ordinal, not time
};

// Everything that survives a power cycle.
struct KeyState {
  BatchIdentity batch;
  std::vector<Credential> credentials;
  Bytes pin_hash;  // LEFT(SHA-256(PIN), 16); empty: no PIN
  int pin_retries = kMaxPinRetries;
  bool pin_change_forced = false;
  int uv_retries = kMaxUvRetries;
  uint32_t counter = 0;
  int64_t next_ordinal = 1;

  const Credential* FindCredential(ByteView id, ByteView rp_id_hash) const;
  size_t DiscoverableCount() const;

  Bytes Encode() const;
  // nullopt when the bytes are not a whole state of this version.
  static std::optional<KeyState> Decode(ByteView in);
};

}  // namespace fob::testing
