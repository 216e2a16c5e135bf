#include "daemon/crypto/attestation_leaf.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <string>

#include "daemon/crypto/attestation_certificates.h"

namespace fob::crypto {
namespace {

using Object = std::unique_ptr<ASN1_OBJECT, OsslFree<ASN1_OBJECT_free>>;
using Octets = std::unique_ptr<ASN1_OCTET_STRING, OsslFree<ASN1_OCTET_STRING_free>>;
using Constraints = std::unique_ptr<BASIC_CONSTRAINTS, OsslFree<BASIC_CONSTRAINTS_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, OsslFree<GENERAL_NAMES_free>>;
using Usage = std::unique_ptr<EXTENDED_KEY_USAGE, OsslFree<EXTENDED_KEY_USAGE_free>>;

constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";
constexpr const char* kAikUsage = "2.23.133.8.3";  // tcg-kp-AIKCertificate
// TCG EK credential profile clause 3.2.9: manufacturer, model and version of the TPM.
constexpr const char* kTpmAttributes[] = {"2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"};

Object Oid(const char* text) { return Object(OBJ_txt2obj(text, 1)); }

// The text of the one entry of its kind.
std::optional<std::string> OnlyEntry(const X509_NAME* name, const ASN1_OBJECT* kind) {
  const int at = X509_NAME_get_index_by_OBJ(name, kind, -1);
  if (at < 0 || X509_NAME_get_index_by_OBJ(name, kind, at) >= 0) return std::nullopt;
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return std::nullopt;
  std::string out(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return out;
}

bool IsCountry(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// An extension of a kind that X509V3 knows; one that stands twice is none.
template <typename T>
T Extension(const X509& leaf, int nid) {
  int critical = 0;
  return T(static_cast<typename T::pointer>(X509_get_ext_d2i(&leaf, nid, &critical, nullptr)));
}

Status CheckAaguid(const X509& leaf, const std::array<uint8_t, 16>& aaguid) {
  const Object kind = Oid(kAaguidExtension);
  const int at = X509_get_ext_by_OBJ(&leaf, kind.get(), -1);
  if (at < 0) return Ok();
  X509_EXTENSION* extension = X509_get_ext(&leaf, at);
  if (X509_get_ext_by_OBJ(&leaf, kind.get(), at) >= 0 ||
      X509_EXTENSION_get_critical(extension) != 0) {
    return BadAttestation("a certificate whose AAGUID is critical or stands twice");
  }
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
  const uint8_t* from = ASN1_STRING_get0_data(value);
  const uint8_t* const end = from + ASN1_STRING_length(value);
  const Octets octets(d2i_ASN1_OCTET_STRING(nullptr, &from, ASN1_STRING_length(value)));
  if (!octets || from != end) return BadAttestation("a certificate whose AAGUID is none");
  const ByteView named(ASN1_STRING_get0_data(octets.get()),
                       static_cast<size_t>(ASN1_STRING_length(octets.get())));
  if (!std::ranges::equal(named, aaguid))
    return BadAttestation("a certificate of another model of key");
  return Ok();
}

}  // namespace

Error BadAttestation(std::string_view text) {
  ERR_clear_error();
  return MakeError(Code::kDenied, "bad_attestation", std::string(text));
}

Result<Certificate> ParseCertificate(ByteView der) {
  if (der.size() > AttestationCertificates::kMaxCertificate)
    return BadAttestation("a certificate of more than 8 KiB");
  const uint8_t* from = der.data();
  Certificate out(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
  if (!out || from != der.data() + der.size())
    return BadAttestation("a certificate that cannot be read");
  return out;
}

Status CheckPackedSubject(const X509& leaf) {
  if (X509_get_version(&leaf) != X509_VERSION_3)
    return BadAttestation("a certificate that is not of version 3");
  const X509_NAME* subject = X509_get_subject_name(&leaf);
  const auto entry = [&](int nid) { return OnlyEntry(subject, OBJ_nid2obj(nid)); };
  const auto country = entry(NID_countryName);
  const auto maker = entry(NID_organizationName);
  const auto unit = entry(NID_organizationalUnitName);
  const auto name = entry(NID_commonName);
  if (!country || !IsCountry(*country) || !maker || maker->empty() || !name || name->empty() ||
      unit != "Authenticator Attestation") {
    return BadAttestation("a certificate that is not for the attestation of keys");
  }
  return Ok();
}

Status CheckTpmNames(const X509& leaf) {
  if (X509_get_version(&leaf) != X509_VERSION_3)
    return BadAttestation("a certificate that is not of version 3");
  if (X509_NAME_entry_count(X509_get_subject_name(&leaf)) != 0)
    return BadAttestation("a TPM's certificate with a subject");
  const auto names = Extension<Names>(leaf, NID_subject_alt_name);
  bool named = false;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DIRNAME) continue;
    named = std::ranges::all_of(kTpmAttributes, [&](const char* oid) {
      const auto text = OnlyEntry(name->d.directoryName, Oid(oid).get());
      return text && !text->empty();
    });
    break;
  }
  if (!named) return BadAttestation("a certificate that does not name a TPM");
  const auto usage = Extension<Usage>(leaf, NID_ext_key_usage);
  const Object aik = Oid(kAikUsage);
  bool for_aik = false;
  for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage.get()); ++i)
    for_aik = for_aik || OBJ_cmp(sk_ASN1_OBJECT_value(usage.get(), i), aik.get()) == 0;
  if (!for_aik) return BadAttestation("a certificate that is not for the attestation of keys");
  return Ok();
}

Status CheckLeafExtensions(const X509& leaf, const std::array<uint8_t, 16>& aaguid) {
  const auto constraints = Extension<Constraints>(leaf, NID_basic_constraints);
  if (!constraints || constraints->ca != 0)
    return BadAttestation("a certificate that may sign others, or does not say that it may not");
  return CheckAaguid(leaf, aaguid);
}

}  // namespace fob::crypto
