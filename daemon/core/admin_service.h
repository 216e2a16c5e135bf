#pragma once

#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "proto/messages.h"

namespace fob::core {

// The methods of org.fobd.Admin that are about the daemon, users and clients.
class AdminService {
 public:
  // `pid` is the daemon's; `connections` tells how many callers are connected now.
  AdminService(const Context& context, int64_t pid, UniqueFunction<int64_t()> connections);

  void Status(const Peer& peer, proto::admin::Status::In in, Reply<proto::admin::Status> reply);
  void ShowUser(const Peer& peer, proto::admin::ShowUser::In in, Reply<proto::admin::ShowUser> reply);
  void RebindUser(const Peer& peer, proto::admin::RebindUser::In in, Reply<proto::admin::RebindUser> reply);
  void LockUser(const Peer& peer, proto::admin::LockUser::In in, Reply<proto::admin::LockUser> reply);
  void UnlockUser(const Peer& peer, proto::admin::UnlockUser::In in, Reply<proto::admin::UnlockUser> reply);

 private:
  using Change = Result<UserRecord> (*)(Store& store, const Account& account, AuditEntry audit);
  template <typename Method>
  void ChangeUser(const Peer& peer, const std::string& user, std::string_view action, Change change, Reply<Method> reply);
  void PresentUser(const Account& account, UniqueFunction<void(Result<proto::User>)> done);

  const Context& context_;
  int64_t pid_;
  UniqueFunction<int64_t()> connections_;
  int64_t started_at_;
};

}  // namespace fob::core
