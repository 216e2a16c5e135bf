#include "daemon/host/system_host.h"

#include <sys/utsname.h>

#include "daemon/host/caller_facts.h"
#include "daemon/host/seat_announcer.h"
#include "daemon/host/sessions_gone.h"

namespace fob::host {
namespace {

constexpr int64_t kAnnounceIntervalMs = 5'000;

std::string NodeName() {
  utsname names{};
  return ::uname(&names) == 0 ? std::string(names.nodename) : std::string("localhost");
}

Result<core::CallerFacts> Describe(const Sources& sources, const core::Peer& peer, const std::string& boot_id) {
  FOB_TRY(core::CallerFacts facts, ReadCallerFacts(peer, sources.proc, *sources.sessions));
  facts.boot_id = boot_id;
  return facts;
}

}  // namespace

Sources SystemSources() { return {std::make_shared<NssAccounts>(), std::make_shared<LogindSessions>(), ProcFiles()}; }

SystemHost::SystemHost(Sources sources, WorkerPool::Limits limits, Post post)
    : sources_(std::move(sources)),
      boot_id_(sources_.proc.BootId()),
      host_name_(NodeName()),
      pool_(limits, std::move(post)),
      announced_(clock_, kAnnounceIntervalMs),
      announced_for_others_(clock_, kAnnounceIntervalMs) {}

void SystemHost::AccountByName(const std::string& name, AccountDone done) {
  pool_.Run<core::Account>([accounts = sources_.accounts, name] { return accounts->ByName(name, Groups::kLookUp); }, std::move(done));
}

void SystemHost::AccountByUid(uint32_t uid, AccountDone done) {
  pool_.Run<core::Account>([accounts = sources_.accounts, uid] { return accounts->ByUid(uid, Groups::kLookUp); }, std::move(done));
}

void SystemHost::DescribeCaller(const core::Peer& peer, UniqueFunction<void(Result<core::CallerFacts>)> done) {
  pool_.Run<core::CallerFacts>([sources = sources_, peer, boot_id = boot_id_] { return Describe(sources, peer, boot_id); },
                               std::move(done));
}

void SystemHost::Identify(const core::Peer& peer, const std::optional<std::string>& name, Groups groups,
                          PartiesDone done) {
  pool_.Run<core::Parties>(
      [sources = sources_, peer, name, groups, boot_id = boot_id_]() -> Result<core::Parties> {
        core::Parties parties;
        FOB_TRY(parties.account, name.has_value() ? sources.accounts->ByName(*name, groups)
                                                  : sources.accounts->ByUid(peer.uid, groups));
        FOB_TRY(parties.caller, Describe(sources, peer, boot_id));
        return parties;
      },
      std::move(done));
}

void SystemHost::AnnounceTouch(TouchNotice notice) {
  if (!(notice.trusted ? announced_ : announced_for_others_).Due()) return;
  pool_.Run<bool>(
      [announcer = SeatAnnouncer(sources_.sessions), notice = std::move(notice)]() -> Result<bool> {
        announcer.Announce(notice.text, notice.except);
        return true;
      },
      [](const Result<bool>&) {});
}

void SystemHost::SessionsGone(std::vector<std::string> asked,
                              UniqueFunction<void(Result<std::vector<std::string>>)> done) {
  pool_.Run<std::vector<std::string>>(
      [proc = sources_.proc, sessions = sources_.sessions, asked = std::move(asked)] {
        return FindSessionsGone(asked, proc, *sessions);
      },
      std::move(done));
}

}  // namespace fob::host
