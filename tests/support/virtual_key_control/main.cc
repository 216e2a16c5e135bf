// virtual-key-control: one command to a running virtual key, for scripts. Exit status 0 when it was
// done, 1 when the answer is an error, "not waiting" or "timeout", 2 for a command line that is no
// good, 3 when no key is there.
#include <poll.h>

#include <cstdio>
#include <exception>
#include <string>

#include "tests/support/virtual_key/unix_socket.h"

using namespace fob::testing;

namespace {

constexpr int kAnswerLimitMs = 120'000;  // longer than any wait that a command asks for

constexpr const char* kUsage =
    "virtual-key-control SOCKET COMMAND [ARGUMENT]\n"
    "  touch                    touches the key; \"not waiting\" when it does not blink\n"
    "  wait-touch [MS]          until it blinks; wait-idle [MS]: until it does not\n"
    "  touch-policy auto|never|command|refuse      touch-delay MS\n"
    "  unplug, plug             a power cycle; while unplugged it is not there\n"
    "  uv ok|fail|fail-once     built-in user verification\n"
    "  pin PIN                  sets it, as another program would; force-pin-change on|off\n"
    "  block pin|pin-auth|uv    as after too many wrong ones\n"
    "  answer-delay MS          slow firmware: every CTAP2 command takes so long\n"
    "  misbehave NAMES|none     faults, joined by commas\n"
    "  status, attestation-root, quit\n";

int Run(const std::string& socket, const std::string& command) {
  const fob::UniqueFd fd = ConnectTo(socket);
  if (!fd.valid() || !SendPacket(fd.get(), fob::AsBytes(command))) {
    fprintf(stderr, "virtual-key-control: no key at %s\n", socket.c_str());
    return 3;
  }
  pollfd answered{fd.get(), POLLIN, 0};
  if (poll(&answered, 1, kAnswerLimitMs) != 1) {
    fprintf(stderr, "virtual-key-control: the key does not answer\n");
    return 3;
  }
  const fob::Bytes packet = ReceivePacket(fd.get()).value_or(fob::Bytes());
  const std::string answer(fob::AsText(packet));
  puts(answer.c_str());
  const bool good = !answer.empty() && !answer.starts_with("error: ") && answer != "not waiting" &&
                    answer != "timeout";
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    fputs(kUsage, stderr);
    return 2;
  }
  try {
    return Run(argv[1], argc == 4 ? std::string(argv[2]) + " " + argv[3] : argv[2]);
  } catch (const std::exception& failed) {
    fprintf(stderr, "virtual-key-control: %s\n", failed.what());
    return 3;
  }
}
