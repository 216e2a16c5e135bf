#include "tests/support/attestation/credential.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "tests/support/virtual_key/crypto.h"

namespace fob::testing {
namespace {

using MdCtxPtr = OsslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;

Bytes Number(EVP_PKEY* key, const char* name, int size) {
  BIGNUM* number = nullptr;
  OsslCheck(EVP_PKEY_get_bn_param(key, name, &number) == 1, "key parameter");
  Bytes out(static_cast<size_t>(size));
  BN_bn2binpad(number, out.data(), size);
  BN_free(number);
  return out;
}

Bytes Cose(const CredentialParts& parts) {
  const Bytes raw = parts.PublicKey();
  if (parts.rsa()) {
    return CborValue(CborValue::Map{{1, 3},
                                    {3, -257},
                                    {-1, Bytes(raw.begin(), raw.begin() + 256)},
                                    {-2, Bytes(raw.begin() + 256, raw.end())}})
        .Encode();
  }
  return CborValue(CborValue::Map{{1, 2},
                                  {3, -7},
                                  {-1, 1},
                                  {-2, Bytes(raw.begin(), raw.begin() + 32)},
                                  {-3, Bytes(raw.begin() + 32, raw.end())}})
      .Encode();
}

CborValue::Array Items(std::vector<Bytes> certificates) {
  CborValue::Array out;
  for (Bytes& certificate : certificates) out.emplace_back(std::move(certificate));
  return out;
}

void AppendSized(Bytes& out, ByteView content) {
  AppendBe16(out, static_cast<uint16_t>(content.size()));
  Append(out, content);
}

}  // namespace

Bytes SignWith(EVP_PKEY* key, ByteView message) {
  const MdCtxPtr context(EVP_MD_CTX_new());
  Bytes out(512);
  size_t size = out.size();
  OsslCheck(
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
          EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1,
      "sign");
  out.resize(size);
  return out;
}

Bytes CredentialParts::PublicKey() const {
  if (rsa()) {
    return Concat(Number(key.get(), OSSL_PKEY_PARAM_RSA_N, 256),
                  Number(key.get(), OSSL_PKEY_PARAM_RSA_E, 3));
  }
  return Concat(Number(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32),
                Number(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32));
}

Bytes CredentialParts::AuthData() const {
  Bytes out = AssertionData(flags | kFlagAt);
  Append(out, aaguid);
  AppendSized(out, credential_id);
  Append(out, Cose(*this));
  return out;
}

Bytes CredentialParts::AssertionData(uint8_t other_flags) const {
  Bytes out = Sha256(AsBytes(rp_id));
  out.push_back(other_flags);
  AppendBe32(out, counter);
  return out;
}

Bytes CredentialParts::U2fBytes() const {
  Bytes out = {0};
  Append(out, Sha256(AsBytes(rp_id)));
  Append(out, client_data_hash);
  Append(out, credential_id);
  out.push_back(4);
  Append(out, PublicKey());
  return out;
}

Bytes PackedStatement(ByteView signature, std::vector<Bytes> x5c, int64_t algorithm) {
  CborValue::Map map = {{"alg", algorithm}, {"sig", Bytes(signature.begin(), signature.end())}};
  if (!x5c.empty()) map.push_back({"x5c", Items(std::move(x5c))});
  return CborValue(std::move(map)).Encode();
}

Bytes U2fStatement(ByteView signature, std::vector<Bytes> x5c) {
  return CborValue(CborValue::Map{{"sig", Bytes(signature.begin(), signature.end())},
                                  {"x5c", Items(std::move(x5c))}})
      .Encode();
}

TpmParts::TpmParts(const CredentialParts& parts)
    : extra_data(Sha256(parts.SignedBytes())), rsa_(parts.rsa()) {
  const Bytes raw = parts.PublicKey();
  if (rsa_) {
    parameters = {0x00, 0x10, 0x08, 0x00, 0, 0, 0, 0};  // scheme null, 2048 bits, exponent 65537
    AppendSized(unique, ByteView(raw).first(256));
  } else {
    parameters = {0x00, 0x10, 0x00, 0x03, 0x00, 0x10};  // scheme null, P-256, kdf null
    AppendSized(unique, ByteView(raw).first(32));
    AppendSized(unique, ByteView(raw).last(32));
  }
}

Bytes TpmParts::PubArea() const {
  Bytes out;
  AppendBe16(out, rsa_ ? 0x0001 : 0x0023);
  AppendBe16(out, name_algorithm);
  AppendBe32(out, attributes);
  AppendSized(out, Bytes(32, 0x9d));  // a policy
  AppendBe16(out, symmetric);
  Append(out, parameters);
  Append(out, unique);
  return out;
}

Bytes TpmParts::CertInfo() const {
  Bytes out;
  AppendBe32(out, magic);
  AppendBe16(out, type);
  AppendSized(out, Bytes(34, 0x0b));  // qualified signer
  AppendSized(out, extra_data);
  Append(out, Bytes(17 + 8, 0x03));  // clock, firmware
  Bytes own_name = {0x00, 0x0b};
  Append(own_name, Sha256(PubArea()));
  AppendSized(out, name.value_or(own_name));
  AppendSized(out, Bytes(34, 0x0b));  // qualified name
  Append(out, tail);
  return out;
}

Bytes TpmParts::Statement(EVP_PKEY* aik, std::vector<Bytes> x5c) const {
  const Bytes info = CertInfo();
  return CborValue(CborValue::Map{{"alg", algorithm},
                                  {"sig", SignWith(aik, info)},
                                  {"ver", version},
                                  {"x5c", Items(std::move(x5c))},
                                  {"pubArea", PubArea()},
                                  {"certInfo", info}})
      .Encode();
}

}  // namespace fob::testing
