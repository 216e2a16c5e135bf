// fobd: verifies possession factors and turns verified logins into tokens. See docs/architecture.md.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

#include "base/standard_streams.h"
#include "daemon/arguments.h"
#include "daemon/config/settings_file.h"
#include "daemon/core/version.h"
#include "daemon/daemon.h"
#include "daemon/host/descriptor_limit.h"
#include "daemon/host/journal.h"
#include "daemon/host_check.h"
#include "daemon/restore.h"

namespace {

// Nobody reads our memory: no core files, no ptrace by our own uid. Nobody uses up our descriptors.
void Harden() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  fob::host::RaiseDescriptorLimit();
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
}

int Fail(const fob::Error& error) {
  fob::host::Log(fob::host::Priority::kError, error.text);
  return 1;
}

// Of a restore that was refused; as fobctl's own.
int ExitStatusOf(fob::Code code) {
  switch (code) {
    case fob::Code::kNotPermitted: return 5;
    case fob::Code::kNotFound:
    case fob::Code::kConflict: return 6;
    default: return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (!fob::HoldStandardStreams()) return 1;
  using fob::Arguments;
  const auto arguments = fob::ParseArguments({argv + 1, argv + argc});
  if (!arguments.ok()) {
    std::fprintf(stderr, "fobd: %s\n%s", arguments.error().text.c_str(), fob::Usage().c_str());
    return 2;
  }
  switch (arguments->action) {
    case Arguments::Action::kShowHelp:
      std::printf("%s", fob::Usage().c_str());
      return 0;
    case Arguments::Action::kShowVersion:
      std::printf("fobd %s\n", std::string(fob::core::kVersion).c_str());
      return 0;
    case Arguments::Action::kCheckConfig:
    case Arguments::Action::kRestore:
    case Arguments::Action::kServe:
      break;
  }
  Harden();
  const auto settings = fob::config::LoadSettings(arguments->config);
  if (!settings.ok()) return Fail(settings.error());
  if (arguments->action == Arguments::Action::kCheckConfig) {
    std::printf("%s: good, %zu policy rules\n", arguments->config.c_str(), settings->rules.size());
    for (const std::string& problem : fob::CheckHost(*settings)) std::printf("mind: %s\n", problem.c_str());
    return 0;
  }
  if (arguments->action == Arguments::Action::kRestore) {
    const auto report = fob::Restore(*settings, fob::SystemClock(), {arguments->backup, arguments->with_master_key});
    if (!report.ok()) {
      std::ignore = Fail(report.error());
      return ExitStatusOf(report.error().code);
    }
    std::printf("%s", report->c_str());
    return 0;
  }
  const fob::Status served = fob::Serve(*settings, arguments->config, fob::SystemClock());
  return served.ok() ? 0 : Fail(served.error());
}
