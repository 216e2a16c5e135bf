#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace fob::fido {

inline constexpr size_t kMaxStatement = 16 * 1024;  // bytes
inline constexpr size_t kMaxCertificates = 8;

// The attestation statements of WebAuthn clauses 8.2, 8.3, 8.6 and 8.7. Which members a format has
// is for the caller to check.
//
//   { ? "alg": COSEAlgorithmIdentifier, ? "sig": bytes, ? "x5c": [ 1*8 bytes ],
//     ? "ver": text, ? "certInfo": bytes, ? "pubArea": bytes }
struct AttestationStatement {
  size_t members = 0;
  std::optional<int64_t> algorithm;
  std::optional<Bytes> signature;
  std::vector<Bytes> certificates;  // x5c, the leaf first
  // tpm only:
  std::string version;
  Bytes cert_info;
  Bytes pub_area;

  bool OfTpm() const { return !version.empty() || !cert_info.empty() || !pub_area.empty(); }
};

// Exact: no other member, none twice or empty, nothing after the map.
std::optional<AttestationStatement> ParseAttestationStatement(ByteView bytes);

}  // namespace fob::fido
