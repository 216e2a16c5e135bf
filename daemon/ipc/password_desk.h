#pragma once

#include <deque>
#include <memory>

#include "daemon/core/ports/password_desk.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/worker_source.h"

namespace fob::ipc {

// Asks a fob-passwd of its own for each question. A few at a time; some more wait.
class PasswordDesk final : public core::PasswordDesk {
 public:
  PasswordDesk(Loop& loop, std::unique_ptr<WorkerSource> source) : loop_(loop), source_(std::move(source)) {}

  void Check(Question question, UniqueFunction<void(Status)> done) override;

 private:
  struct Waiting {
    Question question;
    UniqueFunction<void(Status)> done;
  };
  void Ask(Waiting next);
  void Answered();

  static constexpr size_t kAtOnce = 8;
  static constexpr size_t kMostWaiting = 64;
  Loop& loop_;
  std::unique_ptr<WorkerSource> source_;
  size_t asking_ = 0;
  std::deque<Waiting> waiting_;
};

}  // namespace fob::ipc
