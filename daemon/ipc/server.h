#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "daemon/core/rate_limiter.h"
#include "daemon/ipc/dispatcher.h"
#include "daemon/ipc/loop.h"

namespace fob::ipc {

struct ServerLimits {
  int connections = 1024;         // a quarter of them is kept for trusted uids
  int connections_per_uid = 128;  // of each uid that is not trusted
  int64_t call_ms = 15'000;       // one call, ceremonies aside: they have their own deadline
  int64_t message_ms = 10'000;    // from the first byte of a message to its last
  int64_t idle_ms = 600'000;      // a connection that asks nothing, or whose ceremony waits for an answer
  double arrivals = 512;               // connections at once of each uid that is not trusted, open or not,
  double arrivals_per_second = 500;    // and so many more each second
  int64_t untrusted_idle_ms = 60'000;  // one of an untrusted uid that asks nothing
};

// The folder that `path` is to be bound in, where there is none yet: everybody may pass through it.
Status MakeSocketFolder(const std::string& path);

// Binds `path` for every local uid; what stands there is replaced only when it is a socket nobody serves.
Result<UniqueFd> Listen(const std::string& path);

class Connection;

// Accepts callers, knows them by SO_PEERCRED, and hands their messages to the dispatcher. Whatever
// untrusted uids do, there is room for trusted ones: their logins must not wait for others.
class Server {
 public:
  using StartTimeOf = UniqueFunction<uint64_t(int32_t pid)>;
  using IsTrusted = UniqueFunction<bool(const core::Peer&)>;
  Server(Loop& loop, UniqueFd listener, const Dispatcher& dispatcher, ServerLimits limits, StartTimeOf start_time_of,
         IsTrusted is_trusted);
  ~Server();

  void Start();
  int64_t connections() const { return static_cast<int64_t>(open_.size()); }

 private:
  friend class Connection;
  void Accept();
  void TakeWaiting();
  void Welcome(UniqueFd socket);
  bool HasRoom(uint32_t uid, bool trusted) const;
  void Forget(const std::shared_ptr<Connection>& connection);

  struct Acceptor;
  Loop& loop_;
  std::unique_ptr<Acceptor> acceptor_;
  const Dispatcher& dispatcher_;
  ServerLimits limits_;
  const SystemClock clock_;
  core::RateLimiter arrivals_;
  StartTimeOf start_time_of_;
  IsTrusted is_trusted_;
  std::set<std::shared_ptr<Connection>> open_;
  std::map<uint32_t, int> by_uid_;  // of untrusted uids; none is 0
  int untrusted_ = 0;               // their sum
  std::unique_ptr<core::Timers::Handle> retry_;
};

}  // namespace fob::ipc
