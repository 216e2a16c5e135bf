#include "daemon/host/worker_pool.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace fob::host {
namespace {

using SteadyClock = std::chrono::steady_clock;

Error Busy() { return MakeError(Code::kUnavailable, "busy", "too many account look-ups are waiting"); }
Error TimedOut() { return MakeError(Code::kUnavailable, "timed_out", "the account service did not answer in time"); }

}  // namespace

// Shared with every thread, so that one that comes back late still finds it. Nobody is woken under the
// mutex, which he would want next: posting is counted, and the destructor waits for it.
struct WorkerPool::State {
  struct Task {
    Work work;
    Fail fail;
    Drop drop;
    SteadyClock::time_point deadline;
    bool running = false;
    bool answered = false;
    bool given_up = false;  // its thread counts as lost
  };
  using TaskPtr = std::shared_ptr<Task>;

  State(Limits l, Post p) : limits(l), post(std::move(p)) {}

  const Limits limits;
  const Post post;
  mutable std::mutex mutex;
  std::condition_variable work_waits;
  std::condition_variable deadlines_changed;
  std::condition_variable thread_ended;
  std::deque<TaskPtr> queue;
  std::list<TaskPtr> open;  // not answered yet; the first one's deadline comes first
  size_t serving = 0;       // threads that take work
  size_t lost = 0;          // threads that hang in a call that was given up
  size_t posting = 0;       // threads that post an outcome now
  bool armed = false;       // the watching thread wakes by itself, no later than the first deadline
  bool watching = false;
  bool stopping = false;

  static void Serve(const std::shared_ptr<State>& state);
  static void Watch(const std::shared_ptr<State>& state);
  static void StartServing(const std::shared_ptr<State>& state);
  bool Answer(const TaskPtr& task, std::unique_lock<std::mutex>& lock);
  void Deliver(UniqueFunction<void()> outcome, std::unique_lock<std::mutex>& lock);
  void Expire(const std::shared_ptr<State>& self, std::unique_lock<std::mutex>& lock);
};

void WorkerPool::State::StartServing(const std::shared_ptr<State>& state) {
  ++state->serving;
  // Detached: a thread that hangs in NSS can be joined by nobody. The destructor waits for the others.
  std::thread([state] { Serve(state); }).detach();
}

void WorkerPool::State::Deliver(UniqueFunction<void()> outcome, std::unique_lock<std::mutex>& lock) {
  ++posting;
  lock.unlock();
  post(std::move(outcome));
  lock.lock();
  if (--posting == 0 && stopping) thread_ended.notify_all();
}

// Does the task. False: it was given up meanwhile, and another thread has this one's place.
bool WorkerPool::State::Answer(const TaskPtr& task, std::unique_lock<std::mutex>& lock) {
  task->running = true;
  lock.unlock();
  UniqueFunction<void()> deliver = task->work();
  lock.lock();
  if (!task->answered) {
    task->answered = true;
    open.remove(task);
    Deliver(std::move(deliver), lock);
    return true;
  }
  if (!task->given_up) return true;
  --lost;
  if (stopping || serving >= limits.threads) return false;
  ++serving;
  return true;
}

void WorkerPool::State::Serve(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->work_waits.wait(lock, [&] { return state->stopping || !state->queue.empty(); });
    if (state->stopping) break;
    const TaskPtr task = std::move(state->queue.front());
    state->queue.pop_front();
    if (!state->Answer(task, lock)) return;
  }
  --state->serving;
  state->thread_ended.notify_all();
}

void WorkerPool::State::Expire(const std::shared_ptr<State>& self, std::unique_lock<std::mutex>& lock) {
  const auto now = SteadyClock::now();
  while (!stopping && !open.empty() && open.front()->deadline <= now) {
    const TaskPtr task = std::move(open.front());
    open.pop_front();
    task->answered = true;
    if (task->running) {
      task->given_up = true;
      --serving;
      if (++lost <= limits.most_lost) StartServing(self);
    } else {
      std::erase(queue, task);
    }
    Deliver([task] { task->fail(TimedOut()); }, lock);
  }
}

void WorkerPool::State::Watch(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->stopping) {
    if (state->open.empty()) {
      state->armed = false;
      state->deadlines_changed.wait(lock);
    } else {
      // A copy: the task may be done and gone before the wait looks at its deadline again. Those that come
      // meanwhile have later deadlines and need not wake this thread.
      const auto deadline = state->open.front()->deadline;
      state->armed = true;
      state->deadlines_changed.wait_until(lock, deadline);
      state->armed = false;
    }
    state->Expire(state, lock);
  }
  state->watching = false;
  state->thread_ended.notify_all();
}

WorkerPool::WorkerPool(Limits limits, Post post) : state_(std::make_shared<State>(limits, std::move(post))) {
  const std::lock_guard lock(state_->mutex);
  state_->watching = true;
  std::thread([state = state_] { State::Watch(state); }).detach();
  for (size_t i = 0; i < limits.threads; ++i) State::StartServing(state_);
}

WorkerPool::~WorkerPool() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  for (const auto& task : state_->open) {
    task->answered = true;
    task->drop();
  }
  state_->open.clear();
  state_->queue.clear();
  state_->work_waits.notify_all();
  state_->deadlines_changed.notify_all();
  state_->thread_ended.wait_for(lock, std::chrono::milliseconds(state_->limits.deadline_ms),
                                [&] { return state_->serving == 0 && !state_->watching; });
  state_->thread_ended.wait(lock, [&] { return state_->posting == 0; });
}

void WorkerPool::Submit(Work work, Fail fail, Drop drop) {
  auto task = std::make_shared<State::Task>();
  task->work = std::move(work);
  task->fail = std::move(fail);
  task->drop = std::move(drop);
  bool armed = false;
  bool busy = false;
  {
    const std::lock_guard lock(state_->mutex);
    busy = state_->serving == 0 || state_->queue.size() >= state_->limits.queue;
    if (!busy) {
      task->deadline = SteadyClock::now() + std::chrono::milliseconds(state_->limits.deadline_ms);
      state_->queue.push_back(task);
      state_->open.push_back(task);
      armed = std::exchange(state_->armed, true);
    }
  }
  if (busy) return state_->post([task] { task->fail(Busy()); });
  state_->work_waits.notify_one();
  if (!armed) state_->deadlines_changed.notify_one();
}

size_t WorkerPool::lost() const {
  const std::lock_guard lock(state_->mutex);
  return state_->lost;
}

}  // namespace fob::host
