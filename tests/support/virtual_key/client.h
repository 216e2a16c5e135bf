#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace fob::testing {

// A running `virtual-key` for a test: started from the folder of this test's own executable, ready
// when the constructor returns, killed and reaped by the destructor. It also dies with the thread
// that started it. Everything throws std::runtime_error when the key does not do as told.
class VirtualKeyProcess {
 public:
  // folder: holds NAME.state, NAME.sock and NAME.sock.ctl. arguments: as `virtual-key` takes them,
  // without --state and --socket.
  explicit VirtualKeyProcess(std::string folder, std::vector<std::string> arguments = {},
                             std::string name = "key");
  ~VirtualKeyProcess();
  VirtualKeyProcess(const VirtualKeyProcess&) = delete;
  VirtualKeyProcess& operator=(const VirtualKeyProcess&) = delete;

  const std::string& socket() const { return socket_; }
  pid_t pid() const { return pid_; }

  // One command of control.h or key_server.h, and its answer; an "error: ..." answer is thrown.
  std::string Command(const std::string& command);

  // Touches the key as soon as it waits, at most ten seconds from now.
  void TouchWhenAsked();
  void WaitTouch() { Expect("wait-touch", "waiting"); }
  void WaitIdle() { Expect("wait-idle", "idle"); }
  void Touch() { Expect("touch", "ok"); }
  void SetTouchPolicy(const std::string& policy) { Expect("touch-policy " + policy, "ok"); }
  void Misbehave(const std::string& names) { Expect("misbehave " + names, "ok"); }
  void Unplug() { Expect("unplug", "ok"); }
  void Plug() { Expect("plug", "ok"); }
  // A number of the status, such as "blinks", "cancels", "pin_retries", "counter", "credentials".
  int64_t Status(const std::string& name);

  // SIGKILL, and a fresh process on the same state.
  void Restart();

 private:
  void Start();
  void Kill();
  void Expect(const std::string& command, const std::string& answer);

  std::string state_;
  std::string socket_;
  std::vector<std::string> arguments_;
  pid_t pid_ = -1;
};

}  // namespace fob::testing
