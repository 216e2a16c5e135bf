#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_function.h"
#include "daemon/core/peer.h"
#include "daemon/core/records.h"

namespace fob::core {

// What the kernel and logind say of a calling process.
struct CallerFacts {
  std::string boot_id;
  std::string kernel_session;  // "audit:7", else "logind:c2", else empty
  std::string seat;            // of its logind session; empty: none
  bool session_known = false;  // it has a logind session
  bool session_remote = false;
  bool session_active = false;
  std::string executable;      // file name of its program, for messages; may be empty
};

// Who a call is about, and who makes it.
struct Parties {
  Account account;
  CallerFacts caller;
};

// NSS and logind may block, so both answer later, on the core's thread, within a deadline (kUnavailable).
class Host {
 public:
  virtual ~Host() = default;
  using AccountDone = UniqueFunction<void(Result<Account>)>;
  virtual void AccountByName(const std::string& name, AccountDone done) = 0;  // kNotFound
  virtual void AccountByUid(uint32_t uid, AccountDone done) = 0;              // kNotFound
  virtual void DescribeCaller(const Peer& peer, UniqueFunction<void(Result<CallerFacts>)> done) = 0;
  // The account `name`, or the peer's own when there is none, and the caller, in one step. kNotFound is the
  // account's. Looking all its groups up costs more than the rest: without kLookUp it has none.
  enum class Groups { kSkip, kLookUp };
  using PartiesDone = UniqueFunction<void(Result<Parties>)>;
  virtual void Identify(const Peer& peer, const std::optional<std::string>& name, Groups groups,
                        PartiesDone done) = 0;
  // Tells those who sit at this host, but not on terminal `except`, that a key waits for a touch. Nothing comes
  // back, and what is announced too often is not.
  struct TouchNotice {
    std::string text;
    std::string except;    // "tty2"; may be empty
    bool trusted = false;  // whether a trusted caller asks
  };
  virtual void AnnounceTouch(TouchNotice notice) = 0;
  // Which of these kernel sessions, as CallerFacts names them, no process is in any more. kUnavailable: the
  // host does not tell.
  virtual void SessionsGone(std::vector<std::string> sessions,
                            UniqueFunction<void(Result<std::vector<std::string>>)> done) = 0;
  virtual std::string BootId() const = 0;
  virtual std::string HostName() const = 0;
};

}  // namespace fob::core
