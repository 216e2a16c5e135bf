#pragma once

#include "base/unique_fd.h"
#include "tests/support/virtual_key/virtual_key.h"

namespace fob::testing {

// A virtual key behind two sockets, in one thread.
//
// PATH is the device: each packet is one 64-byte report, each connection one open of the same
// hidraw node, and as there every connection sees every report of the key. The socket exists while
// the key is plugged in.
//
// PATH.ctl is the tester: one command a packet, one packet in answer. To the commands of control.h
// it adds
//   wait-touch [MS]   "waiting" as soon as the key waits for a touch, "timeout" after MS (10000)
//   wait-idle [MS]    "idle" as soon as it does not
//   unplug            every connection to PATH ends
//   plug              a power cycle
//   quit
class KeyServer {
 public:
  // Throws std::runtime_error when the sockets cannot be made.
  KeyServer(VirtualKey& key, std::string path);
  ~KeyServer();

  // Until "quit", or until stop_fd is readable.
  void Run(int stop_fd);

  static int64_t NowMs();

 private:
  struct Peer {
    UniqueFd fd;
    bool control = false;
    std::string waits_for;  // "touch", "idle" or empty
    int64_t waits_until_ms = 0;
  };

  void Accept(int listener, bool control);
  void OnReadable(Peer& peer);
  // Empty: answered later.
  std::string OnCommand(Peer& peer, std::string_view command);
  std::string StartWaiting(Peer& peer, std::string_view what, std::string_view limit);
  void AnswerWaiters();
  void Broadcast(const std::vector<Report>& reports);
  void Plug();
  void Unplug();
  int TimeoutMs() const;

  VirtualKey& key_;
  std::string path_;
  UniqueFd device_;
  UniqueFd control_;
  std::vector<Peer> peers_;
  bool quit_ = false;
};

}  // namespace fob::testing
