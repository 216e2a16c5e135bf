#pragma once

#include <cstdint>
#include <string_view>

// sd_notify(3). Without a service manager every one of these does nothing.
namespace fob::host {

void NotifyReady(std::string_view status);
void NotifyStatus(std::string_view status);  // one line for systemctl status
// The configuration is being read again; NotifyReady when it has been.
void NotifyReloading();
void NotifyStopping();
void NotifyWatchdog();

// How often the service manager wants NotifyWatchdog, halved for safety; 0: not at all.
int64_t WatchdogIntervalMs();

}  // namespace fob::host
