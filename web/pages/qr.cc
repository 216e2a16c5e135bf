#include "web/pages/qr.h"

#include <qrencode.h>

#include <memory>

namespace fob::web {

Html QrCode(const SecretBytes& text) {
  const SecretBytes terminated = [&] {
    SecretBytes copy(text.size() + 1);
    std::copy(text.Reveal().begin(), text.Reveal().end(), copy.RevealMutable().begin());
    return copy;
  }();
  const auto release = [](QRcode* code) {
    if (code == nullptr) return;
    Wipe(code->data, static_cast<size_t>(code->width) * static_cast<size_t>(code->width));
    QRcode_free(code);
  };
  const std::unique_ptr<QRcode, decltype(release)> code(
      QRcode_encodeString(terminated.RevealText().data(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), release);
  if (code == nullptr) return {};
  Html path;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width; ++x) {
      if ((code->data[y * code->width + x] & 1) != 0) path += Fill("M{} {}h1v1h-1z", int64_t{x + 2}, int64_t{y + 2});
    }
  }
  const int64_t size = code->width + 4;
  return Fill("<svg class=\"qr\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"QR code for your authenticator app\" "
              "shape-rendering=\"crispEdges\"><path fill=\"#000\" d=\"{}\"/></svg>", size, size, path);
}

}  // namespace fob::web
