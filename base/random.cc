#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

#include "base/encoding.h"

namespace fob {

Bytes Random::Take(size_t size) {
  Bytes out(size);
  Fill(out);
  return out;
}

SecretBytes Random::TakeSecret(size_t size) {
  SecretBytes out(size);
  Fill(out.RevealMutable());
  return out;
}

std::string Random::Id(std::string_view prefix) {
  return std::string(prefix) + Base64UrlEncode(Take(16));
}

void SystemRandom::Fill(std::span<uint8_t> out) {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::getrandom(out.data() + done, out.size() - done, 0);
    if (got < 0 && errno != EINTR) std::abort();
    if (got > 0) done += static_cast<size_t>(got);
  }
}

}  // namespace fob
