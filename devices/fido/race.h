#pragma once

#include <functional>
#include <list>
#include <set>
#include <thread>

#include "base/unique_fd.h"
#include "devices/fido/task.h"

namespace fob::fido {

// One call of a ceremony: every plugged-in key gets a thread, the first that is touched wins. Each
// key goes
//
//   looking -> waiting for a PIN decision -> choosing ("touch the one whose PIN you will type")
//           -> acting (blinks)            -> out (the wrong key, or it failed), or gone (pulled
//           out)
//
// and this thread alone moves it on, as threads report. Keys are closed and threads joined when the
// race is dropped.
class Race {
 public:
  Race(KeyRing& ring, const Task& task, int64_t timeout_ms, int interrupt_fd,
       const std::function<void(const Progress&)>& on_progress);
  ~Race();
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  // Only this key takes part, and it gets the PIN (NUL-terminated, outliving the race).
  void UsePin(const DeviceInfo& device, const SecretBytes& pin);

  Result<Answer> Run();

  // After a PinNeeded: the key that needs it.
  const std::optional<DeviceInfo>& pin_device() const { return pin_device_; }

 private:
  enum class Phase { kLooking, kNeedsPin, kChoosing, kActing, kOut, kGone };

  struct Key {
    DeviceInfo info;
    Phase phase = Phase::kLooking;
    std::atomic<bool> stop = false;
    std::atomic<bool> busy = false;
    std::atomic<bool> blinking = false;
    std::atomic<bool> slow = false;
    bool busy_told = false;
    bool slow_told = false;
    bool touch_told = false;
    std::thread thread;
    // The thread's while it runs, this one's otherwise.
    std::unique_ptr<Device> device;
    Look look;
    std::optional<Result<Outcome>> outcome;
    Status status = Ok();  // of looking and choosing
    std::atomic<bool> finished = false;
    std::optional<Error> failure;  // kOut: why, unless it is the wrong key
  };

  void Rescan();
  void Launch(Key& key, Phase phase);
  void Work(Key& key);
  void Wake();
  void LookAt(Key& key);
  void Choose(Key& key);
  void Act(Key& key);
  void Collect();
  std::optional<Result<Answer>> Advance(Key& key);
  std::optional<Result<Answer>> AfterAct(Key& key);
  std::optional<Result<Answer>> Decide();
  std::optional<Result<Answer>> Fail(Key& key, const Error& error);
  Result<Answer> AskForPin(const Key& key);
  void Out(Key& key, std::optional<Error> failure);
  void Stop(Key& key);
  // False: interrupted.
  bool Wait();
  void Tell(Progress::Kind kind, const std::string& device, int retries = 0);
  void TellTouch(Key& key);
  size_t Count(Phase phase) const;
  bool PastDeadline() const;

  KeyRing& ring_;
  const Task& task_;
  const int64_t deadline_ms_;
  const int interrupt_fd_;
  const std::function<void(const Progress&)>& on_progress_;
  UniqueFd wake_;  // eventfd: a thread has something to say
  std::list<Key> keys_;
  std::optional<DeviceInfo> only_;
  const char* pin_ = nullptr;
  std::optional<DeviceInfo> pin_device_;
  std::set<std::string> told_wrong_;  // paths
  bool told_insert_ = false;
  bool look_again_ = false;  // keys came or went while others were looked at
};

}  // namespace fob::fido
