#pragma once

#include <cstdint>
#include <memory>

namespace fob::testing {

// SQLite's own file layer with faults in it. Installed, it is the process's default, which the store
// takes without knowing. The log's shared index is memory of the processes that have it open, and
// lost with the power.
class FaultVfs {
 public:
  enum class Fault {
    kNone,
    kNoSpace,     // the operation, and whatever writes after it, finds the disk full
    kIoError,     // the operation alone fails
    kShortWrite,  // half of it is written before the disk is full; later ones succeed
    kPowerLoss,   // the operation and all after it fail: see LosePower
  };

  // One a process, at most. Thread-safe.
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // From now on SQLite's own layer is the default, or this one again.
  void Uninstall();
  void Install();

  // Forgets what was, counts operations from 1, and has the one of that number fail; 0 for none.
  // Counted are those that the fault can befall. No file may be open.
  void Arm(Fault fault, int64_t operation);
  int64_t operations() const;

  // Leaves in the files what a loss of power now would leave: what was synced and, with `some`, some
  // of what was not. All files must be closed.
  void LosePower(bool some, uint64_t seed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fob::testing
