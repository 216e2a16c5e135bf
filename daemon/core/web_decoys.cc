#include "daemon/core/web_decoys.h"

#include <array>

#include "base/encoding.h"

namespace fob::core {
namespace {

// As the keys that are sold make them.
constexpr std::array<size_t, 4> kSizes = {48, 64, 64, 32};  // bytes

}  // namespace

proto::WebCredential DecoyFor(const WebCrypto& crypto, ByteView key, std::string_view user) {
  const std::string name(user);
  const Bytes first = crypto.HmacSha256(key, AsBytes("1 " + name));
  const Bytes second = crypto.HmacSha256(key, AsBytes("2 " + name));
  const Bytes shape = crypto.HmacSha256(key, AsBytes("shape " + name));
  Bytes id = first;
  id.insert(id.end(), second.begin(), second.end());
  id.resize(kSizes[shape[0] % kSizes.size()]);
  proto::WebCredential out;
  out.credential_id = Base64UrlEncode(id);
  out.transports = {"usb"};
  if (shape[1] % 2 == 0) out.transports.insert(out.transports.begin(), "nfc");
  return out;
}

}  // namespace fob::core
