#include "daemon/store/sqlite_store_queue.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace fob::store {
namespace {

using std::chrono::steady_clock;

constexpr size_t kReadsAtOnce = 16;  // that wait: their outcomes wake the loop once

Error Undone() {
  return MakeError(Code::kUnavailable, "store_not_writable",
                   "the store: the commit that this was part of was undone");
}

}  // namespace

SqliteStoreQueue::SqliteStoreQueue(std::unique_ptr<SqliteStore> writer,
                                   std::unique_ptr<SqliteStore> reader, Ways ways, Limits limits)
    : writer_(std::move(writer)),
      reader_(std::move(reader)),
      ways_(std::move(ways)),
      limits_(limits),
      log_pages_now_(limits.log_pages_now) {
  write_thread_ = std::thread([this] { WriteLoop(); });
  read_thread_ = std::thread([this] { ReadLoop(); });
  deadline_thread_ = std::thread([this] { DeadlineLoop(); });
}

void SqliteStoreQueue::Submit(Lane lane, std::unique_ptr<Job> job) {
  const bool writes = lane == Lane::kWrite || lane == Lane::kWriteBehind;
  bool at_once = false;
  bool deadline_waits = false;
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    const bool writer_idle = !writing_ && !lent_ && writes_.empty() && look_ == nullptr;
    std::deque<Waiting>& jobs = writes ? writes_ : reads_;
    if (stopping_) {
      refused = MakeError(Code::kUnavailable, "store_closed", "the store is being closed");
    } else if (lane == Lane::kReadFew && writer_idle) {
      at_once = lent_ = true;
    } else if (jobs.size() >= limits_.waiting) {
      refused =
          MakeError(Code::kExhausted, "store_queue_full", "too many requests wait for the store");
    } else {
      const bool must_wait = !jobs.empty() || (writes ? writing_ || lent_ || look_ != nullptr : reading_);
      jobs.push_back({std::move(job), steady_clock::now() + limits_.deadline,
                      lane == Lane::kWriteBehind});
      deadline_waits = must_wait && !deadline_armed_;
    }
  }
  if (refused.has_value()) return Refuse(std::move(job), *std::move(refused));
  if (at_once) return LookAtOnce(std::move(job));
  // Without the lock, which whoever wakes wants first of all.
  (writes ? write_wanted_ : read_wanted_).notify_one();
  if (deadline_waits) deadline_wanted_.notify_one();
}

void SqliteStoreQueue::LookAtOnce(std::unique_ptr<Job> job) {
  const bool done = writer_->FromCache([&] { job->Run(*writer_); });
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    lent_ = false;
    if (!done) look_ = std::move(job);
    wanted = stopping_ || wanted_back_ || look_ != nullptr || !writes_.empty();
  }
  if (wanted) write_wanted_.notify_one();
  if (!done) return;
  Jobs jobs;
  jobs.push_back(std::move(job));
  Finish(std::move(jobs), true);
}

void SqliteStoreQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    write_wanted_.notify_all();
    read_wanted_.notify_all();
    deadline_wanted_.notify_all();
  }
  for (std::thread* thread : {&write_thread_, &read_thread_, &deadline_thread_}) {
    if (thread->joinable()) thread->join();
  }
}

SqliteStoreQueue::Jobs SqliteStoreQueue::Take(std::deque<Waiting>& lane, size_t most) {
  Jobs taken;
  while (!lane.empty() && taken.size() < most) {
    taken.push_back(std::move(lane.front().job));
    lane.pop_front();
  }
  return taken;
}

// `alone`: nothing waits for this thread. Else it goes on, and others tell of what it did.
void SqliteStoreQueue::Finish(Jobs jobs, bool alone) {
  const Post& way = alone && ways_.bring ? ways_.bring : ways_.post;
  way([jobs = std::move(jobs)] {
    for (const auto& job : jobs) job->Finish();
  });
}

void SqliteStoreQueue::Refuse(std::unique_ptr<Job> job, Error error) {
  job->Fail(std::move(error));
  Jobs jobs;
  jobs.push_back(std::move(job));
  Finish(std::move(jobs), false);
}

void SqliteStoreQueue::WriteLoop() {
  (void)writer_->ReserveLog().ok();  // without it commits are slower, and no less good
  std::unique_lock lock(mutex_);
  while (true) {
    writing_ = false;
    write_wanted_.wait(lock, [this] { return !lent_ && (stopping_ || !writes_.empty() || look_ != nullptr); });
    if (look_ != nullptr) {
      Jobs jobs;
      jobs.push_back(std::move(look_));
      writing_ = true;
      lock.unlock();
      jobs.front()->Run(*writer_);
      Finish(std::move(jobs), true);
      lock.lock();
      continue;
    }
    if (writes_.empty()) return;
    const bool wait = NextWaitsForDisk();
    Jobs jobs = Take(writes_, limits_.batch);
    writing_ = true;
    const int64_t commits = commits_;
    lock.unlock();
    RunBatch(jobs, wait);
    lock.lock();
    ++writes_done_;
    bool full = false;
    if (commits_ != commits) {
      log_unsynced_ = !wait;
      NoteLog(writer_->WalPages());
      full = LogIsFull();
    }
    const bool alone = jobs.size() == 1 && writes_.empty();
    writing_ = log_unsynced_;
    lock.unlock();
    Finish(std::move(jobs), alone);
    lock.lock();
    if (!log_unsynced_ && !finish_log_ && !full) continue;
    wanted_back_ = true;
    write_wanted_.wait(lock, [this] { return !lent_; });
    wanted_back_ = false;
    writing_ = true;
    SettleLog(lock);
    if (full) {
      log_moved_.wait(lock, [this] { return !moving_; });
      finish_log_ = true;
    }
    if (std::exchange(finish_log_, false)) {
      lock.unlock();
      (void)writer_->Checkpoint().ok();
      lock.lock();
    }
  }
}

bool SqliteStoreQueue::NextWaitsForDisk() const {
  const auto end = writes_.begin() + static_cast<ptrdiff_t>(std::min(limits_.batch, writes_.size()));
  return std::any_of(writes_.begin(), end, [](const Waiting& waiting) { return !waiting.behind; });
}

// What was committed behind goes to the disk now, unless the next commit takes it along.
void SqliteStoreQueue::SettleLog(std::unique_lock<std::mutex>& lock) {
  if (!log_unsynced_ || NextWaitsForDisk()) return;
  lock.unlock();
  log_in_doubt_ = !writer_->SyncLog().ok();
  log_unsynced_ = false;
  lock.lock();
}

// The reader, who should have moved it, is late: what more is written would have to wait for the file to grow.
bool SqliteStoreQueue::LogIsFull() const {
  return writer_->WalPages() >= log_pages_now_ + limits_.log_pages_full - limits_.log_pages_now;
}

void SqliteStoreQueue::NoteLog(int64_t pages) {
  if (pages < log_pages_now_ - limits_.log_pages_now)
    log_pages_now_ = limits_.log_pages_now;  // begun from its start
  const int64_t before = std::exchange(log_pages_, pages);
  const bool reached = before < limits_.log_pages && pages >= limits_.log_pages;
  if (reached || pages >= log_pages_now_) read_wanted_.notify_one();
}

void SqliteStoreQueue::RunBatch(Jobs& jobs, bool wait_for_disk) {
  size_t done = 0;
  if (const Status ready = CertainLog(); !ready.ok()) {
    for (const auto& job : jobs) job->Fail(ready.error());
    done = jobs.size();
  }
  std::optional<Unsynced> unsynced;
  if (!wait_for_disk) unsynced.emplace(writer_->database());
  while (done < jobs.size()) done += RunInOneCommit(std::span(jobs).subspan(done));
}

// After a sync that failed the kernel takes the pages for written: only what is moved into the file
// and synced there is known to be on the disk.
Status SqliteStoreQueue::CertainLog() {
  if (!log_in_doubt_) return Ok();
  FOB_CHECK(writer_->MoveLog());
  log_in_doubt_ = false;
  return Ok();
}

// Runs jobs until one of them made SQLite undo the whole transaction; that one's own outcome
// stands, the ones before it fail. Answers how many are settled.
size_t SqliteStoreQueue::RunInOneCommit(std::span<std::unique_ptr<Job>> jobs) {
  const auto fail = [](std::span<std::unique_ptr<Job>> failed, const Error& error) {
    for (const auto& job : failed) job->Fail(error);
  };
  auto batch = writer_->Begin();
  if (!batch.ok()) {
    fail(jobs, batch.error());
    return jobs.size();
  }
  bool anything = false;
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!writer_->InTransaction()) {  // what failed before was undone, and no other could begin
      fail(jobs.first(i), Undone());
      return i;
    }
    auto savepoint = writer_->Begin();
    if (!savepoint.ok()) {
      fail(jobs.first(i + 1), savepoint.error());
      return i + 1;
    }
    const bool good = jobs[i]->Run(*writer_);
    if (!writer_->InTransaction()) {
      fail(jobs.first(good ? i + 1 : i), Undone());
      return i + 1;
    }
    if (!good) continue;
    if (const Status kept = savepoint->Commit(); !kept.ok()) {
      fail(jobs.first(i + 1), kept.error());
      return i + 1;
    }
    anything = true;
  }
  if (!anything) return jobs.size();  // nothing to commit: its undoing costs no wait for the disk
  if (const Status committed = batch->Commit(); !committed.ok()) {
    fail(jobs, committed.error());
  } else {
    commits_.fetch_add(1);
  }
  return jobs.size();
}

void SqliteStoreQueue::ReadLoop() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (log_pages_ >= limits_.log_pages && TidyLog(lock)) continue;
    read_wanted_.wait(
        lock, [this] { return stopping_ || !reads_.empty() || log_pages_ >= limits_.log_pages; });
    if (reads_.empty()) {
      if (stopping_) return;
      continue;
    }
    Jobs jobs = Take(reads_, kReadsAtOnce);
    reading_ = true;
    lock.unlock();
    const bool alone = jobs.size() == 1;
    {
      // Those that waited together look at one moment: it is found once for all.
      std::optional<Result<Transaction>> moment;
      if (!alone) moment.emplace(reader_->BeginRead());
      for (const auto& job : jobs) job->Run(*reader_);
    }
    Finish(std::move(jobs), alone);
    lock.lock();
    reading_ = false;
  }
}

// Moves the log: when it is quiet; or, where it never is, at once and beside the writer, who then
// moves the little that it wrote meanwhile, so that the log can begin from its start again. False:
// there is something better to do.
bool SqliteStoreQueue::TidyLog(std::unique_lock<std::mutex>& lock) {
  const bool at_once = log_pages_ >= log_pages_now_;
  if (!at_once) {
    const uint64_t seen = writes_done_;
    read_wanted_.wait_for(lock, limits_.quiet, [this] {
      return stopping_ || !reads_.empty() || log_pages_ >= log_pages_now_;
    });
    if (stopping_ || !reads_.empty()) return false;
    if (writing_ || writes_done_ != seen) return true;  // not quiet yet: look again
  }
  // Also without success, so that a log that cannot be moved is not tried without pause.
  log_pages_ = 0;
  reading_ = moving_ = true;
  lock.unlock();
  (void)reader_->Checkpoint().ok();
  lock.lock();
  reading_ = moving_ = false;
  log_moved_.notify_one();
  if (at_once) {
    finish_log_ = true;
    log_pages_now_ += limits_.log_pages_now;
  }
  return true;
}

void SqliteStoreQueue::DeadlineLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const SteadyTime now = steady_clock::now();
    SteadyTime next = SteadyTime::max();
    Jobs late;
    for (std::deque<Waiting>* lane : {&writes_, &reads_}) {
      while (!lane->empty() && lane->front().deadline <= now) {
        late.push_back(std::move(lane->front().job));
        lane->pop_front();
      }
      if (!lane->empty()) next = std::min(next, lane->front().deadline);
    }
    if (!late.empty()) {
      lock.unlock();
      for (const auto& job : late)
        job->Fail(
            MakeError(Code::kUnavailable, "store_busy", "the store did not get to it in time"));
      Finish(std::move(late), false);
      lock.lock();
    } else if (next == SteadyTime::max()) {
      deadline_wanted_.wait(lock);
    } else {
      // Jobs that come meanwhile have later deadlines: they need not wake this thread.
      deadline_armed_ = true;
      deadline_wanted_.wait_until(lock, next);
      deadline_armed_ = false;
    }
  }
}

}  // namespace fob::store
