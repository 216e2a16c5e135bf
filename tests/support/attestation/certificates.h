#pragma once

#include <openssl/x509.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/virtual_key/ossl.h"

namespace fob::testing {

using X509Ptr = OsslPtr<X509, X509_free>;

PkeyPtr NewP256Key();
PkeyPtr NewRsaKey(int bits = 2048);

// What a certificate says; as it stands, a good one for packed attestation.
struct CertificateShape {
  long version = X509_VERSION_3;
  std::vector<std::pair<std::string, std::string>> subject = {{"C", "AQ"},
                                                              {"O", "fob tests"},
                                                              {"OU", "Authenticator Attestation"},
                                                              {"CN", "a model of key"}};
  // In the words of OpenSSL's configuration files.
  std::string extensions = "basicConstraints=critical,CA:FALSE\n";
  std::string sections;  // that the extensions name
  std::optional<Bytes> aaguid;
  bool aaguid_critical = false;
  std::string not_before = "20200101000000Z";
  std::string not_after = "20991231235959Z";
  const EVP_MD* digest = EVP_sha256();
};

CertificateShape RootShape(const std::string& name = "a root");
CertificateShape TpmShape();  // a good one for format tpm (WebAuthn clause 8.3.1)

// A key that certifies others.
class Issuer {
 public:
  explicit Issuer(CertificateShape shape = RootShape(), PkeyPtr key = NewP256Key());  // self-signed
  Issuer(const Issuer& above, CertificateShape shape, PkeyPtr key = NewP256Key());

  Bytes Issue(const CertificateShape& shape, EVP_PKEY* subject_key) const;  // DER
  const Bytes& der() const { return der_; }
  std::string pem() const;

 private:
  PkeyPtr key_;
  X509Ptr certificate_;
  Bytes der_;
};

std::string PemOf(const Bytes& der);

}  // namespace fob::testing
