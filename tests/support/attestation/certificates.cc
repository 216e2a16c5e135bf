#include "tests/support/attestation/certificates.h"

#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>

namespace fob::testing {
namespace {

using NamePtr = OsslPtr<X509_NAME, X509_NAME_free>;
using ExtensionPtr = OsslPtr<X509_EXTENSION, X509_EXTENSION_free>;
using OctetsPtr = OsslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using ObjectPtr = OsslPtr<ASN1_OBJECT, ASN1_OBJECT_free>;
using ConfPtr = OsslPtr<CONF, NCONF_free>;
using BioPtr = OsslPtr<BIO, BIO_free_all>;

NamePtr MakeName(const std::vector<std::pair<std::string, std::string>>& entries) {
  NamePtr name(X509_NAME_new());
  for (const auto& [field, text] : entries) {
    OsslCheck(X509_NAME_add_entry_by_txt(name.get(), field.c_str(), MBSTRING_UTF8,
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()), -1, 0) == 1,
              "name");
  }
  return name;
}

void AddExtensions(X509* certificate, X509* issuer, const CertificateShape& shape) {
  const std::string text = "[here]\n" + shape.extensions + shape.sections;
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const ConfPtr conf(NCONF_new(nullptr));
  long line = 0;
  OsslCheck(NCONF_load_bio(conf.get(), bio.get(), &line) == 1, "configuration");
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_nconf(&context, conf.get());
  OsslCheck(X509V3_EXT_add_nconf(conf.get(), &context, "here", certificate) == 1, "extensions");
  if (!shape.aaguid) return;
  Bytes inner = {0x04, static_cast<uint8_t>(shape.aaguid->size())};
  inner.insert(inner.end(), shape.aaguid->begin(), shape.aaguid->end());
  const OctetsPtr octets(ASN1_OCTET_STRING_new());
  const ObjectPtr oid(OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1));
  OsslCheck(ASN1_OCTET_STRING_set(octets.get(), inner.data(), static_cast<int>(inner.size())) == 1,
            "aaguid");
  const ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(
      nullptr, oid.get(), shape.aaguid_critical ? 1 : 0, octets.get()));
  OsslCheck(X509_add_ext(certificate, extension.get(), -1) == 1, "aaguid");
}

// Signed by `issuer_key`; `issuer` is null for a certificate of its own.
X509Ptr Make(const CertificateShape& shape, EVP_PKEY* subject_key, X509* issuer,
             EVP_PKEY* issuer_key) {
  static std::atomic<long> serial{1};
  X509Ptr out(X509_new());
  const NamePtr subject = MakeName(shape.subject);
  OsslCheck(
      X509_set_version(out.get(), shape.version) == 1 &&
          ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial++) == 1 &&
          ASN1_TIME_set_string(X509_getm_notBefore(out.get()), shape.not_before.c_str()) == 1 &&
          ASN1_TIME_set_string(X509_getm_notAfter(out.get()), shape.not_after.c_str()) == 1 &&
          X509_set_subject_name(out.get(), subject.get()) == 1 &&
          X509_set_issuer_name(
              out.get(), issuer == nullptr ? subject.get() : X509_get_subject_name(issuer)) == 1 &&
          X509_set_pubkey(out.get(), subject_key) == 1,
      "certificate");
  AddExtensions(out.get(), issuer == nullptr ? out.get() : issuer, shape);
  OsslCheck(X509_sign(out.get(), issuer_key, shape.digest) > 0, "sign a certificate");
  return out;
}

}  // namespace

PkeyPtr NewP256Key() { return PkeyPtr(EVP_EC_gen("P-256")); }

PkeyPtr NewRsaKey(int bits) { return PkeyPtr(EVP_RSA_gen(static_cast<unsigned>(bits))); }

CertificateShape RootShape(const std::string& name) {
  CertificateShape out;
  out.subject = {{"O", "fob tests"}, {"CN", name}};
  out.extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
  return out;
}

CertificateShape TpmShape() {
  CertificateShape out;
  out.subject.clear();
  out.extensions =
      "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=2.23.133.8.3\n"
      "subjectAltName=critical,dirName:tpm\n";
  // OpenSSL leaves out what stands before the first dot.
  out.sections = "[tpm]\nx.2.23.133.2.1=id:FFFFF1D0\nx.2.23.133.2.2=a TPM\nx.2.23.133.2.3=id:13\n";
  return out;
}

Issuer::Issuer(CertificateShape shape, PkeyPtr key)
    : key_(std::move(key)),
      certificate_(Make(shape, key_.get(), nullptr, key_.get())),
      der_(DerOf(certificate_.get())) {}

Issuer::Issuer(const Issuer& above, CertificateShape shape, PkeyPtr key)
    : key_(std::move(key)),
      certificate_(Make(shape, key_.get(), above.certificate_.get(), above.key_.get())),
      der_(DerOf(certificate_.get())) {}

Bytes Issuer::Issue(const CertificateShape& shape, EVP_PKEY* subject_key) const {
  return DerOf(Make(shape, subject_key, certificate_.get(), key_.get()).get());
}

std::string Issuer::pem() const { return PemOf(der_); }

std::string PemOf(const Bytes& der) {
  const uint8_t* from = der.data();
  const X509Ptr certificate(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
  const BioPtr bio(BIO_new(BIO_s_mem()));
  OsslCheck(certificate != nullptr && PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "pem");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace fob::testing
