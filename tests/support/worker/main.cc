// fob-keyd-virtual: the worker with virtual keys in the place of USB. For tests and the demo; never
// installed.
#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "devices/worker/process.h"
#include "devices/worker/worker.h"
#include "sandbox/sandbox.h"
#include "tests/support/worker/virtual_ring.h"

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--keys") {
    std::fprintf(stderr, "usage: fob-keyd-virtual --keys FOLDER\n");
    return 2;
  }
  auto socket = fob::worker::TakeSocket();
  if (!socket.ok()) {
    std::fprintf(stderr, "fob-keyd-virtual: %s\n", socket.error().text.c_str());
    return 2;
  }
  try {
    fob::testing::VirtualRing ring(argv[2]);
    // As the shipped one, with the folder in the place of /dev.
    const fob::Status locked = fob::sandbox::LockWorker({{"/etc/ssl"}, {argv[2]}, {}});
    if (!locked.ok()) throw std::runtime_error(locked.error().text);
    fob::worker::EndWithConnection(*socket);
    return fob::worker::RunWorker(*std::move(socket), ring);
  } catch (const std::runtime_error& failed) {
    std::fprintf(stderr, "fob-keyd-virtual: %s\n", failed.what());
    return 1;
  }
}
