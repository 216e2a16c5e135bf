#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

namespace fob::proto {

// The blocking client that pam_fob.so and fobctl share. One call at a time; every wait has a deadline on
// the monotonic clock (milliseconds, as Clock::MonotonicMs). Errors: kUnavailable (no daemon, or it went
// away), kTimedOut, kCancelled (the interrupt descriptor became readable), kCorrupt (a reply that is not
// of the protocol), or the daemon's own. After any error but the daemon's own the connection is closed.
class Connection {
 public:
  static Result<Connection> Open(const std::string& path, int64_t deadline_ms);
  explicit Connection(UniqueFd socket) : socket_(std::move(socket)) {}

  // While waiting: give up when `fd` is readable; call `on_wait` about every 100 ms.
  void set_interrupt_fd(int fd) { interrupt_fd_ = fd; }
  void set_on_wait(std::function<void()> on_wait) { on_wait_ = std::move(on_wait); }

  template <typename Method>
  Result<typename Method::Out> Call(const typename Method::In& in, int64_t deadline_ms) {
    return Stream<Method>(in, deadline_ms, nullptr);
  }

  // Calls with "more"; hands each reply with "continues" to `on_more`, returns the last one.
  template <typename Method>
  Result<typename Method::Out> Stream(const typename Method::In& in, int64_t deadline_ms,
                                      const std::function<Status(typename Method::Out)>& on_more) {
    FOB_CHECK(Send(EncodeCall(Method::kName, ToJson(in, WipingStorage()), on_more != nullptr), deadline_ms));
    return Listen<Method>(deadline_ms, on_more);
  }
  // The same; what was to be sent is gone, its secrets wiped, when it is sent.
  template <typename Method>
  Result<typename Method::Out> Stream(typename Method::In&& in, int64_t deadline_ms,
                                      const std::function<Status(typename Method::Out)>& on_more) {
    {
      const typename Method::In sent = std::move(in);
      FOB_CHECK(Send(EncodeCall(Method::kName, ToJson(sent, WipingStorage()), on_more != nullptr), deadline_ms));
    }
    return Listen<Method>(deadline_ms, on_more);
  }

  bool open() const { return socket_.valid(); }
  void Close() { socket_.reset(); }

 private:
  template <typename Method>
  Result<typename Method::Out> Listen(int64_t deadline_ms, const std::function<Status(typename Method::Out)>& on_more) {
    using Out = typename Method::Out;
    for (;;) {
      FOB_TRY(Reply reply, Receive(deadline_ms));
      if (!reply.error.empty()) return ErrorFromReply(reply);
      auto out = FromJson<Out>(reply.parameters, Unknown::kIgnore);
      if (!out.ok() || (reply.continues && on_more == nullptr)) return Broken();
      if (!reply.continues) return out;
      FOB_CHECK(on_more(*std::move(out)));
    }
  }

  Status Send(const SecretBytes& frame, int64_t deadline_ms);
  Result<Reply> Receive(int64_t deadline_ms);
  Status Wait(short events, int64_t deadline_ms);
  Error Broken();
  Error Fail(Error error);

  UniqueFd socket_;
  FrameReader reader_;
  int interrupt_fd_ = -1;
  std::function<void()> on_wait_;
};

// A deadline `ms` from now.
int64_t DeadlineIn(int64_t ms);

}  // namespace fob::proto
