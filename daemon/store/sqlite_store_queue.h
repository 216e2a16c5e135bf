#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/unique_function.h"
#include "daemon/core/ports/store_queue.h"
#include "daemon/store/sqlite_store.h"

namespace fob::store {

// Two threads: one runs what writes, as many jobs as wait in one commit; one runs what reads, and
// moves the write-ahead log into the file when nothing else is to be done. What reads a few rows is read
// with the idle writer, because a commit empties every connection's cache but its own: by the caller, at once,
// as long as that cache holds all of it, else by the writer's thread. A third wakes only while
// jobs have to wait, and fails those that waited too long: a job that has begun is never given up,
// because it may yet be committed.
class SqliteStoreQueue final : public core::StoreQueue {
 public:
  // Brings a function to the core; called from any thread, without a lock.
  using Post = UniqueFunction<void(UniqueFunction<void()>)>;
  struct Ways {
    Ways(Post p) : post(std::move(p)) {}  // NOLINT: implicit by design
    Ways(Post p, Post b) : post(std::move(p)), bring(std::move(b)) {}
    Post post;   // never runs it itself
    Post bring;  // may run it there and then; if there is none, post
  };

  struct Limits {
    std::chrono::milliseconds deadline{5000};  // for a job to begin
    size_t batch = 64;                         // jobs a commit
    size_t waiting = 1024;                     // jobs a lane; kExhausted beyond
    std::chrono::milliseconds quiet{100};      // without work, before the log is moved
    int64_t log_pages = 256;      // 1 MiB: from here on the log is moved when it is quiet,
    int64_t log_pages_now = 900;  // just below its reserve: and from here on at once
    int64_t log_pages_full = 960;  // from here on no commit comes before it was moved
  };

  SqliteStoreQueue(std::unique_ptr<SqliteStore> writer, std::unique_ptr<SqliteStore> reader,
                   Ways ways, Limits limits);
  SqliteStoreQueue(std::unique_ptr<SqliteStore> writer, std::unique_ptr<SqliteStore> reader,
                   Ways ways)
      : SqliteStoreQueue(std::move(writer), std::move(reader), std::move(ways), Limits()) {}
  ~SqliteStoreQueue() override { Stop(); }

  // From any thread. A job that is not taken fails with kExhausted "store_queue_full", or
  // kUnavailable "store_closed" after Stop.
  void Submit(Lane lane, std::unique_ptr<Job> job) override;

  // Runs what waits, and ends the threads. What they post may still be on its way then.
  void Stop();

  // The same; the store as it is then.
  core::Store& End() {
    Stop();
    return *writer_;
  }

  int64_t Commits() const { return commits_.load(); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Waiting {
    std::unique_ptr<Job> job;
    SteadyTime deadline;
    bool behind = false;  // kWriteBehind
  };
  using Jobs = std::vector<std::unique_ptr<Job>>;

  void WriteLoop();
  void ReadLoop();
  void DeadlineLoop();
  Jobs Take(std::deque<Waiting>& lane, size_t most);  // under the lock
  void RunBatch(Jobs& jobs, bool wait_for_disk);
  Status CertainLog();
  size_t RunInOneCommit(std::span<std::unique_ptr<Job>> jobs);
  bool NextWaitsForDisk() const;  // under the lock: the next commit has a job that must
  void SettleLog(std::unique_lock<std::mutex>& lock);
  bool TidyLog(std::unique_lock<std::mutex>& lock);
  void NoteLog(int64_t pages);
  bool LogIsFull() const;  // under the lock
  void LookAtOnce(std::unique_ptr<Job> job);
  void Finish(Jobs jobs, bool alone);
  void Refuse(std::unique_ptr<Job> job, Error error);

  const std::unique_ptr<SqliteStore> writer_;
  const std::unique_ptr<SqliteStore> reader_;
  const Ways ways_;
  const Limits limits_;

  std::mutex mutex_;
  std::condition_variable write_wanted_;
  std::condition_variable read_wanted_;
  std::condition_variable deadline_wanted_;
  std::condition_variable log_moved_;
  std::deque<Waiting> writes_;
  std::deque<Waiting> reads_;
  std::unique_ptr<Job> look_;  // a few rows to read, for the writer's thread
  bool writing_ = true;        // until it is ready
  bool lent_ = false;          // the writer, to a caller
  bool wanted_back_ = false;   // its thread waits for it
  bool reading_ = false;
  bool moving_ = false;  // the log, by the reader
  bool stopping_ = false;
  bool deadline_armed_ = false;
  int64_t log_pages_ = 0;  // as of the last commit; 0 once they were moved
  int64_t
      log_pages_now_;  // when to move it at once: rises while somebody keeps it from being moved
  bool finish_log_ = false;  // the writer is to move what came while the reader moved
  uint64_t writes_done_ = 0;

  // The writer's own.
  bool log_unsynced_ = false;    // something was committed behind
  bool log_in_doubt_ = false;    // and could not be synced: the log must be moved before more is promised
  std::atomic<int64_t> commits_ = 0;

  std::thread write_thread_;
  std::thread read_thread_;
  std::thread deadline_thread_;
};

}  // namespace fob::store
