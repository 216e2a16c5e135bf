#include "daemon/daemon.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/random.h"
#include "daemon/config/worker_setting.h"
#include "daemon/core/admin_service.h"
#include "daemon/core/audit_service.h"
#include "daemon/core/client_service.h"
#include "daemon/core/clock_keeper.h"
#include "daemon/core/backup_service.h"
#include "daemon/core/context.h"
#include "daemon/core/enrol_service.h"
#include "daemon/core/grant_service.h"
#include "daemon/core/login_service.h"
#include "daemon/core/session_watch.h"
#include "daemon/core/signing_key_service.h"
#include "daemon/core/master_key_service.h"
#include "daemon/core/token_service.h"
#include "daemon/core/version.h"
#include "daemon/core/authorize_service.h"
#include "daemon/core/web_account.h"
#include "daemon/core/web_links.h"
#include "daemon/core/web_login_service.h"
#include "daemon/core/web_sessions.h"
#include "daemon/crypto/audit_key.h"
#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/key_thread.h"
#include "daemon/crypto/signing_key.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/crypto/web_crypto.h"
#include "daemon/factors/factor_verifier.h"
#include "daemon/host/accounts.h"
#include "daemon/host/folder_lock.h"
#include "daemon/host/journal.h"
#include "daemon/host/listen_fds.h"
#include "daemon/host/notify.h"
#include "daemon/host/proc_files.h"
#include "daemon/host/seldom.h"
#include "daemon/host/system_host.h"
#include "daemon/ipc/dispatcher.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/password_desk.h"
#include "daemon/ipc/server.h"
#include "daemon/ipc/worker_desk.h"
#include "daemon/ipc/worker_socket.h"
#include "daemon/ipc/worker_spawner.h"
#include "daemon/key_file.h"
#include "daemon/live_settings.h"
#include "daemon/lockdown.h"
#include "daemon/store/restored_file.h"
#include "daemon/store/sqlite_store.h"
#include "daemon/store/state_dir.h"
#include "daemon/store/sqlite_store_queue.h"
#include "sandbox/sandbox.h"

namespace fob {
namespace {

using host::Log;
using host::Priority;

// What the daemon does by itself.
core::AuditEntry OwnAudit(std::string_view action, const Clock& clock) {
  core::AuditEntry audit;
  audit.at = clock.UnixSeconds();
  audit.action = action;
  audit.caller_uid = static_cast<int64_t>(::geteuid());
  audit.caller_pid = ::getpid();
  return audit;
}

// The first start makes the first signing key.
Result<std::vector<core::SigningKeyRecord>> LoadSigningKeys(core::Store& store, core::TokenSigner& signer,
                                                            const Clock& clock) {
  FOB_TRY(auto keys, store.SigningKeys());
  if (keys.empty()) {
    const int64_t now = clock.UnixSeconds();
    FOB_TRY(auto key, crypto::GenerateSigningKey(core::SigningAlgorithm::kEs256, now));
    FOB_CHECK(store.AddSigningKey(key, OwnAudit("signing_key.create", clock)));
    keys.push_back(std::move(key));
  }
  FOB_CHECK(signer.Load(keys));
  return keys;
}

// The first start makes the key that signs the trail.
Result<std::unique_ptr<crypto::AuditKey>> LoadAuditKey(core::Store& store, const Clock& clock) {
  FOB_TRY(auto key, store.AuditKey());
  if (!key.has_value()) {
    FOB_TRY(key, crypto::AuditKey::Generate(clock.UnixSeconds()));
    FOB_CHECK(store.AddAuditKey(*key, OwnAudit("audit_key.create", clock)));
  }
  return crypto::AuditKey::Open(*key);
}

Result<crypto::AttestationCertificates> LoadRoots(const core::Settings& settings) {
  FOB_TRY(auto roots, crypto::LoadAttestationRoots(settings.attestation_roots));
  if (settings.attestation.require == core::AttestationPolicy::Require::kVerified && roots.roots() == 0) {
    return MakeError(Code::kInvalidArgument, "no_attestation_roots",
                     "[attestation] requires verified keys, and there is no *.pem in " + settings.attestation_roots +
                         ": no key could be enrolled");
  }
  return roots;
}

using store::SqliteStore;

// The store, found good, and what of it is needed from the start.
struct OpenedStore {
  std::unique_ptr<SqliteStore> writer;
  std::unique_ptr<SqliteStore> reader;
  std::unique_ptr<crypto::AuditKey> audit_key;
  std::vector<core::SigningKeyRecord> signing_keys;
  bool change_under_way = false;  // of the master key
};

Result<OpenedStore> OpenStore(const core::Settings& settings, const std::string& state_dir, const core::Hasher& hasher,
                              crypto::MasterKeyring& master_key, core::TokenSigner& signer, const Clock& clock) {
  FOB_CHECK(store::FinishRestore(state_dir));
  std::error_code failed;
  const auto size = std::filesystem::file_size(state_dir + "/fob.db", failed);
  if (failed || size == 0) {
    Log(Priority::kWarning, settings.state_dir + ": there is no store yet and a new one is made; if there was one "
                            "before, stop fobd and run fobctl restore with its backup");
  }
  OpenedStore out;
  FOB_TRY(out.writer, SqliteStore::Open(state_dir, SqliteStore::Mode::kWriter, hasher, master_key.sealer()));
  FOB_TRY(out.reader, SqliteStore::Open(state_dir, SqliteStore::Mode::kReader, hasher, master_key.sealer()));
  FOB_TRY(out.change_under_way, core::AdoptMasterKey(*out.writer, master_key, settings.state_dir));
  FOB_TRY(out.signing_keys, LoadSigningKeys(*out.writer, signer, clock));
  FOB_TRY(out.audit_key, LoadAuditKey(*out.writer, clock));
  return out;
}

Error WithWayOut(Error error, const std::string& master_key, const std::string& state_dir) {
  // The key's id is right, and yet something does not open.
  if (error.reason == "sealed_secret") {
    error.text = "master key " + master_key + ": what the store in " + state_dir +
                 " holds does not open with it; put back the master key that belongs to the store, or a backup in the "
                 "store's place with fobctl restore; see docs/operations.md";
  }
  // What SQLite finds, it names itself.
  const bool names_it = error.text.find(state_dir) != std::string::npos;
  if ((error.reason == "store_corrupt" || error.reason == "not_a_store") && !names_it)
    error.text = state_dir + "/fob.db: " + error.text + ": put a backup in its place with fobctl restore";
  return error;
}

// The socket that callers find us by.
struct Listening {
  UniqueFd fd;
  std::string path;  // our own, which goes when we do; empty: systemd holds it for us
  dev_t device = 0;
  ino_t inode = 0;

  static Result<Listening> Open(const core::Settings& settings, std::optional<UniqueFd> passed) {
    Listening out;
    if (passed.has_value()) {
      out.fd = *std::move(passed);
      return out;
    }
    FOB_TRY(out.fd, ipc::Listen(settings.socket));
    struct stat info {};
    if (::lstat(settings.socket.c_str(), &info) != 0) return out;
    out.path = settings.socket;
    out.device = info.st_dev;
    out.inode = info.st_ino;
    return out;
  }
  // Unless somebody else's stands there by now.
  void Remove() const {
    struct stat info {};
    if (path.empty() || ::lstat(path.c_str(), &info) != 0) return;
    if (info.st_dev == device && info.st_ino == inode) ::unlink(path.c_str());
  }
};

// At a socket of the service manager's; without one, started here by `command`.
Result<std::unique_ptr<ipc::WorkerSource>> Workers(std::optional<std::string_view> socket, const char* program,
                                                   const std::vector<std::string>& command) {
  std::unique_ptr<ipc::WorkerSource> out;
  if (socket.has_value()) {
    out = std::make_unique<ipc::WorkerSocket>(std::string(*socket), program);
    return out;
  }
  FOB_TRY(auto spawner, ipc::WorkerSpawner::Fork(command, sandbox::LockSpawner));
  out = std::make_unique<ipc::WorkerSpawner>(std::move(spawner));
  return out;
}

std::string ReloadOutcome(const Result<std::vector<std::string>>& restart_for, const std::string& config) {
  if (!restart_for.ok()) return "the old configuration still holds: " + restart_for.error().text;
  std::string out = config + " was read again";
  for (const std::string& key : *restart_for) out += (&key == &restart_for->front() ? "; a restart is needed for " : ", ") + key;
  return out;
}

// Of the account that the package makes for it; nothing: there is none, or nobody can tell.
std::optional<uint32_t> GatewayUid() {
  const auto account = host::NssAccounts().ByName("fob-web", core::Host::Groups::kSkip);
  return account.ok() ? std::optional(account->uid) : std::nullopt;
}

constexpr int64_t kLogIntervalMs = 60'000;  // between lines of one kind that could come at any rate

// Tells the service manager that the loop still turns.
struct Heartbeat {
  ipc::Loop& loop;
  std::unique_ptr<core::Timers::Handle> next;
  void Beat() {
    const int64_t interval = host::WatchdogIntervalMs();
    if (interval == 0) return;
    host::NotifyWatchdog();
    next = loop.After(interval, [this] { Beat(); });
  }
};

}  // namespace

Status Serve(core::Settings initial, const std::string& config, const Clock& clock) {
  FOB_TRY(LiveSettings live, LiveSettings::Create(std::move(initial), GatewayUid()));
  const core::Settings& settings = live.settings();
  FOB_TRY(auto workers, Workers(config::WorkerSocketOf(settings), "fob-keyd", settings.worker));
  const bool by_socket = settings.password_worker.empty();
  FOB_TRY(auto password_workers, Workers(by_socket ? std::optional<std::string_view>(settings.password_socket) : std::nullopt,
                                         "fob-passwd", settings.password_worker));
  FOB_TRY(auto passed, host::TakeListenSocket());
  // What is locked down later must stand there by then.
  FOB_TRY(const std::string state_dir, store::PrepareStateDir(settings.state_dir));
  FOB_TRY(const UniqueFd lock, host::LockFolder(state_dir));
  FOB_CHECK(ipc::MakeSocketFolder(settings.socket));
  FOB_CHECK(LockDown(settings, config));
  FOB_TRY(const auto master_key, OpenMasterKey(settings));

  SystemRandom random;
  const crypto::Sha256Hasher hasher;
  crypto::JwsSigner signer;
  const crypto::WebCrypto web_crypto;
  FOB_TRY(auto roots, LoadRoots(settings));
  const factors::FactorVerifier verifier(std::move(roots));
  ipc::Loop loop;
  const auto post = [&loop](UniqueFunction<void()> work) { loop.Post(std::move(work)); };
  const auto bring = [&loop](UniqueFunction<void()> work) { loop.Bring(std::move(work)); };

  auto opened = OpenStore(settings, state_dir, hasher, *master_key, signer, clock);
  if (!opened.ok()) return WithWayOut(opened.error(), master_key->Path(), state_dir);
  OpenedStore& stored = *opened;
  // Nobody waits for an answer before there can be one.
  FOB_TRY(Listening listening, Listening::Open(settings, std::move(passed)));
  FOB_TRY(const auto clock_mark, stored.writer->FindClockMark());
  store::SqliteStoreQueue queue(std::move(stored.writer), std::move(stored.reader),
                                store::SqliteStoreQueue::Ways(post, bring));
  host::SystemHost system(bring);
  core::ForwardClock forward(clock);
  forward.Resume(clock_mark, system.BootId());
  host::Seldom seldom(clock, kLogIntervalMs);
  const auto no_worker = [&seldom](const Error& error) {
    if (seldom.Due()) Log(Priority::kWarning, error.text + "; logins with a security key will fail");
  };
  ipc::WorkerDesk desk(loop, std::move(workers), no_worker);
  ipc::PasswordDesk passwords(loop, std::move(password_workers));
  core::KeyArbiter arbiter;
  core::RateLimits limits(clock);
  core::Lockout lockout(settings.lockout);
  const UniqueFunction<void(const Error&)> alarm = [often = host::Seldom(clock, kLogIntervalMs)](const Error& error) mutable {
    if (often.Due()) Log(Priority::kError, "cannot keep the audit trail: " + error.text);
  };
  const core::Peer self{::geteuid(), ::getegid(), ::getpid(), 0};
  core::GapKeeper gaps(queue, loop, clock, self, [](const std::string& line) { Log(Priority::kError, line); });
  const core::Authority authority(settings);
  const core::Context context{settings, live.policy(), authority, queue,  system,  desk,   verifier, hasher, signer, clock,
                              random,   loop,          arbiter,   limits, lockout, alarm, forward,  gaps,   web_crypto, passwords};

  core::LoginService login(context);
  core::EnrolService enrol(context);
  core::SessionWatch sessions(context);
  core::WebSessions web_sessions(context, sessions);
  core::WebLoginService web_login(context, web_sessions);
  core::AuthorizeService authorize(context, web_sessions, web_login);
  core::WebLinks links(context, web_sessions, sessions);
  core::WebAccount account(context, web_sessions);
  core::TokenService token(context, sessions);
  core::GrantService grant(context, sessions);
  crypto::KeyThread key_thread(post);
  core::SigningKeys keys(context, key_thread);
  core::ClientService client(context, keys);
  core::SigningKeyService signing(keys);
  core::ClockKeeper clock_keeper(context);
  ipc::Server* served = nullptr;
  core::AdminService admin(context, ::getpid(), [&served] { return served->connections(); });
  core::HeadKeeper heads(context, *stored.audit_key, self, [](const std::string& head) { Log(Priority::kNotice, "audit head " + head); });
  core::AuditPruner pruner(context, *stored.audit_key, self);
  core::AuditService audit(context, *stored.audit_key, heads, pruner);
  core::MasterKeyService master(context, *master_key);
  core::BackupService backup(context, *stored.audit_key, *master_key);
  const ipc::Dispatcher dispatcher({&login, &enrol, &token, &admin, &audit, &grant, &client, &signing, &master, &backup,
                                    &web_sessions, &web_login, &authorize, &links, &account, &authority}, authority);
  ipc::Server server(loop, std::move(listening.fd), dispatcher,
                     {settings.max_connections, settings.max_connections_per_uid}, host::ReadStartTime,
                     [&authority](const core::Peer& peer) { return authority.IsTrusted(peer); });
  served = &server;
  server.Start();
  keys.Adopt(stored.signing_keys);
  keys.Tend();
  sessions.Start();
  clock_keeper.Start();

  if (const Status prepared = desk.Prepare(); !prepared.ok()) no_worker(prepared.error());
  if (stored.change_under_way) {
    master.Resume(self, [](const Status& resumed) {
      Log(resumed.ok() ? Priority::kNotice : Priority::kError,
          resumed.ok() ? "all secrets are sealed under the new master key: run fobctl master rotate to put it in place"
                       : "cannot go on with the change of the master key: " + resumed.error().text);
    });
  }
  heads.Start();
  pruner.Start();
  Heartbeat heartbeat{loop, nullptr};
  heartbeat.Beat();
  const std::string serves = "fobd " + std::string(core::kVersion) + " serves " + settings.socket;
  const auto reload = [&] {
    host::NotifyReloading();
    const auto restart_for = live.Reload(config);
    core::AuditEntry entry = OwnAudit("config.reload", clock);
    if (!restart_for.ok()) core::Refused(entry, restart_for.error());
    context.RecordThen(std::move(entry), [] {});
    const std::string outcome = ReloadOutcome(restart_for, config);
    Log(restart_for.ok() ? Priority::kNotice : Priority::kError, outcome);
    host::NotifyReady(serves + "; " + outcome);
  };
  Log(Priority::kInfo, serves);
  // From within the loop, which takes signals by then.
  loop.Post([&serves] { host::NotifyReady(serves); });
  loop.Run(
      [](int signal) {
        host::NotifyStopping();
        Log(Priority::kInfo, "ending on signal " + std::to_string(signal));
      },
      reload);
  listening.Remove();
  core::Store& last = queue.End();
  gaps.Finish(last);
  heads.Finish(last);
  return Ok();
}

}  // namespace fob
