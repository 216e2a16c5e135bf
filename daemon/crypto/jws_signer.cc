#include "daemon/crypto/jws_signer.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "daemon/crypto/claims_json.h"

namespace fob::crypto {
namespace {

constexpr std::string_view kType = "at+jwt";  // RFC 9068 clause 2.1
constexpr size_t kMaxSignature = 512;         // RS256 with 4096 bits

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

Result<core::SigningKeyRecord> JwsSigner::GenerateKey(core::SigningAlgorithm algorithm,
                                                      int64_t now) {
  return GenerateSigningKey(algorithm, now);
}

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
    const std::string header = R"({"alg":")" + alg + R"(","typ":")" + std::string(kType) +
                               R"(","kid":")" + record.kid + R"("})";
    if (!loaded.empty()) jwks += ',';
    jwks += "{" + key->PublicMembers() + R"(,"alg":")" + alg + R"(","use":"sig","kid":")" +
            record.kid + R"("})";
    loaded.push_back(
        {record.kid, record.algorithm, record.signs_from, std::move(key), Base64UrlEncode(AsBytes(header)) + '.'});
  }
  keys_ = std::move(loaded);
  jwks_ = jwks + "]}";
  return Ok();
}

// The last that signs by then; where there is none yet, the first there is.
const JwsSigner::LoadedKey* JwsSigner::KeyAt(core::SigningAlgorithm algorithm, int64_t time) const {
  const LoadedKey* found = nullptr;
  for (const LoadedKey& key : keys_) {
    if (key.algorithm == algorithm && (found == nullptr || key.signs_from <= time)) found = &key;
  }
  return found;
}

Result<SecretBytes> JwsSigner::Sign(const core::AccessClaims& claims,
                                    core::SigningAlgorithm algorithm) {
  const LoadedKey* const found = KeyAt(algorithm, claims.issued_at);
  if (found == nullptr)
    return MakeError(Code::kUnavailable, "no_signing_key",
                     "there is no signing key of the algorithm asked for");
  const LoadedKey& signing = *found;
  FOB_CHECK(WriteClaims(claims, payload_));

  const size_t signature_size = signing.key->SignatureSize();
  const size_t input_size = signing.encoded_header.size() + EncodedSize(payload_.size());
  const size_t token_size = input_size + 1 + EncodedSize(signature_size);
  if (token_size > kMaxToken || signature_size > kMaxSignature) {
    return MakeError(Code::kInvalidArgument, "bad_claims",
                     "claims that make a token of more than 8 KiB");
  }
  SecretBytes token(token_size);
  uint8_t* const begin = token.RevealMutable().data();
  uint8_t* at = Encode(AsBytes(payload_), Copy(signing.encoded_header, begin));
  std::array<uint8_t, kMaxSignature> signature;
  FOB_CHECK(signing.key->Sign({begin, input_size}, std::span(signature).first(signature_size)));
  *at++ = '.';
  Encode(ByteView(signature).first(signature_size), at);
  return token;
}

Result<core::TokenSigner::Checked> JwsSigner::Check(std::string_view token) const {
  if (token.size() > kMaxToken) return Denied("malformed", "a token of more than 8 KiB");
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return Denied("malformed", "a token has exactly three parts");
  }
  const auto header_bytes = Base64UrlDecode(token.substr(0, first));
  const auto payload = Base64UrlDecode(token.substr(first + 1, second - first - 1));
  const auto signature = Base64UrlDecode(token.substr(second + 1));
  if (!header_bytes.ok() || !payload.ok() || !signature.ok())
    return Denied("malformed", "a part that is not base64url");

  FOB_TRY(const JwsHeader header, ReadHeader(AsText(*header_bytes)));
  if (header.typ != kType) return Denied("wrong_type", "not an access token");
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const LoadedKey& key) { return key.kid == header.kid; });
  if (found == keys_.end()) return Denied("unknown_key", "signed with a key that is not ours");
  if (header.alg != found->key->Alg())
    return Denied("bad_signature", "an algorithm that is not the key's");
  if (!found->key->Verify(AsBytes(token.substr(0, second)), *signature)) {
    return Denied("bad_signature", "the signature does not hold");
  }
  Checked checked;
  checked.json = std::string(AsText(*payload));
  FOB_TRY(checked.claims, ReadClaims(checked.json));
  return checked;
}

}  // namespace fob::crypto
