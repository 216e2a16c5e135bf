#include "daemon/core/admin_service.h"

#include <algorithm>

#include "daemon/core/present.h"
#include "daemon/core/version.h"

namespace fob::core {
namespace {

fob::Status CheckWords(const std::vector<std::string>& words, std::string_view what, bool required) {
  const auto bad = [](const std::string& word) {
    return word.empty() || word.size() > 256 ||
           std::ranges::any_of(word, [](char c) { return c <= 0x20 || c >= 0x7f || c == '"' || c == '\\'; });
  };
  if ((required && words.empty()) || words.size() > 32 || std::ranges::any_of(words, bad)) {
    return MakeError(Code::kInvalidArgument, "bad_" + std::string(what),
                     "give 1 to 32 " + std::string(what) + "s of printable ASCII without spaces");
  }
  return Ok();
}

}  // namespace

AdminService::AdminService(const Context& context, int64_t pid, UniqueFunction<int64_t()> connections)
    : context_(context), pid_(pid), connections_(std::move(connections)), started_at_(context.clock.UnixSeconds()) {}

void AdminService::Status(const Peer&, proto::admin::Status::In, Reply<proto::admin::Status> reply) {
  context_.store.Read(
      [now = context_.clock.UnixSeconds(), boot = context_.host.BootId()](Store& store) { return store.Counts(now, boot); },
      [this, reply = std::move(reply)](Result<StoreCounts> counts) {
        proto::admin::Status::Out out;
        out.status.version = kVersion;
        out.status.pid = pid_;
        out.status.started_at = started_at_;
        out.status.issuer = context_.settings.issuer;
        out.status.rp_id = context_.settings.rp_id;
        out.status.socket = context_.settings.socket;
        out.status.connections = connections_();
        out.status.store = proto::StatusInfo::Store::kUnavailable;
        if (counts.ok()) {
          out.status.store = counts->writable ? proto::StatusInfo::Store::kWritable : proto::StatusInfo::Store::kReadOnly;
          out.status.schema = counts->schema;
          out.status.users = counts->users;
          out.status.keys = counts->keys;
          out.status.otps = counts->otps;
          out.status.live_logins = counts->live_logins;
          out.status.clients = counts->clients;
          out.status.audit_head = counts->audit_head;
        }
        reply(std::move(out));
      });
}

void AdminService::ShowUser(const Peer& peer, proto::admin::ShowUser::In in, Reply<proto::admin::ShowUser> reply) {
  ResolveSubject(context_, peer, in.user.value_or(""), [this, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    context_.store.Read([name = account->name, uid = account->uid](Store& store) { return store.LoadFactors(name, uid); },
                        [account = *account, reply = std::move(reply)](Result<UserFactors> factors) {
                          if (!factors.ok()) return reply(factors.error());
                          const UserRecord& user = factors->user;
                          reply(proto::admin::ShowUser::Out{{user.name, user.uid, user.sub, user.uid != account.uid,
                                                             user.created_at, static_cast<int64_t>(factors->keys.size()),
                                                             static_cast<int64_t>(factors->otps.size())}});
                        });
  });
}

void AdminService::RebindUser(const Peer& peer, proto::admin::RebindUser::In in, Reply<proto::admin::RebindUser> reply) {
  context_.host.AccountByName(in.user, [this, peer, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    AuditEntry audit = context_.Audit(peer, "user.rebind", account->name);
    audit.detail = "uid " + std::to_string(account->uid);
    context_.store.Write(
        [name = account->name, uid = account->uid, audit](Store& store) { return store.RebindUser(name, uid, audit); },
        [reply = std::move(reply)](Result<UserRecord> user) {
          if (!user.ok()) return reply(user.error());
          reply(proto::admin::RebindUser::Out{{user->name, user->uid, user->sub, false, user->created_at, 0, 0}});
        });
  });
}

void AdminService::AddClient(const Peer& peer, proto::admin::AddClient::In in, Reply<proto::admin::AddClient> reply) {
  const int64_t lifetime = in.token_lifetime_ms.value_or(300'000) / 1000;
  for (const fob::Status& good : {CheckName(in.name), CheckWords(in.audiences, "audience", true),
                                  CheckWords(in.scopes.value_or(std::vector<std::string>()), "scope", false)}) {
    if (!good.ok()) return reply(good.error());
  }
  if (lifetime < 10 || lifetime > 3600) {
    return reply(MakeError(Code::kInvalidArgument, "bad_lifetime", "an access token lives 10 seconds to an hour"));
  }
  SecretBytes secret = context_.NewBearer("");
  ClientRecord client;
  client.id = context_.random.Id("client_");
  client.name = in.name;
  client.secret_hash = context_.HashText(secret);
  client.audiences = in.audiences;
  client.scopes = in.scopes.value_or(std::vector<std::string>());
  client.token_lifetime = lifetime;
  client.created_at = client.secret_rotated_at = context_.clock.UnixSeconds();
  AuditEntry audit = context_.Audit(peer, "client.add", "");
  audit.subject = client.id;
  audit.detail = client.name;
  context_.store.Write([client, audit](Store& store) { return store.AddClient(client, audit); },
                       [client, secret = std::move(secret), reply = std::move(reply)](fob::Status added) mutable {
                         if (!added.ok()) return reply(added.error());
                         reply(proto::admin::AddClient::Out{Present(client), std::move(secret)});
                       });
}

void AdminService::ListClients(const Peer&, proto::admin::ListClients::In, Reply<proto::admin::ListClients> reply) {
  context_.store.Read([](Store& store) { return store.ListClients(); },
                      [reply = std::move(reply)](Result<std::vector<ClientRecord>> clients) {
                        if (!clients.ok()) return reply(clients.error());
                        proto::admin::ListClients::Out out;
                        for (const ClientRecord& client : *clients) out.clients.push_back(Present(client));
                        reply(std::move(out));
                      });
}

void AdminService::RemoveClient(const Peer& peer, proto::admin::RemoveClient::In in, Reply<proto::admin::RemoveClient> reply) {
  AuditEntry audit = context_.Audit(peer, "client.remove", "");
  context_.store.Write([client = in.client_id, audit](Store& store) { return store.RemoveClient(client, audit); },
                       [reply = std::move(reply)](Result<ClientRecord> client) {
                         if (!client.ok()) return reply(client.error());
                         reply(proto::admin::RemoveClient::Out{Present(*client)});
                       });
}

void AdminService::RotateClientSecret(const Peer& peer, proto::admin::RotateClientSecret::In in,
                                      Reply<proto::admin::RotateClientSecret> reply) {
  SecretBytes secret = context_.NewBearer("");
  const Bytes hash = context_.HashText(secret);  // here: which argument is made first is open
  context_.store.Write(
      [client = in.client_id, hash, now = context_.clock.UnixSeconds(),
       audit = context_.Audit(peer, "client.rotate_secret", "")](Store& store) {
        return store.RotateClientSecret(client, hash, now, audit);
      },
      [secret = std::move(secret), reply = std::move(reply)](Result<ClientRecord> client) mutable {
        if (!client.ok()) return reply(client.error());
        reply(proto::admin::RotateClientSecret::Out{Present(*client), std::move(secret)});
      });
}

}  // namespace fob::core
