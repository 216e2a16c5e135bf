#include "web/serve.h"

#include <csignal>
#include <filesystem>
#include <optional>
#include <utility>

#include "daemon/host/journal.h"
#include "daemon/host/notify.h"
#include "sandbox/sandbox.h"
#include "web/config/live_settings.h"
#include "web/fobd/fobd_client.h"
#include "web/host/access_log.h"
#include "web/host/service_manager.h"
#include "web/http/server.h"
#include "web/metrics/metrics.h"
#include "web/site/gateway.h"
#include "web/tls/tls_context.h"

namespace fob::web {
namespace {

std::string FolderOf(const std::string& path) { return std::filesystem::absolute(path).parent_path(); }

using Tls = std::shared_ptr<std::optional<TlsContext>>;

Listener MakeListener(UniqueFd socket, std::string name, bool secure, const Tls& tls) {
  Listener listener{std::move(socket), std::move(name), secure, &PlainTransport};
  if (secure) listener.wrap = [tls](int fd) { return (*tls)->Wrap(fd); };
  return listener;
}

Result<std::vector<Listener>> Bind(const Settings& settings, const Tls& tls) {
  std::vector<Listener> listeners;
  FOB_TRY(std::vector<PassedSocket> passed, TakeListenSockets());
  for (PassedSocket& socket : passed) {
    const bool secure = socket.name.ends_with("tls");
    if (secure && !tls->has_value()) {
      return MakeError(Code::kInvalidArgument, "bad_config", "socket \"" + socket.name + "\" speaks TLS, and there is no [tls]");
    }
    listeners.push_back(MakeListener(std::move(socket.fd), socket.name, secure, tls));
  }
  // systemd's sockets stand in for those of the file.
  for (const Settings::Listen& listen : listeners.empty() ? settings.listen : std::vector<Settings::Listen>()) {
    FOB_TRY(UniqueFd socket, listen.socket.empty() ? BindTcp(listen.address) : BindUnix(listen.socket, listen.mode));
    listeners.push_back(MakeListener(std::move(socket), listen.socket + listen.address, listen.tls, tls));
  }
  if (listeners.empty()) return MakeError(Code::kInvalidArgument, "bad_config", "there is no [[listen]], and systemd passed no socket");
  return listeners;
}

// What is opened later: the configuration and the files of TLS, when they are read again. Editors put a new file in the place
// of the old one.
Status LockDown(const Settings& settings, const std::string& config) {
  sandbox::Paths paths;
  paths.read = {FolderOf(config)};
  if (!settings.certificate.empty()) paths.read.insert(paths.read.end(), {FolderOf(settings.certificate), FolderOf(settings.key)});
  return sandbox::LockWeb(paths);
}

Result<TlsContext> LoadTls(const Settings& settings) {
  auto loaded = TlsContext::Load(settings.certificate, settings.key);
  if (loaded.ok()) return loaded;
  return MakeError(loaded.error().code, loaded.error().reason, settings.tls_at + ": " + loaded.error().text);
}

void WarnOfExpiry(const TlsContext& tls) {
  const int64_t days = (tls.expires_at() - SystemClock().UnixSeconds()) / 86'400;
  if (days < 7) host::Log(host::Priority::kWarning, "the TLS certificate is good for " + std::to_string(days) + " more days");
}

std::string Outcome(const Result<std::vector<std::string>>& restart_for, const std::string& config) {
  if (!restart_for.ok()) return "the old configuration still holds: " + restart_for.error().text;
  std::string out = config + " was read again";
  for (const std::string& key : *restart_for) out += (&key == &restart_for->front() ? "; a restart is needed for " : ", ") + key;
  return out;
}

}  // namespace

Status CheckFiles(const Settings& settings) {
  if (settings.wants_tls()) FOB_CHECK(LoadTls(settings));
  return Ok();
}

Status Serve(Settings initial, const std::string& config) {
  FOB_TRY(LiveSettings live, LiveSettings::Create(std::move(initial)));
  const Settings& settings = live.settings();
  const auto tls = std::make_shared<std::optional<TlsContext>>();
  const auto load_tls = [&]() -> Status {
    if (!settings.wants_tls()) return Ok();
    FOB_TRY(*tls, LoadTls(settings));
    WarnOfExpiry(**tls);
    return Ok();
  };
  FOB_CHECK(load_tls());
  FOB_TRY(std::vector<Listener> listeners, Bind(settings, tls));
  FOB_CHECK(LockDown(settings, config));

  Loop loop;
  AccessLog access_log(loop);
  FobdClient fobd(loop, settings.fobd, static_cast<size_t>(settings.lines), settings.call_ms);
  std::unique_ptr<Server> server;
  Metrics metrics({[&] { return server == nullptr ? 0.0 : static_cast<double>(server->connections()); },
                   [&] { return static_cast<double>(fobd.waiting()); }, [&] { return fobd.connected() ? 1.0 : 0.0; }});
  Gateway gateway(fobd, {[&] { return metrics.Text(); },
                         [&](const Request& request) {
                           return !request.client.forwarded && live.metrics_from().Contains(request.client.address);
                         }});
  ServerEvents events;
  events.answered = [&](const Request& request, const Response& response, int64_t microseconds) {
    metrics.Answered(request.path, response.status, static_cast<double>(microseconds) / 1e6);
    if (!settings.access_log) return;
    access_log.Add(request.client.address, request.method, request.path, response.status, response.body.size(), microseconds);
  };
  events.cut_off = [&](std::string_view why) { metrics.CutOff(why); };
  server = std::make_unique<Server>(
      loop, std::move(listeners), settings.limits,
      [&](Request request, Reply reply) { gateway.Handle(std::move(request), std::move(reply)); },
      [&](Request& request) { live.proxies().Identify(request); },
      [&](const std::string& address) { return address == "unix" || live.proxies().Contains(address); }, std::move(events));
  server->Start();
  // From within the loop, which takes signals by then: SIGHUP would end us before.
  loop.Post([] { host::NotifyReady("serving"); });

  std::unique_ptr<Timer> watchdog;
  UniqueFunction<void()> bark;
  if (const int64_t interval = host::WatchdogIntervalMs(); interval > 0) {
    bark = [&, interval] {
      host::NotifyWatchdog();
      watchdog = loop.After(interval, [&] { bark(); });
    };
    bark();
  }
  loop.Run({SIGTERM, SIGINT, SIGHUP}, [&](int signal) {
    if (signal != SIGHUP) {
      host::NotifyStopping();
      return server->Stop([&] { loop.Stop(); });
    }
    host::NotifyReloading();
    const auto restart_for = live.Reload(config);
    const Status loaded = load_tls();
    std::string outcome = Outcome(restart_for, config);
    if (!loaded.ok()) outcome += "; TLS goes on as it was: " + loaded.error().text;
    host::Log(restart_for.ok() && loaded.ok() ? host::Priority::kNotice : host::Priority::kError, outcome);
    host::NotifyReady("serving; " + outcome);
  });
  return Ok();
}

}  // namespace fob::web
