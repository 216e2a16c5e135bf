#include "daemon/live_settings.h"

#include <utility>

#include "daemon/config/settings_file.h"

namespace fob {
namespace {

using core::Settings;

// What was put to use at the start: bound, opened, locked down or handed over by value.
class Kept {
 public:
  Kept(const Settings& now, Settings& next) : now_(now), next_(next) {}

  template <typename T>
  Kept& operator()(T Settings::*member, const char* key) {
    if (now_.*member != next_.*member) {
      next_.*member = now_.*member;
      changed_.emplace_back(key);
    }
    return *this;
  }
  std::vector<std::string> changed() && { return std::move(changed_); }

 private:
  const Settings& now_;
  Settings& next_;
  std::vector<std::string> changed_;
};

}  // namespace

Result<LiveSettings> LiveSettings::Create(Settings settings, std::optional<uint32_t> gateway) {
  FOB_TRY(core::Policy policy, core::Policy::Create(settings.rules));
  if (!settings.web_uid.has_value()) settings.web_uid = gateway;
  return LiveSettings(std::move(settings), std::move(policy), gateway);
}

Result<std::vector<std::string>> LiveSettings::Reload(const std::string& path) {
  FOB_TRY(Settings next, config::LoadSettings(path));
  FOB_TRY(core::Policy policy, core::Policy::Create(next.rules));
  if (!next.web_uid.has_value()) next.web_uid = gateway_;
  Kept kept(settings_, next);
  kept(&Settings::socket, "socket")(&Settings::state_dir, "state_dir")(&Settings::master_key, "master_key")(
      &Settings::worker, "worker")(&Settings::attestation_roots, "attestation.roots")(&Settings::announce_touch, "announce.touch")(
      &Settings::password_socket, "web.password_socket")(&Settings::password_worker, "web.password_worker")(
      &Settings::max_connections, "limits.max_connections")(&Settings::max_connections_per_uid,
                                                            "limits.max_connections_per_uid");
  settings_ = std::move(next);
  former_.push_back(std::exchange(policy_, std::move(policy)));
  return std::move(kept).changed();
}

}  // namespace fob
