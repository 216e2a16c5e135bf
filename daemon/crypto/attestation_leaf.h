#pragma once

#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "daemon/crypto/ossl.h"

// What WebAuthn asks of the certificate that an attestation is signed with. All refusals are
// kDenied/"bad_attestation".
namespace fob::crypto {

using Certificate = std::unique_ptr<X509, OsslFree<X509_free>>;

// One certificate of version 1 to 3, of at most 8 KiB, and nothing after it.
Result<Certificate> ParseCertificate(ByteView der);

Status CheckPackedSubject(const X509& leaf);  // clause 8.2.1: version and subject
Status CheckTpmNames(const X509& leaf);       // clause 8.3.1: version, names and key usage
// Both clauses: basicConstraints without CA; an AAGUID extension, which is not critical, is right.
Status CheckLeafExtensions(const X509& leaf, const std::array<uint8_t, 16>& aaguid);

Error BadAttestation(std::string_view text);  // empties OpenSSL's error queue

}  // namespace fob::crypto
