#include "daemon/crypto/attestation_certificates.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>

#include "daemon/crypto/attestation_leaf.h"

namespace fob::crypto {
namespace {

using Bio = std::unique_ptr<BIO, OsslFree<BIO_free_all>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, OsslFree<X509_STORE_CTX_free>>;

constexpr int kMaxDepth = 8;
constexpr int kAuthLevel = 1;  // 80 bits: no SHA-1, no RSA below 1024 bits

void FreeStack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using Stack = std::unique_ptr<STACK_OF(X509), OsslFree<FreeStack>>;

Error BadRoot(std::string_view what) {
  ERR_clear_error();
  return MakeError(Code::kInvalidArgument, "bad_root", std::string(what));
}

// The certificates in one PEM text.
Result<std::vector<Certificate>> ReadPem(std::string_view text) {
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::vector<Certificate> out;
  while (true) {
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    out.push_back(std::move(certificate));
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  // Every block must have been read: one that cannot be is not passed over.
  size_t blocks = 0;
  for (size_t at = text.find("-----BEGIN "); at != std::string_view::npos;
       at = text.find("-----BEGIN ", at + 1)) {
    ++blocks;
  }
  if (!ended || out.empty() || out.size() != blocks) return BadRoot("not certificates in PEM form");
  return out;
}

bool LeadsTo(X509_STORE* root, X509* leaf, STACK_OF(X509) * others, int64_t now) {
  const StoreContext context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), root, leaf, others) != 1) return false;
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_USE_CHECK_TIME);
  X509_VERIFY_PARAM_set_time(parameters, now);
  X509_VERIFY_PARAM_set_depth(parameters, kMaxDepth);
  X509_VERIFY_PARAM_set_auth_level(parameters, kAuthLevel);
  return X509_verify_cert(context.get()) == 1;
}

std::optional<const char*> KeyTypeOf(core::KeyAlgorithm algorithm) {
  switch (algorithm) {
    case core::KeyAlgorithm::kEs256: return "EC";
    case core::KeyAlgorithm::kEdDsa: return "ED25519";
    case core::KeyAlgorithm::kRs256: return "RSA";
  }
  return std::nullopt;
}

}  // namespace

Result<AttestationCertificates> AttestationCertificates::Create(
    const std::vector<std::string>& pem_texts) {
  AttestationCertificates out;
  for (const std::string& text : pem_texts) {
    FOB_TRY(const std::vector<Certificate> roots, ReadPem(text));
    for (const Certificate& root : roots) {
      if (out.roots() == kMaxRoots) return BadRoot("more than 1024 certificates");
      X509_STORE* store = out.roots_.emplace_back(X509_STORE_new()).get();
      if (store == nullptr || X509_STORE_add_cert(store, root.get()) != 1)
        return OsslFailed("keep a certificate");
    }
  }
  return out;
}

Status AttestationCertificates::CheckPackedLeaf(ByteView der, const Aaguid& aaguid) const {
  FOB_TRY(const Certificate leaf, ParseCertificate(der));
  FOB_CHECK(CheckPackedSubject(*leaf));
  return CheckLeafExtensions(*leaf, aaguid);
}

Status AttestationCertificates::CheckTpmLeaf(ByteView der, const Aaguid& aaguid) const {
  FOB_TRY(const Certificate leaf, ParseCertificate(der));
  FOB_CHECK(CheckTpmNames(*leaf));
  return CheckLeafExtensions(*leaf, aaguid);
}

Status AttestationCertificates::CheckU2fLeaf(ByteView der) const {
  FOB_TRY(const Certificate leaf, ParseCertificate(der));
  EVP_PKEY* key = X509_get0_pubkey(leaf.get());
  char group[32] = {};
  const bool good = key != nullptr &&
                    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                                   sizeof group, nullptr) == 1 &&
                    std::string_view(group) == "prime256v1";
  if (!good) return BadAttestation("a certificate whose key is not on P-256");
  return Ok();
}

Status AttestationCertificates::VerifySignature(ByteView der, core::KeyAlgorithm algorithm,
                                                ByteView message, ByteView signature) const {
  FOB_TRY(const Certificate leaf, ParseCertificate(der));
  EVP_PKEY* key = X509_get0_pubkey(leaf.get());
  const auto type = KeyTypeOf(algorithm);
  const char* digest = algorithm == core::KeyAlgorithm::kEdDsa ? nullptr : "SHA256";
  const bool good = key != nullptr && type && EVP_PKEY_is_a(key, *type) == 1 &&
                    VerifyDigest(key, digest, message, signature);
  if (!good) return BadAttestation("the attestation's signature does not hold");
  return Ok();
}

bool AttestationCertificates::IsTrusted(const std::vector<Bytes>& chain, int64_t now) const {
  if (chain.empty() || chain.size() > kMaxDepth) return false;
  std::vector<Certificate> certificates;
  const Stack others(sk_X509_new_null());
  for (const Bytes& der : chain) {
    auto certificate = ParseCertificate(der);
    if (!certificate.ok()) return false;
    certificates.push_back(*std::move(certificate));
    if (certificates.size() > 1 && sk_X509_push(others.get(), certificates.back().get()) == 0)
      return false;
  }
  const bool trusted = std::ranges::any_of(roots_, [&](const auto& root) {
    return LeadsTo(root.get(), certificates.front().get(), others.get(), now);
  });
  ERR_clear_error();
  return trusted;
}

}  // namespace fob::crypto
