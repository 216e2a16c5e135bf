#pragma once

#include <memory>
#include <string>

#include "daemon/core/ports/host.h"
#include "daemon/host/accounts.h"
#include "daemon/host/proc_files.h"
#include "daemon/host/seldom.h"
#include "daemon/host/sessions.h"
#include "daemon/host/worker_pool.h"

namespace fob::host {

// What a host asks; shared with threads that may outlive it.
struct Sources {
  std::shared_ptr<const Accounts> accounts;
  std::shared_ptr<const Sessions> sessions;
  ProcFiles proc;
};
Sources SystemSources();  // NSS, logind, /proc

// The Linux host that fobd runs on.
class SystemHost final : public core::Host {
 public:
  SystemHost(Sources sources, WorkerPool::Limits limits, Post post);
  explicit SystemHost(Post post) : SystemHost(SystemSources(), {}, std::move(post)) {}

  void AccountByName(const std::string& name, AccountDone done) override;
  void AccountByUid(uint32_t uid, AccountDone done) override;
  void DescribeCaller(const core::Peer& peer, UniqueFunction<void(Result<core::CallerFacts>)> done) override;
  void Identify(const core::Peer& peer, const std::optional<std::string>& name, Groups groups,
                PartiesDone done) override;
  void AnnounceTouch(TouchNotice notice) override;
  void SessionsGone(std::vector<std::string> sessions,
                    UniqueFunction<void(Result<std::vector<std::string>>)> done) override;
  std::string BootId() const override { return boot_id_; }
  std::string HostName() const override { return host_name_; }

 private:
  Sources sources_;
  std::string boot_id_;
  std::string host_name_;
  WorkerPool pool_;
  // Those that are not trusted cannot keep what trusted callers do from being announced.
  SystemClock clock_;
  Seldom announced_, announced_for_others_;
};

}  // namespace fob::host
