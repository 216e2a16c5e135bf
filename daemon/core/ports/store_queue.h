#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "base/unique_function.h"
#include "daemon/core/ports/store.h"

namespace fob::core {

// The way to the store from the single-threaded core: work runs on the store's own threads, its outcome
// comes back on the core's. Writes that wait together share one commit; none is reported before it.
class StoreQueue {
 public:
  class Job {
   public:
    virtual ~Job() = default;
    // On a store thread, inside a transaction of its own. False: undo what it did.
    virtual bool Run(Store& store) = 0;
    // The outcome of Run does not stand: the commit failed, or the deadline passed before it ran.
    virtual void Fail(Error error) = 0;
    // On the core's thread.
    virtual void Finish() = 0;
  };
  // kRead         beside all writes, of what was committed before.
  // kReadFew      the same, of a few rows found by their index: may keep a write waiting, and be begun twice.
  // kWrite        durable before it is reported.
  // kWriteBehind  reported when it is committed: no end of the process loses it. It is on the disk right
  //               after, and before anything that is written later. Only for what dies with the boot,
  //               because a power failure in those milliseconds forgets it.
  enum class Lane { kRead, kReadFew, kWrite, kWriteBehind };

  virtual ~StoreQueue() = default;
  virtual void Submit(Lane lane, std::unique_ptr<Job> job) = 0;

  // work: Result<T>(Store&); done: void(Result<T>).
  template <typename Work, typename Done>
  void Read(Work work, Done done) {
    Submit(Lane::kRead, Make(std::move(work), std::move(done)));
  }
  template <typename Work, typename Done>
  void ReadFew(Work work, Done done) {
    Submit(Lane::kReadFew, Make(std::move(work), std::move(done)));
  }
  template <typename Work, typename Done>
  void Write(Work work, Done done) {
    Submit(Lane::kWrite, Make(std::move(work), std::move(done), Begin()));
  }
  template <typename Work, typename Done>
  void WriteBehind(Work work, Done done) {
    Submit(Lane::kWriteBehind, Make(std::move(work), std::move(done), Begin()));
  }

  // Names what the store holds now: as long as it is answered, what was read since it was first answered holds.
  // Nothing while a write is under way.
  std::optional<uint64_t> Standing() const {
    const uint64_t begun = writes_->begun;
    return writes_->done == begun ? std::optional(begun) : std::nullopt;
  }

 private:
  struct Writes {  // counted where they are asked for and told of, both in the core's turn
    uint64_t begun = 0, done = 0;
  };
  using WritesPtr = std::shared_ptr<Writes>;  // a job may be told of when its queue is gone

  WritesPtr Begin() {
    ++writes_->begun;
    return writes_;
  }

  template <typename Work, typename Done>
  static std::unique_ptr<Job> Make(Work work, Done done, WritesPtr writes = nullptr) {
    using Answer = std::invoke_result_t<Work&, Store&>;
    struct Typed final : Job {
      Typed(Work w, Done d, WritesPtr of) : work(std::move(w)), finish(std::move(d)), writes(std::move(of)) {}
      bool Run(Store& store) override {
        outcome.emplace(work(store));
        return outcome->ok();
      }
      void Fail(Error error) override { outcome.emplace(std::move(error)); }
      void Finish() override {
        if (writes != nullptr) ++writes->done;
        finish(*std::move(outcome));
      }
      Work work;
      Done finish;
      WritesPtr writes;  // that it is one of
      std::optional<Answer> outcome;
    };
    return std::make_unique<Typed>(std::move(work), std::move(done), std::move(writes));
  }

  const WritesPtr writes_ = std::make_shared<Writes>();
};

}  // namespace fob::core
