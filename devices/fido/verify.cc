#include "devices/fido/verify.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "devices/fido/attestation_statement.h"
#include "devices/fido/auth_data.h"
#include "devices/fido/handles.h"
#include "devices/fido/tpm.h"

namespace fob::fido {
namespace {

constexpr size_t kHashSize = 32;

Error NoMemory() { return MakeError(Code::kInternal, "libfido2", "libfido2 has no memory"); }

// A public key in libfido2's own form, of whichever algorithm.
class PublicKey {
 public:
  static std::optional<PublicKey> Create(Algorithm algorithm, const Bytes& raw) {
    switch (algorithm) {
      case Algorithm::kEs256:
        return Load(
            es256_pk_new(), es256_pk_from_ptr, [](es256_pk_t* key) { es256_pk_free(&key); }, raw,
            64);
      case Algorithm::kEdDsa:
        return Load(
            eddsa_pk_new(), eddsa_pk_from_ptr, [](eddsa_pk_t* key) { eddsa_pk_free(&key); }, raw,
            32);
      case Algorithm::kRs256:
        return Load(
            rs256_pk_new(), rs256_pk_from_ptr, [](rs256_pk_t* key) { rs256_pk_free(&key); }, raw,
            256 + 3);
    }
    return std::nullopt;
  }
  const void* get() const { return key_.get(); }

 private:
  template <typename T, typename Free>
  static std::optional<PublicKey> Load(T* key, int (*from)(T*, const void*, size_t), Free free,
                                       const Bytes& raw, size_t size) {
    PublicKey out;
    out.key_ = std::shared_ptr<void>(key, [free](void* owned) { free(static_cast<T*>(owned)); });
    if (key == nullptr || raw.size() != size || from(key, raw.data(), raw.size()) != FIDO_OK)
      return std::nullopt;
    return out;
  }

  std::shared_ptr<void> key_;
};

// SHA-256 through libfido2, which hashes client data so: this folder knows no OpenSSL.
Bytes Sha256(std::string_view text) {
  const Handle<fido_assert_t> hasher(fido_assert_new());
  if (hasher == nullptr ||
      fido_assert_set_clientdata(hasher.get(), AsBytes(text).data(), text.size()) != FIDO_OK) {
    return {};
  }
  return CopyOut(fido_assert_clientdata_hash_ptr(hasher.get()),
                 fido_assert_clientdata_hash_len(hasher.get()));
}

// The flags and the rp, as the raw authenticator data has them.
Status CheckFacts(const AuthData& data, const std::string& rp_id, bool require_user_verification) {
  if (rp_id.empty() || !std::ranges::equal(Sha256(rp_id), data.rp_id_hash)) {
    return Denied("wrong_rp", "the key answered for another rp id");
  }
  if (!data.user_present) return Denied("no_user_presence", "the key did not see a touch");
  if (require_user_verification && !data.user_verified) {
    return Denied("no_user_verification", "the key did not verify its user");
  }
  return Ok();
}

Status SignatureStatus(int result) {
  if (result == FIDO_OK) return Ok();
  if (result == FIDO_ERR_INVALID_SIG)
    return Denied("bad_signature", "the signature is not the key's");
  return Denied("bad_signature",
                std::string("libfido2 refuses the answer: ") + fido_strerr(result));
}

Status VerifySignature(const AssertionCheck& check) {
  const auto key = PublicKey::Create(check.algorithm, check.public_key);
  if (!key)
    return MakeError(Code::kInvalidArgument, "bad_public_key", "the stored public key is not one");
  const Handle<fido_assert_t> assertion(fido_assert_new());
  fido_assert_t* a = assertion.get();
  if (a == nullptr) return NoMemory();
  // Without set_up and set_uv, fido_assert_verify would not look at the flags.
  if (fido_assert_set_rp(a, check.rp_id.c_str()) != FIDO_OK ||
      fido_assert_set_clientdata_hash(a, check.client_data_hash.data(),
                                      check.client_data_hash.size()) != FIDO_OK ||
      fido_assert_set_count(a, 1) != FIDO_OK || fido_assert_set_up(a, FIDO_OPT_TRUE) != FIDO_OK ||
      fido_assert_set_uv(a, check.require_user_verification ? FIDO_OPT_TRUE : FIDO_OPT_OMIT) !=
          FIDO_OK ||
      fido_assert_set_authdata_raw(a, 0, check.auth_data.data(), check.auth_data.size()) !=
          FIDO_OK ||
      fido_assert_set_sig(a, 0, check.signature.data(), check.signature.size()) != FIDO_OK) {
    return Denied("bad_signature", "libfido2 cannot read the answer");
  }
  return SignatureStatus(fido_assert_verify(a, 0, static_cast<int>(check.algorithm), key->get()));
}

Result<Handle<fido_cred_t>> Load(const CredentialCheck& check, Algorithm algorithm) {
  Handle<fido_cred_t> credential(fido_cred_new());
  fido_cred_t* c = credential.get();
  if (c == nullptr) return NoMemory();
  if (fido_cred_set_type(c, static_cast<int>(algorithm)) != FIDO_OK ||
      fido_cred_set_rp(c, check.rp_id.c_str(), nullptr) != FIDO_OK ||
      fido_cred_set_clientdata_hash(c, check.client_data_hash.data(),
                                    check.client_data_hash.size()) != FIDO_OK ||
      fido_cred_set_uv(c, check.require_user_verification ? FIDO_OPT_TRUE : FIDO_OPT_OMIT) !=
          FIDO_OK ||
      fido_cred_set_authdata_raw(c, check.auth_data.data(), check.auth_data.size()) != FIDO_OK) {
    return MakeError(Code::kCorrupt, "bad_auth_data",
                     "authenticator data: libfido2 cannot read it");
  }
  return credential;
}

Error BadAttestation(std::string_view text) { return Denied("bad_attestation", std::string(text)); }

// WebAuthn clauses 8.2 and 8.6: the signature, by libfido2.
Status VerifyStatement(const CredentialCheck& check, bool self, fido_cred_t* c) {
  if (fido_cred_set_fmt(c, check.format.c_str()) != FIDO_OK ||
      fido_cred_set_attstmt(c, check.attestation_statement.data(),
                            check.attestation_statement.size()) != FIDO_OK) {
    return BadAttestation("an attestation statement that libfido2 cannot read");
  }
  if ((self ? fido_cred_verify_self(c) : fido_cred_verify(c)) != FIDO_OK)
    return BadAttestation("the attestation's signature does not hold");
  return Ok();
}

// Clause 8.6: its signature covers neither flags nor AAGUID, which therefore must say nothing.
Status CheckU2f(const AttestationStatement& statement, Algorithm algorithm, const AuthData& data) {
  const auto& aaguid = data.attested->aaguid;
  if (statement.certificates.size() != 1 || algorithm != Algorithm::kEs256 ||
      std::ranges::any_of(aaguid, [](uint8_t byte) { return byte != 0; }) || data.user_verified ||
      data.backup_eligible) {
    return BadAttestation("not a U2F attestation");
  }
  return Ok();
}

// Clause 8.3, with SHA-256 as the one hash.
Status VerifyTpm(const CredentialCheck& check, const AttestationStatement& statement,
                 Algorithm algorithm, ByteView public_key) {
  if (check.certificates == nullptr)
    return Denied("unknown_attestation", "an attestation of a format that is not supported");
  const auto signer = AlgorithmFromCose(statement.algorithm.value_or(0));
  if (statement.members != 6 || statement.version != "2.0" || !statement.signature ||
      statement.certificates.empty()) {
    return BadAttestation("an incomplete statement");
  }
  if (signer != Algorithm::kEs256 && signer != Algorithm::kRs256) {
    return Denied("unsupported_algorithm",
                  "a TPM that signs with an algorithm that is not supported");
  }
  const auto certified = ParseTpmCertInfo(statement.cert_info);
  const auto area = ParseTpmPublic(statement.pub_area);
  if (!certified || !area) return BadAttestation("a TPM's structure that cannot be read");
  if (area->algorithm != algorithm || !std::ranges::equal(area->public_key, public_key))
    return BadAttestation("the TPM certifies another key");
  Bytes name = {kTpmSha256 >> 8, kTpmSha256 & 0xff};
  const Bytes digest = Sha256(AsText(statement.pub_area));
  name.insert(name.end(), digest.begin(), digest.end());
  Bytes signed_bytes = check.auth_data;
  signed_bytes.insert(signed_bytes.end(), check.client_data_hash.begin(),
                      check.client_data_hash.end());
  if (digest.empty() || certified->name != name || certified->extra_data != Sha256(AsText(signed_bytes)))
    return BadAttestation("the TPM certifies something else");
  return check.certificates->VerifySignature(statement.certificates.front(), *signer,
                                             statement.cert_info, *statement.signature);
}

// Who stands behind a statement whose signature holds.
Result<Attestation> JudgeCertificates(const CredentialCheck& check, CertificateChecks::Kind kind,
                                      const AttestationStatement& statement,
                                      const AuthData& data) {
  if (check.certificates == nullptr) return Attestation::kUnverified;
  FOB_CHECK(check.certificates->CheckLeaf(kind, statement.certificates.front(),
                                          data.attested->aaguid));
  return check.certificates->IsTrusted(statement.certificates, check.now) ? Attestation::kVerified
                                                                          : Attestation::kUnverified;
}

Result<Attestation> VerifyAttestation(const CredentialCheck& check, Algorithm algorithm,
                                      const AuthData& data, fido_cred_t* c) {
  using Kind = CertificateChecks::Kind;
  const auto statement = ParseAttestationStatement(check.attestation_statement);
  if (!statement) return BadAttestation("an attestation statement that cannot be read");
  if (check.format == "none") {
    if (statement->members != 0)
      return BadAttestation("a statement in an attestation of format none");
    return Attestation::kNone;
  }
  if (check.format == "tpm") {
    const ByteView public_key(fido_cred_pubkey_ptr(c), fido_cred_pubkey_len(c));
    FOB_CHECK(VerifyTpm(check, *statement, algorithm, public_key));
    return JudgeCertificates(check, Kind::kTpm, *statement, data);
  }
  const bool packed = check.format == "packed";
  if (!packed && check.format != "fido-u2f")
    return Denied("unknown_attestation", "an attestation of a format that is not supported");
  if (!statement->signature || statement->algorithm.has_value() != packed || statement->OfTpm())
    return BadAttestation("an incomplete statement");
  if (!packed) FOB_CHECK(CheckU2f(*statement, algorithm, data));
  const bool self = packed && statement->certificates.empty();
  if (self && statement->algorithm != static_cast<int>(algorithm))
    return BadAttestation("self attestation with another algorithm");
  FOB_CHECK(VerifyStatement(check, self, c));
  if (self) return Attestation::kSelf;
  return JudgeCertificates(check, packed ? Kind::kPacked : Kind::kU2f, *statement, data);
}

}  // namespace

Result<AssertionFacts> VerifyAssertion(const AssertionCheck& check) {
  PrepareThread();
  if (check.client_data_hash.size() != kHashSize) {
    return MakeError(Code::kInvalidArgument, "bad_client_data", "a client data hash has 32 bytes");
  }
  if (check.credential_id.empty() || check.answered_credential_id != check.credential_id) {
    return Denied("wrong_credential", "the key answered with another credential");
  }
  FOB_TRY(const AuthData data, ParseAuthData(check.auth_data));
  if (data.attested)
    return MakeError(Code::kCorrupt, "bad_auth_data", "authenticator data: of a registration");
  FOB_CHECK(CheckFacts(data, check.rp_id, check.require_user_verification));
  FOB_CHECK(VerifySignature(check));
  return AssertionFacts{data.user_present, data.user_verified, data.backup_eligible, data.backed_up,
                        data.counter};
}

Result<CredentialFacts> VerifyCredential(const CredentialCheck& check) {
  PrepareThread();
  if (check.client_data_hash.size() != kHashSize) {
    return MakeError(Code::kInvalidArgument, "bad_client_data", "a client data hash has 32 bytes");
  }
  FOB_TRY(AuthData data, ParseAuthData(check.auth_data));
  if (!data.attested)
    return MakeError(Code::kCorrupt, "bad_auth_data", "authenticator data: without a credential");
  FOB_CHECK(CheckFacts(data, check.rp_id, check.require_user_verification));
  const auto algorithm = AlgorithmFromCose(data.attested->cose_algorithm);
  if (!algorithm)
    return Denied("unsupported_algorithm", "a key of an algorithm that is not supported");

  FOB_TRY(const Handle<fido_cred_t> credential, Load(check, *algorithm));
  FOB_TRY(const Attestation attestation, VerifyAttestation(check, *algorithm, data, credential.get()));
  CredentialFacts out;
  out.credential_id = std::move(data.attested->credential_id);
  out.public_key =
      CopyOut(fido_cred_pubkey_ptr(credential.get()), fido_cred_pubkey_len(credential.get()));
  // A point that is not on the curve must not be stored.
  if (!PublicKey::Create(*algorithm, out.public_key)) {
    return MakeError(Code::kCorrupt, "bad_auth_data",
                     "authenticator data: a public key that is not one");
  }
  out.algorithm = *algorithm;
  out.aaguid = data.attested->aaguid;
  out.attestation = attestation;
  out.user_present = data.user_present;
  out.user_verified = data.user_verified;
  out.backup_eligible = data.backup_eligible;
  out.backed_up = data.backed_up;
  out.counter = data.counter;
  return out;
}

}  // namespace fob::fido
