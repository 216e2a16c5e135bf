#pragma once

#include <memory>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"
#include "base/secret.h"
#include "base/unique_function.h"
#include "daemon/core/ceremony.h"
#include "daemon/core/flow.h"
#include "daemon/core/peer.h"
#include "proto/envelope.h"
#include "proto/limits.h"

namespace fob::ipc {

// What one connection is doing, as the dispatch table sees it.
enum class Phase {
  kIdle,    // no ceremony
  kAsking,  // a ceremony waits for an answer
  kBusy,    // a call is being worked on
};

// Which interface a ceremony belongs to: its Continue is the only one that answers it.
enum class CeremonyOf { kNone, kLogin, kEnrol };

// One connection: who is behind it, and the ceremony that lives and dies with it.
struct Session {
  core::Peer peer;
  bool busy = false;  // a call is being worked on
  CeremonyOf of = CeremonyOf::kNone;
  std::shared_ptr<core::Ceremony> ceremony;
  std::shared_ptr<core::Flow> flow;  // a call that answers in pieces
  bool flow_waits = false;           // a piece was sent: a further one when it is taken
  bool confirmed = false;  // Login.Confirm was called: once a connection
  // Expires with the session: a reply may come when its connection is gone.
  std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);

  ~Session() { End(); }
  Phase phase() const { return busy ? Phase::kBusy : ceremony != nullptr ? Phase::kAsking : Phase::kIdle; }
  void End() {
    if (auto ended = std::exchange(ceremony, nullptr)) ended->Abandon();
    of = CeremonyOf::kNone;
    flow.reset();
  }
};

// Where the frames of one call's replies go.
class Responder {
 public:
  using Send = UniqueFunction<void(SecretBytes frame, bool last)>;
  Responder(std::string_view interface, Send send, bool more = false)
      : interface_(interface), send_(std::move(send)), more_(more) {}

  bool more() const { return more_; }  // the caller takes pieces before the last reply

  void Continue(boost::json::object reply) const { send_(proto::EncodeReply(std::move(reply), true), false); }
  void Finish(boost::json::object reply) const {
    SecretBytes frame = proto::EncodeReply(std::move(reply), false);
    if (frame.size() <= proto::kMaxMessage) return send_(std::move(frame), true);
    Fail(MakeError(Code::kExhausted, "reply_too_long",
                   "the answer is longer than a message may be: ask for less, such as one user's"));
  }
  void Fail(const Error& error) const { send_(proto::EncodeError(interface_, error), true); }
  void FailService(std::string_view name, std::string_view key = {}, std::string_view value = {}) const {
    send_(proto::EncodeServiceError(name, key, value), true);
  }

 private:
  std::string_view interface_;
  Send send_;
  bool more_;
};

}  // namespace fob::ipc
