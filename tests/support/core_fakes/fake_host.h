#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/ports/host.h"

namespace fob::testing {

// The host's accounts and sessions, as a test lays them down. Every answer comes later, from
// Deliver().
class FakeHost final : public core::Host {
 public:
  std::map<std::string, core::Account> accounts;
  std::map<std::string, std::string> aliases;     // another spelling of an account's name
  std::map<uint32_t, core::CallerFacts> callers;  // by uid
  std::optional<Error> account_error;
  std::optional<Error> caller_error;
  std::string boot_id = "boot-1";
  bool hold = false;  // answers wait
  std::set<std::string> gone;  // kernel sessions that nobody is in any more
  std::optional<Error> gone_error;

  void AccountByName(const std::string& name, AccountDone done) override {
    Later(std::move(done), Named(name), account_error);
  }
  void AccountByUid(uint32_t uid, AccountDone done) override {
    Later(std::move(done), OfUid(uid), account_error);
  }
  void DescribeCaller(const core::Peer& peer,
                      UniqueFunction<void(Result<core::CallerFacts>)> done) override {
    Later(std::move(done), Result<core::CallerFacts>(Facts(peer)), caller_error);
  }
  // Remembers what was asked for last; what was not asked for is not there.
  Groups groups_asked = Groups::kLookUp;
  void Identify(const core::Peer& peer, const std::optional<std::string>& name, Groups groups,
                PartiesDone done) override {
    groups_asked = groups;
    auto account = name.has_value() ? Named(*name) : OfUid(peer.uid);
    const auto& error = account_error.has_value() || !account.ok() ? account_error : caller_error;
    if (account.ok() && groups == Groups::kSkip) account->groups.clear();
    Later(std::move(done),
          account.ok() ? Result<core::Parties>({*std::move(account), Facts(peer)}) : account.error(), error);
  }
  std::vector<TouchNotice> notices;
  void AnnounceTouch(TouchNotice notice) override { notices.push_back(std::move(notice)); }
  void SessionsGone(std::vector<std::string> sessions,
                    UniqueFunction<void(Result<std::vector<std::string>>)> done) override {
    std::vector<std::string> out;
    for (const std::string& session : sessions) {
      if (gone.contains(session)) out.push_back(session);
    }
    Later(std::move(done), Result<std::vector<std::string>>(std::move(out)), gone_error);
  }
  std::string BootId() const override { return boot_id; }
  std::string HostName() const override { return "host.example.org"; }

  // Gives one answer that waits. False: there is none.
  bool Deliver() {
    if (hold || later_.empty()) return false;
    const auto next = std::move(later_.front());
    later_.pop_front();
    next();
    return true;
  }

 private:
  static Result<core::Account> NoAccount() {
    return MakeError(Code::kNotFound, "no_account", "there is no such account");
  }

  Result<core::Account> Named(const std::string& name) const {
    const auto alias = aliases.find(name);
    const auto found = accounts.find(alias == aliases.end() ? name : alias->second);
    if (found == accounts.end()) return NoAccount();
    return found->second;
  }
  Result<core::Account> OfUid(uint32_t uid) const {
    for (const auto& [_, account] : accounts) {
      if (account.uid == uid) return account;
    }
    return NoAccount();
  }
  core::CallerFacts Facts(const core::Peer& peer) {
    core::CallerFacts facts = callers[peer.uid];
    if (facts.boot_id.empty()) facts.boot_id = boot_id;
    return facts;
  }

  template <typename Done, typename Answer>
  void Later(Done done, Answer answer, const std::optional<Error>& error) {
    if (error.has_value()) answer = *error;
    later_.push_back([done = std::move(done), answer = std::move(answer)]() mutable {
      done(std::move(answer));
    });
  }

  std::deque<UniqueFunction<void()>> later_;
};

}  // namespace fob::testing
