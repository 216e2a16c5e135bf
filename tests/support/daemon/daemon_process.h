#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "proto/connection.h"

namespace fob::testing {

// What fobd.toml says beside the paths, which are those of the folder.
struct DaemonSetup {
  std::vector<uint32_t> trusted_uids;  // none: the test's own
  std::string tables = "";             // "[timing]\n..." and the like
  std::string rules =
      "[[rule]]\nname = \"elevation\"\nservice = [\"sudo\", \"su\"]\nrequire = \"key | totp\"\n"
      "[[rule]]\nname = \"ssh\"\nservice = [\"sshd\", \"brief\"]\nrequire = \"totp\"\n"
      "[[rule]]\nname = \"vault\"\nservice = \"vault\"\nrequire = \"key+uv\"\n"
      "[[rule]]\nname = \"console\"\nservice = [\"login\", \"console\", \"fobctl\"]\nrequire = "
      "\"key | totp\"\n"
      "[[rule]]\nname = \"open\"\nservice = \"open\"\naction = \"skip\"\n"
      "[[rule]]\nname = \"everything else\"\naction = \"deny\"\n";
  std::vector<std::string> worker;  // none: the one of virtual keys
  std::string issuer = "http://localhost:8080";
  // Serves with a clock that stands at this time until SetTime; without it with the machine's.
  std::optional<int64_t> time;
  // Runs in the child just before the program does: limits, mounts. What it throws ends the start.
  std::function<void()> before;
};

// The real fobd from the folder of this test's own executable, at work in a folder. It is ready
// when Start returns; the destructor kills and reaps it, and it dies with the thread that started
// it. What does not work throws std::runtime_error with what fobd printed.
//
//   FOLDER/fobd.sock   FOLDER/etc/fobd.toml   FOLDER/etc/master.key   FOLDER/state/ FOLDER/fobd.log
//   FOLDER/keys/       each NAME.sock in it is a virtual key that is plugged in
class DaemonProcess {
 public:
  // Without `folder` in one of its own, which it removes. Others than its owner may pass through
  // it, so that a test that gives up its uid reaches the socket.
  explicit DaemonProcess(DaemonSetup setup = {}, std::string folder = "");
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  void Start();
  int Stop();   // SIGTERM; its exit status, or minus a signal
  void Kill();  // SIGKILL
  void Restart() {
    Stop();
    Start();
  }
  // Another configuration for the next start, on the same store.
  void Configure(DaemonSetup setup);
  // Starts it and waits for its end, for a start that must fail. Returns its exit status.
  int RunToEnd();

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string socket() const { return Path("fobd.sock"); }
  std::string config() const { return Path("etc/fobd.toml"); }
  std::string keys() const { return Path("keys"); }
  pid_t pid() const { return pid_; }
  std::string log() const;  // everything that it printed so far

  int64_t time() const { return *setup_.time; }
  void SetTime(int64_t unix_seconds);
  void Advance(int64_t seconds) { SetTime(time() + seconds); }

  proto::Connection Connect() const;

  // One call on a connection of its own, within ten seconds.
  template <typename Method>
  Result<typename Method::Out> Call(const typename Method::In& in) const {
    return Connect().template Call<Method>(in, proto::DeadlineIn(10'000));
  }

 private:
  void WriteConfig() const;
  void Spawn(int ready);
  int Reap();

  DaemonSetup setup_;
  const bool own_folder_;
  const std::string folder_;
  pid_t pid_ = -1;
};

}  // namespace fob::testing
