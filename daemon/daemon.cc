#include "daemon/daemon.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/random.h"
#include "daemon/core/admin_service.h"
#include "daemon/core/audit_service.h"
#include "daemon/core/client_service.h"
#include "daemon/core/clock_keeper.h"
#include "daemon/core/context.h"
#include "daemon/core/enrol_service.h"
#include "daemon/core/grant_service.h"
#include "daemon/core/login_service.h"
#include "daemon/core/session_watch.h"
#include "daemon/core/signing_key_service.h"
#include "daemon/core/token_service.h"
#include "daemon/core/version.h"
#include "daemon/crypto/aes_gcm_sealer.h"
#include "daemon/crypto/audit_key.h"
#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/master_key.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/factors/factor_verifier.h"
#include "daemon/host/folder_lock.h"
#include "daemon/host/journal.h"
#include "daemon/host/listen_fds.h"
#include "daemon/host/notify.h"
#include "daemon/host/proc_files.h"
#include "daemon/host/seldom.h"
#include "daemon/host/system_host.h"
#include "daemon/ipc/dispatcher.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/server.h"
#include "daemon/ipc/worker_desk.h"
#include "daemon/lockdown.h"
#include "daemon/lockdown.h"
#include "daemon/store/sqlite_store.h"
#include "daemon/store/sqlite_store_queue.h"

namespace fob {
namespace {

using host::Log;
using host::Priority;

// systemd hands the master key over in a folder of its own; elsewhere it is a file.
std::string MasterKeyPath(const core::Settings& settings) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) return settings.master_key;
  const std::string credential = std::string(folder) + "/fob.master-key";
  return std::filesystem::exists(credential) ? credential : settings.master_key;
}

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
    FOB_TRY(auto key, signer.GenerateKey(core::SigningAlgorithm::kEs256, now));
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

// The master key itself is not kept: what seals is derived from it.
Result<std::unique_ptr<crypto::AesGcmSealer>> OpenSealer(const core::Settings& settings) {
  FOB_TRY(const SecretBytes master_key, crypto::LoadMasterKey(MasterKeyPath(settings)));
  return crypto::AesGcmSealer::Create(master_key);
}

// Nothing that is sealed opens, so nothing is tried with it.
Error OtherMasterKey(const core::Settings& settings) {
  return MakeError(Code::kConflict, "other_master_key",
                   "master key " + MasterKeyPath(settings) + ": the store in " + settings.state_dir +
                       " was sealed with another one, or is damaged; put back the master key that belongs to it");
}

// A socket that systemd holds for us, or our own.
Result<UniqueFd> OpenListener(const core::Settings& settings) {
  FOB_TRY(auto passed, host::TakeListenSocket());
  if (passed.has_value()) return *std::move(passed);
  return ipc::Listen(settings.socket);
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

Status Serve(const core::Settings& settings, const Clock& clock) {
  FOB_TRY(const core::Policy policy, core::Policy::Create(settings.rules));
  FOB_TRY(auto spawner, ipc::WorkerSpawner::Fork(settings.worker));
  FOB_TRY(UniqueFd listener, OpenListener(settings));
  FOB_CHECK(LockDown(settings));
  FOB_TRY(const auto sealer, OpenSealer(settings));

  SystemRandom random;
  const crypto::Sha256Hasher hasher;
  crypto::JwsSigner signer;
  FOB_TRY(auto roots, LoadRoots(settings));
  const factors::FactorVerifier verifier(std::move(roots));
  ipc::Loop loop;
  const auto post = [&loop](UniqueFunction<void()> work) { loop.Post(std::move(work)); };

  using store::SqliteStore;
  FOB_TRY(auto writer, SqliteStore::Open(settings.state_dir, SqliteStore::Mode::kWriter, hasher, *sealer));
  FOB_TRY(const UniqueFd lock, host::LockFolder(settings.state_dir));
  FOB_TRY(auto reader, SqliteStore::Open(settings.state_dir, SqliteStore::Mode::kReader, hasher, *sealer));
  auto signing_keys = LoadSigningKeys(*writer, signer, clock);
  if (!signing_keys.ok()) {
    return signing_keys.error().reason == "sealed_secret" ? OtherMasterKey(settings) : Status(signing_keys.error());
  }
  FOB_TRY(const auto audit_key, LoadAuditKey(*writer, clock));
  FOB_TRY(const auto clock_mark, writer->FindClockMark());
  store::SqliteStoreQueue queue(std::move(writer), std::move(reader), post);
  host::SystemHost system(post);
  core::ForwardClock forward(clock);
  forward.Resume(clock_mark, system.BootId());
  host::Seldom seldom(clock, kLogIntervalMs);
  const auto no_worker = [&seldom](const Error& error) {
    if (seldom.Due()) Log(Priority::kWarning, error.text + "; logins with a security key will fail");
  };
  ipc::WorkerDesk desk(loop, std::move(spawner), no_worker);
  core::KeyArbiter arbiter;
  core::RateLimits limits(clock);
  core::Lockout lockout(settings.lockout);
  const UniqueFunction<void(const Error&)> alarm = [often = host::Seldom(clock, kLogIntervalMs)](const Error& error) mutable {
    if (often.Due()) Log(Priority::kError, "cannot keep the audit trail: " + error.text);
  };
  const core::Authority authority(settings);
  const core::Context context{settings, policy, authority, queue,  system,  desk,   verifier, hasher,
                              signer,   clock,  random,    loop,   arbiter, limits, lockout, alarm, forward};

  core::LoginService login(context);
  core::EnrolService enrol(context);
  core::SessionWatch sessions(context);
  core::TokenService token(context, sessions);
  core::GrantService grant(context, sessions);
  core::SigningKeys keys(context);
  core::ClientService client(context, keys);
  core::SigningKeyService signing(keys);
  core::ClockKeeper clock_keeper(context);
  ipc::Server* served = nullptr;
  core::AdminService admin(context, ::getpid(), [&served] { return served->connections(); });
  core::HeadKeeper heads(context, *audit_key, [](const std::string& head) { Log(Priority::kNotice, "audit head " + head); });
  const core::Peer self{::geteuid(), ::getegid(), ::getpid(), 0};
  core::AuditPruner pruner(context, *audit_key, self);
  core::AuditService audit(context, *audit_key, heads, pruner);
  const ipc::Dispatcher dispatcher({&login, &enrol, &token, &admin, &audit, &grant, &client, &signing}, authority);
  ipc::Server server(loop, std::move(listener), dispatcher,
                     {settings.max_connections, settings.max_connections_per_uid}, host::ReadStartTime,
                     [&authority](const core::Peer& peer) { return authority.IsTrusted(peer); });
  served = &server;
  server.Start();
  keys.Adopt(*signing_keys);
  keys.Tend();
  sessions.Start();
  clock_keeper.Start();

  if (const Status prepared = desk.Prepare(); !prepared.ok()) no_worker(prepared.error());
  heads.Start();
  pruner.Start();
  Heartbeat heartbeat{loop, nullptr};
  heartbeat.Beat();
  const std::string status = "fobd " + std::string(core::kVersion) + " serves " + settings.socket;
  Log(Priority::kInfo, status);
  // From within the loop, which takes signals by then.
  loop.Post([&status] { host::NotifyReady(status); });
  loop.Run([](int signal) {
    host::NotifyStopping();
    Log(Priority::kInfo, "ending on signal " + std::to_string(signal));
  });
  heads.Finish(queue.End());
  return Ok();
}

}  // namespace fob
