#include "tests/support/virtual_key/key_context.h"

#include "tests/support/virtual_key/crypto.h"

namespace fob::testing {

Bytes StatusOnly(CtapStatus status) { return {static_cast<uint8_t>(status)}; }

Bytes Success(const CborValue& body) {
  Bytes out = StatusOnly(CtapStatus::kOk);
  body.EncodeTo(out);
  return out;
}

uint32_t NextCounter(KeyContext& key) {
  uint32_t& counter = key.store.Mutable().counter;
  if (key.options.counter_step == 0) return 0;
  if (key.controls.misbehaviour.counter_back) {
    if (counter > 1) --counter;
  } else {
    counter += key.options.counter_step;
  }
  return counter;
}

Bytes HashToSign(const KeyContext& key, ByteView client_data_hash) {
  Bytes hash(client_data_hash.begin(), client_data_hash.end());
  if (key.controls.misbehaviour.wrong_client_data) hash.front() ^= 0x01;
  return hash;
}

Bytes SignAs(const KeyContext& key, int algorithm, ByteView private_key, ByteView message) {
  Bytes signature = Sign(algorithm, private_key, message);
  // The last byte belongs to s, so that the encoding stays whole.
  if (key.controls.misbehaviour.wrong_signature) signature.back() ^= 0x01;
  return signature;
}

}  // namespace fob::testing
