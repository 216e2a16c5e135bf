#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/ports/password_desk.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/worker_spawner.h"

namespace fob::ipc {

// Asks fob-passwd: at its socket, where the service manager starts one for each connection, or, where a spawner is
// given, one that is started for the question. A few at a time; some more wait.
class PasswordDesk final : public core::PasswordDesk {
 public:
  PasswordDesk(Loop& loop, std::string socket, std::optional<WorkerSpawner> spawner)
      : loop_(loop), socket_(std::move(socket)), spawner_(std::move(spawner)) {}

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
  std::string socket_;
  std::optional<WorkerSpawner> spawner_;
  size_t asking_ = 0;
  std::deque<Waiting> waiting_;
};

}  // namespace fob::ipc
