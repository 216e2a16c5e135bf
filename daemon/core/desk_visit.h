#pragma once

#include <memory>
#include <string>

#include "daemon/core/context.h"

namespace fob::core {

// Who wants a key to be touched.
struct KeyAsker {
  Peer peer;
  bool trusted = false;
  std::string user;     // whose key
  std::string service;  // ours, or a trusted caller's word
  std::string program;  // the caller's, by the kernel's word; may be empty
  std::string tty;      // where the prompt stands; may be empty
};

// "alice at sudo"; of an untrusted caller, whose service is its own word, "alice by PROGRAM".
std::string NameOf(const KeyAsker& asker);

// One caller's way to the keys that are plugged in: its leave and its turn at the arbiter, and a worker once the turn
// has come. The turn is given up while a person types, and by untrusted callers the worker too.
class DeskVisit {
 public:
  // Called with why there is no turn, or no more.
  using Lost = UniqueFunction<void(Error)>;
  // Called with what to tell a person who must wait for others.
  using Wait = UniqueFunction<void(proto::Info)>;

  DeskVisit(const Context& context, KeyAsker asker, Lost lost, Wait wait);

  // go(fresh): a worker is there, and new. Not after Leave.
  void WhenMyTurn(UniqueFunction<void(bool)> go);
  KeyConversation& conversation() { return *conversation_; }
  void GiveUpTurn();
  void Leave();

  // Tells those who sit here that a key waits for a touch, and who asks.
  void Announce();
  const KeyAsker& asker() const { return asker_; }

 private:
  const Context& context_;
  const KeyAsker asker_;
  Lost lost_;
  Wait wait_;
  std::unique_ptr<KeyArbiter::Visit> visit_;
  std::unique_ptr<KeyArbiter::Place> place_;
  std::unique_ptr<KeyConversation> conversation_;
};

}  // namespace fob::core
