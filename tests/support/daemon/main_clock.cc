// fobd-clock CONFIG CLOCK: fobd with the time of day from the file CLOCK (file_clock.h). For tests;
// never installed.
#include <sys/stat.h>

#include <csignal>
#include <cstdio>

#include "daemon/config/settings_file.h"
#include "daemon/daemon.h"
#include "tests/support/daemon/file_clock.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fobd-clock CONFIG CLOCK\n");
    return 2;
  }
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
  const auto settings = fob::config::LoadSettings(argv[1]);
  const fob::Status served = settings.ok() ? fob::Serve(*settings, argv[1], fob::testing::FileClock(argv[2]))
                                           : fob::Status(settings.error());
  if (served.ok()) return 0;
  std::fprintf(stderr, "fobd-clock: %s\n", served.error().text.c_str());
  return 1;
}
