#include "daemon/crypto/jws_signer.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "daemon/crypto/claims_json.h"
#include "daemon/crypto/ossl.h"

namespace fob::crypto {
namespace {

constexpr std::string_view kType = "at+jwt";  // RFC 9068 clause 2.1
constexpr std::string_view kIdType = "JWT";   // of ID tokens
constexpr size_t kMaxSignature = 512;         // RS256 with 4096 bits
constexpr size_t kTimeSize = 8;               // bytes, of a sealed reference's time

constexpr size_t EncodedSize(size_t size) { return (size * 4 + 2) / 3; }

// base64url straight into the token; returns the end. (base/encoding.h builds a string: too dear
// here.)
uint8_t* Encode(ByteView bytes, uint8_t* out) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto put = [&](uint32_t sextet) {
    *out++ = static_cast<uint8_t>(kAlphabet[sextet & 0x3f]);
  };
  const size_t whole = bytes.size() / 3 * 3;
  for (size_t i = 0; i < whole; i += 3) {
    const uint32_t group = uint32_t{bytes[i]} << 16 | uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
    put(group >> 18);
    put(group >> 12);
    put(group >> 6);
    put(group);
  }
  if (bytes.size() - whole == 1) {
    put(uint32_t{bytes[whole]} >> 2);
    put(uint32_t{bytes[whole]} << 4);
  } else if (bytes.size() - whole == 2) {
    const uint32_t group = uint32_t{bytes[whole]} << 8 | bytes[whole + 1];
    put(group >> 10);
    put(group >> 4);
    put(group << 2);
  }
  return out;
}

uint8_t* Copy(std::string_view text, uint8_t* out) {
  return std::copy(text.begin(), text.end(), out);
}

}  // namespace

Status JwsSigner::Load(const std::vector<core::SigningKeyRecord>& keys) {
  std::vector<LoadedKey> loaded;
  std::string jwks = R"({"keys":[)";
  for (const core::SigningKeyRecord& record : keys) {
    FOB_TRY(auto key, OpenSigningKey(record));
    const bool known = std::any_of(loaded.begin(), loaded.end(),
                                   [&](const LoadedKey& k) { return k.kid == record.kid; });
    if (known)
      return MakeError(Code::kCorrupt, "signing_key",
                       "signing key " + record.kid + " is stored twice");
    const std::string alg(key->Alg());
    const auto header = [&](std::string_view type) {
      const std::string text = R"({"alg":")" + alg + R"(","typ":")" + std::string(type) +
                               R"(","kid":")" + record.kid + R"("})";
      return Base64UrlEncode(AsBytes(text)) + '.';
    };
    if (!loaded.empty()) jwks += ',';
    jwks += "{" + key->PublicMembers() + R"(,"alg":")" + alg + R"(","use":"sig","kid":")" +
            record.kid + R"("})";
    std::unique_ptr<ReferenceSealer> references;
    if (record.algorithm == core::SigningAlgorithm::kEs256) {
      FOB_TRY(references, ReferenceSealer::Create(record.private_key));
    }
    loaded.push_back({record.kid, record.algorithm, record.signs_from, std::move(key), header(kType), header(kIdType),
                      std::move(references)});
  }
  keys_ = std::move(loaded);
  jwks_ = jwks + "]}";
  return Ok();
}

// The last that signs by then; where there is none yet, the first there is.
JwsSigner::LoadedKey* JwsSigner::KeyAt(core::SigningAlgorithm algorithm, int64_t time) {
  LoadedKey* found = nullptr;
  for (LoadedKey& key : keys_) {
    if (key.algorithm == algorithm && (found == nullptr || key.signs_from <= time)) found = &key;
  }
  return found;
}

Result<SecretBytes> JwsSigner::Sign(const core::AccessClaims& claims,
                                    core::SigningAlgorithm algorithm) {
  FOB_TRY(LoadedKey* const signing, SigningAt(algorithm, claims.issued_at));
  FOB_CHECK(WriteClaims(claims, payload_));
  return SignPayload(*signing, signing->encoded_header);
}

Result<SecretBytes> JwsSigner::SignId(const core::IdClaims& claims, std::string_view access_token,
                                      core::SigningAlgorithm algorithm) {
  FOB_TRY(LoadedKey* const signing, SigningAt(algorithm, claims.issued_at));
  // OpenID Connect Core clause 3.1.3.6: the left half of the hash that the algorithm signs with, which
  // for Ed25519 is SHA-512.
  const bool long_hash = algorithm == core::SigningAlgorithm::kEdDsa;
  std::array<uint8_t, 64> hash;
  unsigned size = 0;
  if (EVP_Digest(access_token.data(), access_token.size(), hash.data(), &size,
                 long_hash ? EVP_sha512() : EVP_sha256(), nullptr) != 1) {
    return OsslFailed("hash a token");
  }
  const std::string at_hash = Base64UrlEncode(ByteView(hash).first(size / 2));
  FOB_CHECK(WriteIdClaims(claims, at_hash, payload_));
  return SignPayload(*signing, signing->encoded_id_header);
}

Result<JwsSigner::LoadedKey*> JwsSigner::SigningAt(core::SigningAlgorithm algorithm, int64_t time) {
  LoadedKey* const found = KeyAt(algorithm, time);
  if (found != nullptr) return found;
  return MakeError(Code::kUnavailable, "no_signing_key",
                   "there is no signing key of the algorithm asked for");
}

Result<SecretBytes> JwsSigner::SignPayload(const LoadedKey& signing, const std::string& header) {
  const size_t signature_size = signing.key->SignatureSize();
  const size_t input_size = header.size() + EncodedSize(payload_.size());
  const size_t token_size = input_size + 1 + EncodedSize(signature_size);
  if (token_size > kMaxToken || signature_size > kMaxSignature) {
    return MakeError(Code::kInvalidArgument, "bad_claims",
                     "claims that make a token of more than 8 KiB");
  }
  SecretBytes token(token_size);
  uint8_t* const begin = token.RevealMutable().data();
  uint8_t* at = Encode(AsBytes(payload_), Copy(header, begin));
  std::array<uint8_t, kMaxSignature> signature;
  FOB_CHECK(signing.key->Sign({begin, input_size}, std::span(signature).first(signature_size)));
  *at++ = '.';
  Encode(ByteView(signature).first(signature_size), at);
  return token;
}

// The time, 8 bytes, and the token's id.
Result<SecretBytes> JwsSigner::Seal(const core::TokenReference& reference, int64_t time) {
  FOB_TRY(const LoadedKey* const sealing, SigningAt(core::SigningAlgorithm::kEs256, time));
  Bytes text(kTimeSize);
  for (size_t i = 0; i < kTimeSize; ++i) {
    text[i] = static_cast<uint8_t>(static_cast<uint64_t>(reference.issued_at) >> (8 * (kTimeSize - 1 - i)));
  }
  text.insert(text.end(), reference.token_id.begin(), reference.token_id.end());
  FOB_TRY(const Bytes sealed, sealing->references->Seal(text));
  SecretBytes out(EncodedSize(sealed.size()));
  Encode(sealed, out.RevealMutable().data());
  return out;
}

std::optional<core::TokenReference> JwsSigner::Open(std::string_view sealed) const {
  if (sealed.size() > EncodedSize(ReferenceSealer::kOverhead + ReferenceSealer::kMaxText)) return std::nullopt;
  const auto bytes = Base64UrlDecode(sealed);
  if (!bytes.ok()) return std::nullopt;
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key) {
    if (key->references == nullptr) continue;
    const auto text = key->references->Open(*bytes);
    if (!text.has_value() || text->size() <= kTimeSize) continue;
    core::TokenReference reference;
    uint64_t issued_at = 0;
    for (size_t i = 0; i < kTimeSize; ++i) issued_at = issued_at << 8 | (*text)[i];
    reference.issued_at = static_cast<int64_t>(issued_at);
    reference.token_id = AsText(ByteView(*text).subspan(kTimeSize));
    return reference;
  }
  return std::nullopt;
}

Result<std::string> JwsSigner::Payload(std::string_view token, std::string_view type) const {
  FOB_TRY(const JwsParts parts, SplitJws(token));
  if (parts.header.typ != type) return Denied("wrong_type", "a token of another kind");
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const LoadedKey& key) { return key.kid == parts.header.kid; });
  if (found == keys_.end()) return Denied("unknown_key", "signed with a key that is not ours");
  if (parts.header.alg != found->key->Alg())
    return Denied("bad_signature", "an algorithm that is not the key's");
  if (!found->key->Verify(AsBytes(parts.input), parts.signature)) {
    return Denied("bad_signature", "the signature does not hold");
  }
  return std::string(AsText(parts.payload));
}

Result<core::TokenSigner::Checked> JwsSigner::Check(std::string_view token) const {
  Checked checked;
  FOB_TRY(checked.json, Payload(token, kType));
  FOB_TRY(checked.claims, ReadClaims(checked.json));
  return checked;
}

Result<core::IdClaims> JwsSigner::CheckId(std::string_view token) const {
  FOB_TRY(const std::string payload, Payload(token, kIdType));
  return ReadIdClaims(payload);
}

}  // namespace fob::crypto
