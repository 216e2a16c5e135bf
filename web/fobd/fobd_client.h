#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "proto/messages_json.h"
#include "web/fobd/line.h"

namespace fob::web {

template <typename Method>
using Answer = UniqueFunction<void(Result<typename Method::Out>)>;

// fobd, over a few kept connections with calls in a row on each. When fobd restarts, calls that were under way fail with
// kUnavailable, as nobody knows what became of them; calls that were not sent yet wait for the new one until their
// deadline. Errors are fobd's own, kUnavailable, kTimedOut, kExhausted (too many wait) or kCorrupt.
class FobdClient {
 public:
  FobdClient(Loop& loop, std::string socket, size_t lines, int64_t call_ms);
  ~FobdClient();
  FobdClient(const FobdClient&) = delete;
  FobdClient& operator=(const FobdClient&) = delete;

  template <typename Method>
  void Call(const typename Method::In& in, Answer<Method> answered) {
    Submit(proto::EncodeCall(Method::kName, proto::ToJson(in, proto::WipingStorage()), false), Typed<Method>(std::move(answered)));
  }
  // A call that must be asked with "more", on a connection of its own: its last reply.
  template <typename Method>
  void CallAlone(const typename Method::In& in, Answer<Method> answered) {
    SubmitAlone(proto::EncodeCall(Method::kName, proto::ToJson(in, proto::WipingStorage()), true), call_ms_,
                Typed<Method>(std::move(answered)));
  }
  // A call that may take its time, such as PAM's over a wrong password: on a connection of its own, where none waits behind it.
  template <typename Method>
  void CallSlowly(const typename Method::In& in, Answer<Method> answered) {
    SubmitAlone(proto::EncodeCall(Method::kName, proto::ToJson(in, proto::WipingStorage()), false), kSlowMs,
                Typed<Method>(std::move(answered)));
  }

  bool connected() const;
  size_t waiting() const { return queue_.size(); }

 private:
  static constexpr int64_t kSlowMs = 25'000;  // fobd gives fob-passwd 20 seconds

  using Answered = UniqueFunction<void(Result<proto::Reply>)>;

  template <typename Method>
  static Answered Typed(Answer<Method> answered) {
    return [answered = std::move(answered)](Result<proto::Reply> reply) {
      if (!reply.ok()) return answered(reply.error());
      if (!reply->error.empty()) return answered(proto::ErrorFromReply(*reply));
      auto out = proto::FromJson<typename Method::Out>(reply->parameters, proto::Unknown::kIgnore);
      if (out.ok()) return answered(*std::move(out));
      answered(MakeError(Code::kCorrupt, "bad_reply", "fobd's answer lacks " + out.error().text));
    };
  }

  void Submit(SecretBytes frame, Answered answered);
  void SubmitAlone(SecretBytes frame, int64_t call_ms, Answered answered);
  Line* LineToUse();
  void Connect();
  void Later(int64_t ms);
  void SendWaiting();
  void Sweep();
  void Bury();

  Loop& loop_;
  const SystemClock clock_;
  const std::string socket_;
  const size_t most_;
  const int64_t call_ms_;
  std::vector<std::unique_ptr<Line>> lines_, alone_;
  std::deque<PendingCall> queue_;
  std::unique_ptr<Timer> retry_, sweep_;
  int64_t pause_ms_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace fob::web
