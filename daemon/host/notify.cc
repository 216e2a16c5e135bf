#include "daemon/host/notify.h"

#include <systemd/sd-daemon.h>

#include <ctime>
#include <string>

namespace fob::host {
namespace {

void Notify(const std::string& state) { ::sd_notify(0, state.c_str()); }

std::string StatusLine(std::string_view status) {
  std::string line = "STATUS=" + std::string(status.substr(0, 256));
  for (char& c : line) {
    if (c == '\n') c = ' ';  // a second line would be another variable
  }
  return line;
}

}  // namespace

void NotifyReady(std::string_view status) { Notify("READY=1\n" + StatusLine(status)); }
void NotifyStatus(std::string_view status) { Notify(StatusLine(status)); }

void NotifyReloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t microseconds = int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  Notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void NotifyStopping() { Notify("STOPPING=1"); }
void NotifyWatchdog() { Notify("WATCHDOG=1"); }

int64_t WatchdogIntervalMs() {
  uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return 0;
  return static_cast<int64_t>(microseconds / 2000);
}

}  // namespace fob::host
