#include "daemon/host/system_host.h"

#include <sys/utsname.h>

#include "daemon/host/caller_facts.h"

namespace fob::host {
namespace {

std::string NodeName() {
  utsname names{};
  return ::uname(&names) == 0 ? std::string(names.nodename) : std::string("localhost");
}

}  // namespace

Sources SystemSources() { return {std::make_shared<NssAccounts>(), std::make_shared<LogindSessions>(), ProcFiles()}; }

SystemHost::SystemHost(Sources sources, WorkerPool::Limits limits, Post post)
    : sources_(std::move(sources)),
      boot_id_(sources_.proc.BootId()),
      host_name_(NodeName()),
      pool_(limits, std::move(post)) {}

void SystemHost::AccountByName(const std::string& name, AccountDone done) {
  pool_.Run<core::Account>([accounts = sources_.accounts, name] { return accounts->ByName(name); }, std::move(done));
}

void SystemHost::AccountByUid(uint32_t uid, AccountDone done) {
  pool_.Run<core::Account>([accounts = sources_.accounts, uid] { return accounts->ByUid(uid); }, std::move(done));
}

void SystemHost::DescribeCaller(const core::Peer& peer, UniqueFunction<void(Result<core::CallerFacts>)> done) {
  pool_.Run<core::CallerFacts>(
      [proc = sources_.proc, sessions = sources_.sessions, peer, boot_id = boot_id_]() -> Result<core::CallerFacts> {
        FOB_TRY(core::CallerFacts facts, ReadCallerFacts(peer, proc, *sessions));
        facts.boot_id = boot_id;
        return facts;
      },
      std::move(done));
}

}  // namespace fob::host
