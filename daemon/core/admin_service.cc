#include "daemon/core/admin_service.h"

#include "daemon/core/present.h"
#include "daemon/core/version.h"

namespace fob::core {

AdminService::AdminService(const Context& context, int64_t pid, UniqueFunction<int64_t()> connections)
    : context_(context), pid_(pid), connections_(std::move(connections)), started_at_(context.clock.UnixSeconds()) {}

void AdminService::Status(const Peer&, proto::admin::Status::In, Reply<proto::admin::Status> reply) {
  context_.store.Read(
      [now = context_.forward.Now(), boot = context_.host.BootId()](Store& store) { return store.Counts(now, boot); },
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

// What is known of an enrolled user, as the account stands now.
void AdminService::PresentUser(const Account& account, UniqueFunction<void(Result<proto::User>)> done) {
  context_.store.Read([name = account.name, uid = account.uid](Store& store) { return store.LoadFactors(name, uid); },
                      [uid = account.uid, done = std::move(done)](Result<UserFactors> factors) {
                        if (!factors.ok()) return done(factors.error());
                        const UserRecord& user = factors->user;
                        done(proto::User{user.name, user.uid, user.sub, user.uid != uid, user.locked_at, user.created_at,
                                         static_cast<int64_t>(factors->keys.size()), static_cast<int64_t>(factors->otps.size()),
                                         static_cast<int64_t>(factors->recovery_codes.size())});
                      });
}

void AdminService::ShowUser(const Peer& peer, proto::admin::ShowUser::In in, Reply<proto::admin::ShowUser> reply) {
  ResolveSubject(context_, peer, in.user.value_or(""), [this, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    PresentUser(*account, [reply = std::move(reply)](Result<proto::User> user) {
      if (!user.ok()) return reply(user.error());
      reply(proto::admin::ShowUser::Out{*std::move(user)});
    });
  });
}

template <typename Method>
void AdminService::ChangeUser(const Peer& peer, const std::string& user, std::string_view action, Change change, Reply<Method> reply) {
  AuditEntry audit = context_.Audit(peer, action, UserForTrail(user));
  const auto refuse = [this, peer, audit](const Error& error, Reply<Method> to) {
    RefuseCaller(context_, peer, audit, error, std::move(to));
  };
  context_.host.AccountByName(user, [this, audit, refuse, change, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return refuse(account.error(), std::move(reply));
    audit.user = account->name;
    context_.store.Write(
        [account = *account, audit, change](Store& store) { return change(store, account, audit); },
        [this, account = *account, refuse, reply = std::move(reply)](Result<UserRecord> changed) mutable {
          if (!changed.ok()) return refuse(changed.error(), std::move(reply));
          context_.lockout.Forget(changed->id);
          PresentUser(account, [reply = std::move(reply)](Result<proto::User> shown) {
            if (!shown.ok()) return reply(shown.error());
            reply(typename Method::Out{*std::move(shown)});
          });
        });
  });
}

void AdminService::RebindUser(const Peer& peer, proto::admin::RebindUser::In in, Reply<proto::admin::RebindUser> reply) {
  const Change change = [](Store& store, const Account& account, AuditEntry audit) {
    audit.detail = "uid " + std::to_string(account.uid);
    return store.RebindUser(account.name, account.uid, std::move(audit));
  };
  ChangeUser<proto::admin::RebindUser>(peer, in.user, "user.rebind", change, std::move(reply));
}

void AdminService::LockUser(const Peer& peer, proto::admin::LockUser::In in, Reply<proto::admin::LockUser> reply) {
  const Change change = [](Store& store, const Account& account, AuditEntry audit) {
    return store.LockUser(account.name, true, std::move(audit));
  };
  ChangeUser<proto::admin::LockUser>(peer, in.user, "user.lock", change, std::move(reply));
}

void AdminService::UnlockUser(const Peer& peer, proto::admin::UnlockUser::In in, Reply<proto::admin::UnlockUser> reply) {
  const Change change = [](Store& store, const Account& account, AuditEntry audit) {
    return store.LockUser(account.name, false, std::move(audit));
  };
  ChangeUser<proto::admin::UnlockUser>(peer, in.user, "user.unlock", change, std::move(reply));
}

}  // namespace fob::core
