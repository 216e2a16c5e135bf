#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/core/policy.h"
#include "daemon/core/settings.h"

namespace fob {

// The settings that fobd serves by, which it can read again while it runs. Whoever refers to them sees the new ones.
class LiveSettings {
 public:
  // gateway: the uid of the gateway where the file names none; it is looked up once, at the start. kInvalidArgument as
  // Policy::Create.
  static Result<LiveSettings> Create(core::Settings settings, std::optional<uint32_t> gateway);

  const core::Settings& settings() const { return settings_; }
  // Rules that it decided by stay what they are, whatever is read later.
  const core::Policy& policy() const { return policy_; }

  // Takes over what the file says by now. Answers the keys that were changed and take effect with a restart alone:
  // they keep their values. An error, as LoadSettings: nothing has changed.
  Result<std::vector<std::string>> Reload(const std::string& path);

 private:
  LiveSettings(core::Settings settings, core::Policy policy, std::optional<uint32_t> gateway)
      : settings_(std::move(settings)), policy_(std::move(policy)), gateway_(gateway) {}

  core::Settings settings_;
  core::Policy policy_;
  std::optional<uint32_t> gateway_;
  std::vector<core::Policy> former_;  // logins that are under way refer to their rules
};

}  // namespace fob
