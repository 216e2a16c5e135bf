// virtual-key: a FIDO key behind sockets, for tests on the same host.
#include <sys/prctl.h>

#include <csignal>

#include "tests/support/virtual_key/program.h"
#include "tests/support/virtual_key/socket_port.h"

using namespace fob::testing;

int main(int argc, char** argv) {
  // A key does not outlive the test that plugged it in.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const KeyProgram program = {
      "virtual-key",
      "virtual-key --state FILE --socket PATH [option ...]\n"
      "A software FIDO key. PATH carries its reports, PATH.ctl takes commands; prints \"ready\" "
      "when both listen.\n",
      {{"socket", ""}},
      [](const CommandLine& line) {
        return std::make_unique<SocketPort>(line.own.at("socket"));
      },
      [](const CommandLine& line) { return line.own.at("socket") + ".ctl"; }};
  return RunKeyProgram(program, argc, argv);
}
