#include "tests/support/virtual_key/authenticator_data.h"

#include "tests/support/virtual_key/crypto.h"

namespace fob::testing {

Bytes AuthenticatorData::Encode(const KeyContext& key) const {
  constexpr uint8_t kUserPresent = 0x01;
  constexpr uint8_t kUserVerified = 0x04;
  constexpr uint8_t kAttested = 0x40;
  constexpr uint8_t kExtensions = 0x80;
  const Misbehaviour& fault = key.controls.misbehaviour;

  uint8_t flags = 0;
  if (user_present && !fault.clear_up_flag) flags |= kUserPresent;
  if (user_verified && !fault.clear_uv_flag) flags |= kUserVerified;
  if (attested != nullptr) flags |= kAttested;
  if (extensions != nullptr) flags |= kExtensions;

  Bytes out = fault.wrong_rp_hash ? Sha256(AsBytes("elsewhere.invalid")) : rp_id_hash;
  out.push_back(flags);
  AppendBe32(out, counter);
  if (attested != nullptr) {
    Append(out, key.options.aaguid);
    AppendBe16(out, static_cast<uint16_t>(attested->id.size()));
    Append(out, attested->id);
    CosePublicKey(attested->algorithm, attested->private_key).EncodeTo(out);
  }
  if (extensions != nullptr) extensions->EncodeTo(out);
  return out;
}

}  // namespace fob::testing
