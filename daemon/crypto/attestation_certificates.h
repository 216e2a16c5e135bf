#pragma once

#include <openssl/x509_vfy.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "daemon/core/records.h"
#include "daemon/crypto/ossl.h"

namespace fob::crypto {

// The certificates of attestation statements (DER), and the roots that are believed. May be used by
// several threads at once. All refusals are kDenied/"bad_attestation".
class AttestationCertificates {
 public:
  using Aaguid = std::array<uint8_t, 16>;
  static constexpr size_t kMaxCertificate = 8 * 1024;  // bytes
  static constexpr size_t kMaxRoots = 1024;

  // Roots as PEM text: certificates and nothing but blanks between them. A configured certificate
  // is believed whether it is self-signed or not. kInvalidArgument/"bad_root".
  static Result<AttestationCertificates> Create(const std::vector<std::string>& pem_texts);

  size_t roots() const { return roots_.size(); }

  // WebAuthn clause 8.2.1: version 3; subject with C, O, OU "Authenticator Attestation" and CN; no
  // CA. Where it names an AAGUID (extension 1.3.6.1.4.1.45724.1.1.4), it is this one.
  Status CheckPackedLeaf(ByteView der, const Aaguid& aaguid) const;
  // Clause 8.3.1: version 3; empty subject; a subject alternative name with the TPM's maker, model
  // and version; extended key usage 2.23.133.8.3; no CA; AAGUID as above.
  Status CheckTpmLeaf(ByteView der, const Aaguid& aaguid) const;
  // Clause 8.6: its key is on P-256.
  Status CheckU2fLeaf(ByteView der) const;

  // ES256 (ASN.1 DER), RS256 or EdDSA by the certificate's key over `message`.
  Status VerifySignature(ByteView der, core::KeyAlgorithm algorithm, ByteView message,
                         ByteView signature) const;

  // Whether the first certificate is signed, over the others, by a root; all of them valid at `now`
  // (Unix seconds), none signed with SHA-1 or by a short key, no CA without the right to be one.
  bool IsTrusted(const std::vector<Bytes>& chain, int64_t now) const;

 private:
  AttestationCertificates() = default;

  // One a root: of two roots of the same name, OpenSSL would try the first only.
  std::vector<std::unique_ptr<X509_STORE, OsslFree<X509_STORE_free>>> roots_;
};

// The roots in *.pem files of `folder`, which like its files must belong to root or to us and be
// writable by nobody else. No such folder: no roots. kNotPermitted, kUnavailable, kInvalidArgument.
Result<AttestationCertificates> LoadAttestationRoots(const std::string& folder);

}  // namespace fob::crypto
