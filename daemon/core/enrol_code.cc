#include "daemon/core/enrol_code.h"

#include "base/encoding.h"

namespace fob::core {

SecretBytes NewEnrolCode(Random& random) {
  const SecretBytes text = Base32Encode(random.TakeSecret(10));  // 16 characters
  SecretBytes code(size_t{19});
  const auto to = code.RevealMutable();
  for (size_t i = 0, at = 0; i < text.size(); ++i) {
    if (i > 0 && i % 4 == 0) to[at++] = '-';
    to[at++] = text.Reveal()[i];
  }
  return code;
}

SecretBytes NormalizeEnrolCode(const SecretBytes& typed) {
  SecretBytes kept(typed.size());
  size_t size = 0;
  for (uint8_t c : typed.Reveal()) {
    if (c == '-' || c == ' ' || c == '\t') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<uint8_t>(c - 'a' + 'A');
    kept.RevealMutable()[size++] = c;
  }
  return SecretBytes(kept.Reveal().first(size));
}

}  // namespace fob::core
