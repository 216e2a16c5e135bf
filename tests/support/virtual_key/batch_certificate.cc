#include "tests/support/virtual_key/batch_certificate.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "tests/support/virtual_key/crypto.h"
#include "tests/support/virtual_key/options.h"
#include "tests/support/virtual_key/ossl.h"

namespace fob::testing {
namespace {

using X509Ptr = OsslPtr<X509, X509_free>;
using NamePtr = OsslPtr<X509_NAME, X509_NAME_free>;
using ExtensionPtr = OsslPtr<X509_EXTENSION, X509_EXTENSION_free>;
using OctetsPtr = OsslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using ObjectPtr = OsslPtr<ASN1_OBJECT, ASN1_OBJECT_free>;

NamePtr MakeName(const char* common_name, const char* unit) {
  NamePtr name(X509_NAME_new());
  const auto add = [&](const char* field, const char* text) {
    OsslCheck(
        X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(text), -1, -1, 0) == 1,
        "name");
  };
  add("C", "AQ");
  add("O", "fob tests");
  add("OU", unit);
  add("CN", common_name);
  return name;
}

void AddExtension(X509* cert, int nid, const char* value) {
  X509V3_CTX ctx;
  X509V3_set_ctx_nodb(&ctx);
  X509V3_set_ctx(&ctx, cert, cert, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &ctx, nid, value));
  OsslCheck(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1, "extension");
}

// id-fido-gen-ce-aaguid: the AAGUID in an octet string, inside the extension's own.
void AddAaguid(X509* cert, ByteView aaguid) {
  Bytes inner = {0x04, 0x10};
  Append(inner, aaguid);
  const OctetsPtr octets(ASN1_OCTET_STRING_new());
  const ObjectPtr oid(OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1));
  OsslCheck(ASN1_OCTET_STRING_set(octets.get(), inner.data(), static_cast<int>(inner.size())) == 1,
            "aaguid");
  const ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, octets.get()));
  OsslCheck(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1, "aaguid");
}

X509Ptr MakeCertificate(EVP_PKEY* subject_key, const X509_NAME* subject, const X509_NAME* issuer,
                        long serial) {
  X509Ptr cert(X509_new());
  OsslCheck(X509_set_version(cert.get(), 2) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial) == 1 &&
                ASN1_TIME_set_string(X509_getm_notBefore(cert.get()), "20200101000000Z") == 1 &&
                ASN1_TIME_set_string(X509_getm_notAfter(cert.get()), "20991231235959Z") == 1 &&
                X509_set_subject_name(cert.get(), subject) == 1 &&
                X509_set_issuer_name(cert.get(), issuer) == 1 &&
                X509_set_pubkey(cert.get(), subject_key) == 1,
            "certificate");
  return cert;
}

Bytes SignedDer(X509* cert, EVP_PKEY* issuer_key) {
  OsslCheck(X509_sign(cert, issuer_key, EVP_sha256()) > 0, "sign certificate");
  return DerOf(cert);
}

}  // namespace

BatchIdentity MakeBatchIdentity(ByteView aaguid, Random& random) {
  BatchIdentity out;
  const Bytes root_private = GeneratePrivateKey(kEs256, random);
  out.private_key = GeneratePrivateKey(kEs256, random);
  const PkeyPtr root_key = MakePkey(kEs256, root_private);
  const PkeyPtr leaf_key = MakePkey(kEs256, out.private_key);
  const NamePtr root_name = MakeName("fob virtual key root", "Test roots");
  const NamePtr leaf_name = MakeName("fob virtual key", "Authenticator Attestation");

  const X509Ptr root = MakeCertificate(root_key.get(), root_name.get(), root_name.get(), 1);
  AddExtension(root.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  out.root_certificate = SignedDer(root.get(), root_key.get());

  const X509Ptr leaf = MakeCertificate(leaf_key.get(), leaf_name.get(), root_name.get(), 2);
  AddExtension(leaf.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddAaguid(leaf.get(), aaguid);
  out.certificate = SignedDer(leaf.get(), root_key.get());
  return out;
}

}  // namespace fob::testing
