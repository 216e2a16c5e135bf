#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "web/fobd/call.h"
#include "web/loop/loop.h"

namespace fob::web {

// One connection to fobd. Calls are sent one behind the other without waiting; answers come in their order.
class Line {
 public:
  // `lost` is told once when the connection is gone; every call in it has failed by then.
  Line(Loop& loop, UniqueFd socket, UniqueFunction<void()> lost);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void Send(PendingCall call);
  size_t under_way() const { return calls_.size(); }
  bool open() const { return socket_.valid(); }
  // When the first call in it must be answered; nothing when there is none.
  int64_t first_deadline_ms() const { return calls_.empty() ? INT64_MAX : calls_.front().deadline_ms; }
  void Lose(const Error& error);

 private:
  void Write();
  void WaitToRead();
  void OnReadable();
  bool TakeReplies();

  Loop& loop_;
  UniqueFd socket_;
  std::unique_ptr<Watch> watch_;
  UniqueFunction<void()> lost_;
  proto::FrameReader reader_;
  std::deque<PendingCall> calls_;
  std::deque<SecretBytes> out_;
  size_t written_ = 0;  // of the first of out_
  bool writing_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace fob::web
