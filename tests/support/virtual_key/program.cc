#include "tests/support/virtual_key/program.h"

#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "tests/support/virtual_key/key_server.h"

namespace fob::testing {
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

int RunKeyProgram(const KeyProgram& program, int argc, char** argv) {
  try {
    const CommandLine line = CommandLine::Parse(argc, argv, program.own);
    const UniqueFd stop(StopSignals());
    VirtualKey key(line.options, std::make_unique<FileStorage>(line.state),
                   std::make_unique<SystemRandom>(), KeyServer::NowMs());
    key.controls() = line.controls;
    if (line.unplugged) key.Unplug();
    const std::unique_ptr<KeyPort> port = program.make_port(line);
    KeyServer server(key, *port, program.control_path(line));
    puts("ready");
    fflush(stdout);
    server.Run(stop.get());
    return 0;
  } catch (const std::invalid_argument& error) {
    fprintf(stderr, "%s: %s\n%s%s", program.name, error.what(), program.usage,
            CommandLine::Usage());
    return 2;
  } catch (const std::exception& error) {
    fprintf(stderr, "%s: %s\n", program.name, error.what());
    return 1;
  }
}

}  // namespace fob::testing
