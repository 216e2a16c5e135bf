#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "tests/support/virtual_key/command_line.h"
#include "tests/support/virtual_key/key_server.h"

using namespace fob::testing;

namespace {

int StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const CommandLine line = CommandLine::Parse(argc, argv);
    const fob::UniqueFd stop(StopSignals());
    // A key does not outlive the test that plugged it in.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    VirtualKey key(line.options, std::make_unique<FileStorage>(line.state),
                   std::make_unique<fob::SystemRandom>(), KeyServer::NowMs());
    key.controls() = line.controls;
    KeyServer server(key, line.socket);
    puts("ready");
    fflush(stdout);
    server.Run(stop.get());
    return 0;
  } catch (const std::invalid_argument& error) {
    fprintf(stderr, "virtual-key: %s\n%s", error.what(), CommandLine::Usage());
    return 2;
  } catch (const std::exception& error) {
    fprintf(stderr, "virtual-key: %s\n", error.what());
    return 1;
  }
}
