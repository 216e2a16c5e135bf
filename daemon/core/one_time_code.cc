#include "daemon/core/one_time_code.h"

#include <algorithm>

#include "base/encoding.h"

namespace fob::core {

SecretBytes NewOneTimeCode(Random& random) {
  const SecretBytes text = Base32Encode(random.TakeSecret(10));  // 16 characters
  SecretBytes code(size_t{19});
  const auto to = code.RevealMutable();
  for (size_t i = 0, at = 0; i < text.size(); ++i) {
    if (i > 0 && i % 4 == 0) to[at++] = '-';
    to[at++] = text.Reveal()[i];
  }
  return code;
}

SecretBytes NormalizeOneTimeCode(const SecretBytes& typed) {
  SecretBytes kept(typed.size());
  size_t size = 0;
  for (uint8_t c : typed.Reveal()) {
    if (c == '-' || c == ' ' || c == '\t') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<uint8_t>(c - 'a' + 'A');
    kept.RevealMutable()[size++] = c;
  }
  return SecretBytes(kept.Reveal().first(size));
}

Bytes HashRecoveryCode(const Hasher& hasher, ByteView salt, const SecretBytes& normalized) {
  SecretBytes salted(salt.size() + normalized.size());
  std::ranges::copy(salt, salted.RevealMutable().begin());
  std::ranges::copy(normalized.Reveal(), salted.RevealMutable().begin() + static_cast<ptrdiff_t>(salt.size()));
  return hasher.Sha256(salted.Reveal());
}

}  // namespace fob::core
