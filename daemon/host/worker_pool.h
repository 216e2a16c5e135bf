#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"
#include "base/unique_function.h"

namespace fob::host {

// Hands a closure to whoever owns the caller's state. Called from any thread, without a lock: it may run the
// closure there and then.
using Post = std::function<void(UniqueFunction<void()>)>;

// A few threads for calls that may block for good, such as NSS. A call that passes its deadline is
// answered with kUnavailable/"timed_out" and its thread given up: another takes its place, until
// `most_lost` threads hang at once; then calls fail at once until one comes back.
class WorkerPool {
 public:
  struct Limits {
    size_t threads = 2;
    size_t queue = 256;     // calls that wait for a thread; more are kUnavailable/"busy"
    size_t most_lost = 8;
    int64_t deadline_ms = 2000;  // from Run to the answer
  };

  WorkerPool(Limits limits, Post post);
  // Waits for running calls until their deadlines; their answers are dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // work: Result<T>() on a thread of the pool; it must own what it uses, and may outlive the pool.
  // done: void(Result<T>), once, posted. It is moved out of the shared holder where it is called, so that
  // what it owns dies where it is run and nowhere else.
  template <typename T, typename Work, typename Done>
  void Run(Work work, Done done) {
    auto holder = std::make_shared<std::optional<Done>>(std::move(done));
    const auto settle = [holder](Result<T> outcome) {
      Done call = *std::exchange(*holder, std::nullopt);
      call(std::move(outcome));
    };
    Submit(
        [work = std::move(work), settle]() mutable -> UniqueFunction<void()> {
          return [outcome = std::make_shared<Result<T>>(work()), settle] { settle(std::move(*outcome)); };
        },
        [settle](Error error) { settle(std::move(error)); }, [holder] { holder->reset(); });
  }

  size_t lost() const;  // threads that hang now

 private:
  struct State;
  using Work = UniqueFunction<UniqueFunction<void()>()>;  // answers with what delivers its outcome
  using Fail = UniqueFunction<void(Error)>;
  using Drop = UniqueFunction<void()>;
  void Submit(Work work, Fail fail, Drop drop);

  std::shared_ptr<State> state_;
};

}  // namespace fob::host
