// fob-webd: HTTP in front of fobd. It holds no store and no signing key. See docs/architecture.md.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "base/standard_streams.h"
#include "daemon/host/journal.h"
#include "web/config/settings.h"
#include "web/host/service_manager.h"
#include "web/serve.h"

namespace {

constexpr const char* kUsage =
    "usage: fob-webd [--config FILE]         serve, with FILE instead of /etc/fob/fob-webd.toml\n"
    "       fob-webd --check-config FILE     tell whether FILE is good, and end\n"
    "       fob-webd --version | --help\n";

// Nobody reads our memory, which holds passwords for moments: no core files, no ptrace by our own uid.
void Harden() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  fob::web::RaiseDescriptorLimit();
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
}

int Fail(const fob::Error& error) {
  fob::host::Log(fob::host::Priority::kError, error.text);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (!fob::HoldStandardStreams()) return 1;
  std::string config = "/etc/fob/fob-webd.toml";
  bool check = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") return std::printf("%s", kUsage), 0;
    if (word == "--version") return std::printf("fob-webd %s\n", FOB_VERSION), 0;
    if ((word != "--config" && word != "--check-config") || i + 1 == argc) {
      std::fprintf(stderr, "fob-webd: %s: unknown, or lacks its file\n%s", word.c_str(), kUsage);
      return 2;
    }
    check = word == "--check-config";
    config = argv[++i];
  }
  Harden();
  auto settings = fob::web::LoadSettings(config);
  if (!settings.ok()) return Fail(settings.error());
  if (check) {
    if (const fob::Status good = fob::web::CheckFiles(*settings); !good.ok()) return Fail(good.error());
    return std::printf("%s: good\n", config.c_str()), 0;
  }
  const fob::Status served = fob::web::Serve(*std::move(settings), config);
  return served.ok() ? 0 : Fail(served.error());
}
