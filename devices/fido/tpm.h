#pragma once

#include <optional>

#include "base/bytes.h"
#include "devices/fido/algorithm.h"

// The structures of a TPM that an attestation of format tpm holds (WebAuthn clause 8.3), as the TPM
// 2.0 library specification, part 2, has them: big-endian, TPM2B is a size of two bytes and so many
// bytes. Both are read exactly: nothing missing, nothing left over.
namespace fob::fido {

// TPMS_ATTEST of TPM2_Certify (clause 10.12.8):
//
//   magic[4] = ff544347  type[2] = 8017  qualified_signer = TPM2B  extra_data = TPM2B
//   clock_info[17]  firmware_version[8]  name = TPM2B  qualified_name = TPM2B
struct TpmCertified {
  Bytes extra_data;
  Bytes name;  // of the key that is certified: algorithm[2] and digest of its public area
};
std::optional<TpmCertified> ParseTpmCertInfo(ByteView bytes);

// TPMT_PUBLIC (clause 12.2.4) of a signing key that its TPM made and does not let go:
//
//   type[2] = rsa 0001 / ecc 0023  name_alg[2] = sha256 000b  attributes[4]  auth_policy = TPM2B
//   symmetric[2] = null 0010
//   rsa:  scheme[2] = null / rsassa 0014 hash[2] = sha256   key_bits[2] = 2048  exponent[4] = 0 /
//   65537
//         n = TPM2B
//   ecc:  scheme[2] = null / ecdsa 0018 hash[2] = sha256    curve[2] = p256 0003  kdf[2] = null
//         x = TPM2B  y = TPM2B
struct TpmPublic {
  Algorithm algorithm = Algorithm::kEs256;
  Bytes public_key;  // as CredentialFacts has it
};
std::optional<TpmPublic> ParseTpmPublic(ByteView bytes);

inline constexpr uint16_t kTpmSha256 = 0x000b;

}  // namespace fob::fido
