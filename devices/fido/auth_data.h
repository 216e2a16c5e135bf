#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace fob::fido {

// The credential that a registration attests. Not a member of AuthData: clang 14 cannot construct
// an optional of a nested class with member initialisers.
struct AttestedCredential {
  std::array<uint8_t, 16> aaguid{};
  Bytes credential_id;         // 1 to kMaxCredentialId bytes
  int64_t cose_algorithm = 0;  // what the key says its public key is for
};

// Authenticator data (WebAuthn clause 6.1), which a key signs, as raw bytes:
//
//   rp_id_hash[32] flags[1] counter[4, big-endian]
//   [aaguid[16] length[2, big-endian] credential_id[length] public_key = COSE_Key]   ; when flag AT
//   is set [extensions = CBOR map]                                                          ; when
//   flag ED is set
//
// CTAP2 wraps it into a CBOR byte string; here it never is.
struct AuthData {
  using Attested = AttestedCredential;

  std::array<uint8_t, 32> rp_id_hash{};
  bool user_present = false;     // UP
  bool user_verified = false;    // UV
  bool backup_eligible = false;  // BE
  bool backed_up = false;        // BS, never without BE
  uint32_t counter = 0;
  std::optional<Attested> attested;
};

inline constexpr size_t kMaxAuthData = 2048;
inline constexpr size_t kMaxCredentialId = 1023;  // WebAuthn clause 5.4.3

// Exact: nothing missing, nothing left over. kCorrupt/"bad_auth_data" otherwise.
Result<AuthData> ParseAuthData(ByteView raw);

}  // namespace fob::fido
