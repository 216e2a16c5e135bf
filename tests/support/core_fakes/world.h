#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "daemon/core/admin_service.h"
#include "daemon/core/audit_service.h"
#include "daemon/core/client_service.h"
#include "daemon/core/backup_service.h"
#include "daemon/core/context.h"
#include "daemon/core/enrol_service.h"
#include "daemon/core/grant_service.h"
#include "daemon/core/login_service.h"
#include "daemon/core/session_watch.h"
#include "daemon/core/signing_key_service.h"
#include "daemon/core/master_key_service.h"
#include "daemon/core/token_service.h"
#include "daemon/core/authorize_service.h"
#include "daemon/core/web_account.h"
#include "daemon/core/web_links.h"
#include "daemon/core/web_login_service.h"
#include "daemon/core/web_sessions.h"
#include "daemon/crypto/audit_key.h"
#include "daemon/crypto/master_keyring.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/crypto/web_crypto.h"
#include "daemon/store/sqlite_store.h"
#include "tests/support/core_fakes/dialogue.h"
#include "tests/support/core_fakes/fake_host.h"
#include "tests/support/core_fakes/fake_key_maker.h"
#include "tests/support/core_fakes/fake_passwords.h"
#include "tests/support/core_fakes/fake_signer.h"
#include "tests/support/core_fakes/fake_verifier.h"
#include "tests/support/core_fakes/manual_time.h"
#include "tests/support/core_fakes/scripted_desk.h"
#include "tests/support/core_fakes/seeded_random.h"
#include "tests/support/core_fakes/step_queue.h"
#include "tests/support/core_fakes/temp_folder.h"

namespace fob::testing {

inline constexpr uint32_t kAliceUid = 1000;
inline constexpr uint32_t kBobUid = 1001;
inline constexpr uint32_t kPostgresUid = 113;
inline constexpr uint32_t kGatewayUid = 114;  // of web logins

// The core on its fakes and on a real store in a folder of its own.
//
//   service   policy
//   sudo, su  key | totp
//   sshd      totp
//   door      key               named: wakes a key from anywhere
//   vault     key+uv
//   lobby     key | totp, unenrolled = skip
//   cron      skip
//   telnet    deny
//   both      key+uv | key then totp
//   spare     totp | hotp | recovery
//   fob-web   key+uv | key | totp | recovery
//   others    key | totp        not named: wakes a key only for someone at this host
class World {
 public:
  // Without `state_dir` on a store in a folder of its own.
  explicit World(const std::string& state_dir = "");
  ~World();

  core::Settings settings;  // may be changed before the first use of anything below
  ManualClock clock;
  ManualTimers timers{clock};
  SeededRandom random;
  FakeHost host;
  ScriptedDesk desk;
  FakeVerifier verifier;
  FakeSigner signer;
  FakeKeyMaker key_maker;
  FakePasswords passwords;
  core::RateLimits limits{clock};
  std::vector<Error> alarms;            // what the journal was told
  std::vector<std::string> told_heads;  // what was signed into it
  std::vector<std::string> journal;     // and what of a store that could not be written

  core::Store& store() { return *store_; }
  const std::string& folder() const { return folder_.path(); }  // of its store
  StepQueue& queue() { return *queue_; }
  core::LoginService& login() { return Parts().login; }
  core::EnrolService& enrol() { return Parts().enrol; }
  core::TokenService& token() { return Parts().token; }
  core::AdminService& admin() { return Parts().admin; }
  core::AuditService& audit() { return Parts().audit; }
  core::BackupService& backup() { return Parts().backup; }
  core::MasterKeyService& master() { return Parts().master; }
  crypto::MasterKeyring& master_key() { return *master_key_; }  // folder() + "/master.key"
  core::HeadKeeper& heads() { return Parts().heads; }
  core::AuditPruner& pruner() { return Parts().pruner; }
  core::AuditSigner& audit_signer() { return *audit_signer_; }
  core::GrantService& grant() { return Parts().grant; }
  core::ClientService& client() { return Parts().client; }
  core::SigningKeyService& signing() { return Parts().signing; }
  core::SigningKeys& keys() { return Parts().keys; }
  core::SessionWatch& sessions() { return Parts().sessions; }
  core::WebLoginService& web_login() { return Parts().web_login; }
  core::AuthorizeService& authorize() { return Parts().authorize; }
  core::WebLinks& links() { return Parts().links; }
  core::WebAccount& account() { return Parts().account; }
  core::WebSessions& web_sessions() { return Parts().web_sessions; }
  core::ForwardClock& forward() { return forward_; }
  core::GapKeeper& gaps() { return *gaps_; }
  const core::Authority& authority() { return Parts().authority; }
  const core::Context& context() { return Parts().context; }
  core::KeyArbiter& arbiter() { return arbiter_; }

  // Lets host and store answer until nobody waits for them.
  void Settle();
  // Moves the clock; timers that are due expire.
  void Advance(int64_t ms);

  static core::Peer Root() { return {0, 0, 100, 1}; }
  static core::Peer Alice() { return {kAliceUid, kAliceUid, 200, 1}; }
  static core::Peer Bob() { return {kBobUid, kBobUid, 300, 1}; }
  static core::Peer Gateway() { return {kGatewayUid, kGatewayUid, 500, 1}; }
  static core::Peer Postgres() { return {kPostgresUid, kPostgresUid, 400, 1}; }

  // What logind says of `uid`'s session.
  void Sit(uint32_t uid, bool active = true);  // at seat0
  void Remote(uint32_t uid);

  // Enrolled as if long ago.
  core::KeyRecord AddKey(const std::string& user, const std::string& name);
  core::OtpRecord AddOtp(const std::string& user, const std::string& name);

  std::string Code(const std::string& otp, int64_t steps = 0) const {
    return CodeOf(otp, clock.UnixSeconds(), steps);
  }

  // Begins a login and lets it come to its first wait.
  void Begin(Dialogue& dialogue, const core::Peer& peer, proto::login::Begin::In in);
  void Begin(Dialogue& dialogue, const core::Peer& peer, std::string_view user,
             std::string_view service);
  void Answer(Dialogue& dialogue, std::string_view text);

  // Calls a plain method and lets it come to its end.
  template <typename Service, typename In, typename Out>
  Result<Out> Call(Service& service,
                   void (Service::*function)(const core::Peer&, In,
                                             UniqueFunction<void(Result<Out>)>),
                   const core::Peer& peer, std::type_identity_t<In> in) {
    std::optional<Result<Out>> out;
    (service.*function)(peer, std::move(in),
                        [&out](Result<Out> answer) { out.emplace(std::move(answer)); });
    Settle();
    if (!out.has_value())
      return MakeError(Code::kInternal, "no_answer", "the method never answered");
    return *std::move(out);
  }

  // The same of a method that answers in pieces, which `pieces` counts.
  template <typename Service, typename In, typename Out>
  Result<Out> Stream(Service& service,
                     std::shared_ptr<core::Flow> (Service::*function)(const core::Peer&, In,
                                                                      core::FlowSink<Out>),
                     const core::Peer& peer, std::type_identity_t<In> in, int* pieces = nullptr) {
    std::optional<Result<Out>> out;
    int count = 0;
    const auto flow = (service.*function)(
        peer, std::move(in),
        {[&count](Out) { ++count; }, [&out](Result<Out> last) { out.emplace(std::move(last)); }});
    for (int i = 0; !out.has_value() && flow != nullptr && i < 10'000; ++i) {
      flow->Next();
      Settle();
    }
    if (pieces != nullptr) *pieces = count;
    if (!out.has_value())
      return MakeError(Code::kInternal, "no_answer", "the method never answered");
    return *std::move(out);
  }

  // A confirmed login of alice with password and code, and of root's doing.
  proto::LoginInfo LoggedIn(std::string_view user = "alice", std::string_view otp = "phone");
  // The handle of such a login, not confirmed yet.
  SecretBytes Pending(std::string_view user = "alice", std::string_view otp = "phone",
                      std::string_view service = "sshd");
  // A registered client of one audience, and its secret.
  struct App {
    std::string id;
    SecretBytes secret;
  };
  App AddApp(const std::string& name, std::vector<std::string> audiences = {"api"});
  App AddApp(const std::string& name, proto::ClientSettings wanted);

  // A master key of 32 times `fill` in its folder.
  void WriteMasterKey(const std::string& name, char fill);

  // The trail, oldest first.
  std::vector<core::AuditRecord> Trail();
  core::AuditEntry LastEntry();
  int64_t Count(std::string_view action);  // of such events

 private:
  struct Wired;
  Wired& Parts();

  TempFolder folder_;
  crypto::Sha256Hasher hasher_;
  crypto::WebCrypto web_crypto_;
  std::unique_ptr<crypto::MasterKeyring> master_key_;
  std::unique_ptr<crypto::AuditKey> audit_signer_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<StepQueue> queue_;
  core::KeyArbiter arbiter_;
  core::Lockout lockout_{settings.lockout};
  core::ForwardClock forward_{clock};
  const UniqueFunction<void(const Error&)> alarm_ = [this](const Error& error) { alarms.push_back(error); };
  std::optional<core::GapKeeper> gaps_;
  std::unique_ptr<Wired> wired_;

  struct Wired {
    explicit Wired(World& world);
    core::Policy policy;
    core::Authority authority;
    core::Context context;
    core::LoginService login;
    core::EnrolService enrol;
    core::SessionWatch sessions;
    core::WebSessions web_sessions;
    core::WebLoginService web_login;
    core::AuthorizeService authorize;
    core::WebLinks links;
    core::WebAccount account;
    core::TokenService token;
    core::GrantService grant;
    core::SigningKeys keys;
    core::ClientService client;
    core::SigningKeyService signing;
    core::AdminService admin;
    core::HeadKeeper heads;
    core::AuditPruner pruner;
    core::AuditService audit;
    core::MasterKeyService master;
    core::BackupService backup;
  };
};

}  // namespace fob::testing
