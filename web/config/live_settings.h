#pragma once

#include <string>
#include <utility>
#include <vector>

#include "web/config/settings.h"
#include "web/http/proxies.h"

namespace fob::web {

// The settings that fob-webd serves by, which it can read again while it runs. Whoever refers to them sees the new ones.
class LiveSettings {
 public:
  // kInvalidArgument as Proxies::Parse.
  static Result<LiveSettings> Create(Settings settings);

  const Settings& settings() const { return settings_; }
  const Proxies& proxies() const { return proxies_; }
  const Proxies& metrics_from() const { return metrics_from_; }

  // Takes over what the file says by now. Answers the keys that were changed and take effect with a restart alone: they keep
  // their values. An error, as LoadSettings: nothing has changed.
  Result<std::vector<std::string>> Reload(const std::string& path);

 private:
  LiveSettings(Settings settings, Proxies proxies, Proxies metrics_from)
      : settings_(std::move(settings)), proxies_(std::move(proxies)), metrics_from_(std::move(metrics_from)) {}

  Settings settings_;
  Proxies proxies_, metrics_from_;
};

}  // namespace fob::web
