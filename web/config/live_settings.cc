#include "web/config/live_settings.h"

namespace fob::web {
namespace {

// What was put to use at the start: bound, opened, locked down or handed over by value.
class KeptKeys {
 public:
  KeptKeys(const Settings& now, Settings& next) : now_(now), next_(next) {}

  template <typename T>
  KeptKeys& operator()(T Settings::*member, const char* key) {
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

Result<LiveSettings> LiveSettings::Create(Settings settings) {
  FOB_TRY(Proxies proxies, Proxies::Parse(settings.proxies));
  FOB_TRY(Proxies metrics_from, Proxies::Parse(settings.metrics_from));
  return LiveSettings(std::move(settings), std::move(proxies), std::move(metrics_from));
}

Result<std::vector<std::string>> LiveSettings::Reload(const std::string& path) {
  FOB_TRY(Settings read, LoadSettings(path));
  if (read.tls_at.empty()) read.tls_at = settings_.tls_at;  // the files of before are kept
  KeptKeys kept(settings_, read);
  kept(&Settings::fobd, "fobd")(&Settings::lines, "connections_to_fobd")(&Settings::call_ms, "call_seconds")(
      &Settings::listen, "listen")(&Settings::certificate, "tls.certificate")(&Settings::key, "tls.key")(&Settings::limits, "limits");
  FOB_TRY(*this, Create(std::move(read)));
  return std::move(kept).changed();
}

}  // namespace fob::web
