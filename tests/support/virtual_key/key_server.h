#pragma once

#include "base/unique_fd.h"
#include "tests/support/virtual_key/key_port.h"
#include "tests/support/virtual_key/virtual_key.h"

namespace fob::testing {

// A virtual key at a port, and a tester's socket, in one thread.
//
// The tester's socket takes one command a packet, and gives one packet in answer. To the commands
// of control.h it adds
//   wait-touch [MS]   "waiting" as soon as the key waits for a touch, "timeout" after MS (10000)
//   wait-idle [MS]    "idle" as soon as it does not
//   unplug            every open of the key ends
//   plug              a power cycle
//   quit
class KeyServer {
 public:
  // Plugs the key in, unless it is unplugged itself. Throws std::runtime_error when port or control
  // socket cannot be made.
  KeyServer(VirtualKey& key, KeyPort& port, std::string control_path);
  ~KeyServer();

  // Until "quit", or until stop_fd is readable.
  void Run(int stop_fd);

  static int64_t NowMs();

 private:
  struct Tester {
    UniqueFd fd;
    std::string waits_for;  // "touch", "idle" or empty
    int64_t waits_until_ms = 0;
  };

  void Accept();
  void OnReadable(Tester& tester);
  // Empty: answered later.
  std::string OnCommand(Tester& tester, std::string_view command);
  std::string StartWaiting(Tester& tester, std::string_view what, std::string_view limit);
  void AnswerWaiters();
  void Send(const std::vector<Report>& reports);
  std::string Plug();
  void Unplug();
  int TimeoutMs() const;

  VirtualKey& key_;
  KeyPort& port_;
  std::string control_path_;
  UniqueFd control_;
  std::vector<Tester> testers_;
  bool quit_ = false;
};

}  // namespace fob::testing
