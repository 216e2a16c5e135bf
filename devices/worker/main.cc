// fob-keyd: one ceremony with the security keys on this machine's USB, for fobd at the other end of
// a socket.
#include <cstdio>

#include "base/standard_streams.h"
#include "devices/hid/hid_ring.h"
#include "devices/worker/process.h"
#include "devices/worker/worker.h"
#include "sandbox/sandbox.h"

namespace {

constexpr int kUsage = 2;

int Fail(const fob::Error& error, int status) {
  std::fprintf(stderr, "fob-keyd: %s\n", error.text.c_str());
  return status;
}

}  // namespace

int main(int argc, char**) {
  if (!fob::HoldStandardStreams()) return 1;
  if (argc != 1) {
    std::fprintf(stderr, "fob-keyd takes no arguments: fobd starts it\n");
    return kUsage;
  }
  auto socket = fob::worker::TakeSocket();
  if (!socket.ok()) return Fail(socket.error(), kUsage);
  // hidraw nodes, and what sysfs and udev know of them; OpenSSL's settings for libfido2.
  const fob::Status locked =
      fob::sandbox::LockWorker({{"/sys", "/run/udev", "/etc/ssl"}, {"/dev"}, {}});
  if (!locked.ok()) return Fail(locked.error(), 1);
  fob::worker::EndWithConnection(*socket);
  auto ring = fob::hid::HidRing::Create();
  if (!ring.ok()) return Fail(ring.error(), 1);
  (*ring)->Enumerate();  // while nobody waits: the keys are known when the call comes
  return fob::worker::RunWorker(*std::move(socket), **ring);
}
