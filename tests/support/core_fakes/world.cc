#include "tests/support/core_fakes/world.h"

#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

namespace fob::testing {
namespace {

using core::Factor;
using core::Rule;

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().reason + ": " + result.error().text);
  return *std::move(result);
}

// Each of `factors` is a way of its own.
Rule Require(std::string name, std::vector<std::string> services, std::vector<Factor> factors) {
  Rule rule;
  rule.name = std::move(name);
  rule.services = std::move(services);
  rule.action = Rule::Action::kRequire;
  for (const Factor factor : factors) rule.require.push_back({factor});
  return rule;
}

std::vector<Rule> Rules() {
  std::vector<Rule> rules = {
      Require("elevation", {"sudo", "su"}, {Factor::kKey, Factor::kTotp}),
      Require("ssh", {"sshd"}, {Factor::kTotp}),
      Require("door", {"door"}, {Factor::kKey}),
      Require("vault", {"vault"}, {Factor::kKeyUv}),
      Require("lobby", {"lobby"}, {Factor::kKey, Factor::kTotp}),
      Require("cron", {"cron"}, {}),
      Require("telnet", {"telnet"}, {}),
      Require("both", {"both"}, {}),
      Require("spare", {"spare"}, {Factor::kTotp, Factor::kHotp, Factor::kRecovery}),
      Require("web", {"fob-web"}, {Factor::kKeyUv, Factor::kKey, Factor::kTotp, Factor::kRecovery}),
      Require("rest", {}, {Factor::kKey, Factor::kTotp}),
  };
  rules[7].require = {{Factor::kKeyUv}, {Factor::kKey, Factor::kTotp}};
  rules[4].unenrolled = Rule::Unenrolled::kSkip;
  rules[5].action = Rule::Action::kSkip;
  rules[6].action = Rule::Action::kDeny;
  return rules;
}

core::AuditEntry Setup() {
  core::AuditEntry entry;
  entry.action = "test.setup";
  entry.at = 1'700'000'000;
  return entry;
}

}  // namespace

World::Wired::Wired(World& world)
    : policy(Must(core::Policy::Create(world.settings.rules))),
      authority(world.settings),
      context{world.settings, policy,         authority,     *world.queue_, world.host,
              world.desk,     world.verifier, world.hasher_, world.signer,  world.clock,
              world.random,   world.timers,   world.arbiter_, world.limits, world.lockout_,
              world.alarm_,   world.forward_, *world.gaps_,  world.web_crypto_, world.passwords},
      login(context),
      enrol(context),
      sessions(context),
      web_sessions(context, sessions),
      web_login(context, web_sessions),
      authorize(context, web_sessions, web_login),
      links(context, web_sessions, sessions),
      account(context, web_sessions),
      token(context, sessions),
      grant(context, sessions),
      keys(context, world.key_maker),
      client(context, keys),
      signing(keys),
      admin(context, 4711, [] { return int64_t{3}; }),
      heads(context, *world.audit_signer_, World::Root(),
            [&world](const std::string& head) { world.told_heads.push_back(head); }),
      pruner(context, *world.audit_signer_, World::Root()),
      audit(context, *world.audit_signer_, heads, pruner),
      master(context, *world.master_key_),
      backup(context, *world.audit_signer_, *world.master_key_) {
  std::vector<core::SigningKeyRecord> first(1);
  first.front().kid = "kid-0";
  keys.Adopt(first);
}

World::World(const std::string& state_dir) {
  settings.issuer = "https://login.example.org";
  settings.rp_id = "login.example.org";
  settings.rules = Rules();
  settings.callers = {{kPostgresUid, {"postgresql"}}};
  settings.web_uid = kGatewayUid;
  host.accounts = {{"root", {"root", 0, 0, {"root"}}},
                   {"alice", {"alice", kAliceUid, kAliceUid, {"alice", "staff"}}},
                   {"bob", {"bob", kBobUid, kBobUid, {"bob"}}},
                   {"postgres", {"postgres", kPostgresUid, kPostgresUid, {"postgres"}}}};
  for (const auto& [name, account] : host.accounts) {
    host.callers[account.uid].kernel_session = "audit:" + std::to_string(account.uid);
  }
  WriteMasterKey("master.key", '\0');
  master_key_ = Must(crypto::MasterKeyring::Open(folder_ / "master.key", false));
  store_ = Must(store::SqliteStore::Open(state_dir.empty() ? folder_.path() : state_dir,
                                         store::SqliteStore::Mode::kWriter, hasher_,
                                         master_key_->sealer()));
  audit_signer_ = Must(crypto::AuditKey::Open(Must(crypto::AuditKey::Generate(1'700'000'000))));
  queue_ = std::make_unique<StepQueue>(*store_);
  gaps_.emplace(*queue_, timers, clock, Root(), [this](const std::string& line) { journal.push_back(line); });
}

World::~World() { timers.Drop(); }

void World::WriteMasterKey(const std::string& name, char fill) {
  std::ofstream(folder_ / name, std::ios::binary)
      << std::string(crypto::AesGcmSealer::kMasterKeySize, fill);
  ::chmod((folder_ / name).c_str(), 0400);
}

World::Wired& World::Parts() {
  if (wired_ == nullptr) wired_ = std::make_unique<Wired>(*this);
  return *wired_;
}

void World::Settle() {
  while (host.Deliver() || queue_->Deliver()) {
  }
}

void World::Advance(int64_t ms) {
  timers.Advance(ms);
  Settle();
}

void World::Sit(uint32_t uid, bool active) {
  core::CallerFacts& facts = host.callers[uid];
  facts.session_known = true;
  facts.session_remote = false;
  facts.session_active = active;
  facts.seat = "seat0";
}

void World::Remote(uint32_t uid) {
  core::CallerFacts& facts = host.callers[uid];
  facts.session_known = true;
  facts.session_remote = true;
  facts.session_active = true;
  facts.seat.clear();
}

core::KeyRecord World::AddKey(const std::string& user, const std::string& name) {
  core::KeyRecord key;
  key.id = random.Id("key_");
  key.user = user;
  key.name = name;
  key.rp_id = settings.rp_id;
  key.credential_id = Bytes(16, static_cast<uint8_t>(name.size()));
  key.credential_id.insert(key.credential_id.end(), name.begin(), name.end());
  key.public_key = Bytes(64, 1);
  key.aaguid = Bytes(16, 2);
  key.counter = 10;
  key.created_at = clock.UnixSeconds();
  return Must(store_->AddKey({host.accounts.at(user), "sub-" + user, {}, Setup()}, key));
}

core::OtpRecord World::AddOtp(const std::string& user, const std::string& name) {
  core::OtpRecord otp;
  otp.id = random.Id("otp_");
  otp.user = user;
  otp.name = name;
  otp.secret = SecretBytes("12345678901234567890");
  otp.created_at = clock.UnixSeconds();
  return Must(store_->AddOtp({host.accounts.at(user), "sub-" + user, {}, Setup()}, otp));
}

void World::Begin(Dialogue& dialogue, const core::Peer& peer, proto::login::Begin::In in) {
  dialogue.Begun(login().Begin(peer, std::move(in), dialogue.Sink()));
  Settle();
}

void World::Begin(Dialogue& dialogue, const core::Peer& peer, std::string_view user,
                  std::string_view service) {
  proto::login::Begin::In in;
  in.user = user;
  in.service = service;
  Begin(dialogue, peer, std::move(in));
}

void World::Answer(Dialogue& dialogue, std::string_view text) {
  dialogue.Answer(text);
  Settle();
}

SecretBytes World::Pending(std::string_view user, std::string_view otp, std::string_view service) {
  Dialogue dialogue;
  proto::login::Begin::In in;
  in.user = user;
  in.service = service;
  in.vouched = {"password"};
  Begin(dialogue, Root(), std::move(in));
  Answer(dialogue, Code(std::string(otp)));
  if (dialogue.granted() == nullptr)
    throw std::runtime_error("the login was refused: " + dialogue.reason());
  return std::move(*dialogue.turn->granted->handle);
}

proto::LoginInfo World::LoggedIn(std::string_view user, std::string_view otp) {
  proto::login::Confirm::In in;
  in.handle = Pending(user, otp);
  in.user = user;
  in.service = "sshd";
  // The monitor that opens the session is in the user's own kernel session.
  const std::string mine =
      std::exchange(host.callers[0].kernel_session,
                    host.callers[host.accounts.at(std::string(user)).uid].kernel_session);
  auto confirmed = Call(login(), &core::LoginService::Confirm, Root(), std::move(in));
  host.callers[0].kernel_session = mine;
  return Must(std::move(confirmed)).login;
}

World::App World::AddApp(const std::string& name, std::vector<std::string> audiences) {
  proto::ClientSettings wanted;
  wanted.audiences = std::move(audiences);
  wanted.scopes = {{"read", "write"}};
  return AddApp(name, std::move(wanted));
}

World::App World::AddApp(const std::string& name, proto::ClientSettings wanted) {
  auto out = Must(Call(client(), &core::ClientService::AddClient, Root(), {name, std::move(wanted)}));
  return {out.client.client_id, std::move(out.client_secret).value_or(SecretBytes())};
}

std::vector<core::AuditRecord> World::Trail() {
  return Must(store_->TailAudit(1000, std::nullopt));
}

core::AuditEntry World::LastEntry() { return Trail().back().entry; }

int64_t World::Count(std::string_view action) {
  return std::ranges::count(Trail(), action, [](const core::AuditRecord& record) { return record.entry.action; });
}

}  // namespace fob::testing
