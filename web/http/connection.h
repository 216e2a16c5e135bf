#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"
#include "base/unique_fd.h"
#include "web/http/server.h"

namespace fob::web {

// One connection of a Server: reads a request, waits for its answer, writes it, and so on. While nothing is under way
// it holds no buffer.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server& server, UniqueFd socket, std::unique_ptr<Transport> transport, std::string address, bool secure);

  void Start();
  void Close();
  bool IsDue(int64_t now_ms) const { return now_ms >= deadline_ms_; }
  // At a sweep: closes what is past its deadline.
  void CheckDeadline(int64_t now_ms);
  // The server stops: idle ones go at once, the others after their answer.
  void Finish();

  const std::string& address() const { return address_; }
  // May be closed in favour of another: since when it waits for its peer. Nothing while it is answering.
  std::optional<int64_t> waits_since_ms() const;

 private:
  enum class State { kIdle, kHeader, kBody, kHandling, kWriting, kClosing };

  void Enter(State state, int64_t deadline_ms);
  void WaitToRead();
  void OnReadable();
  // Feeds what came, behind what is unread.
  void Take(ByteView bytes);
  void Keep(ByteView rest);
  void Handle();
  void Answer(Response response);
  void AnswerBad(BadMessage bad);
  void Send(SecretBytes bytes);
  void Write();
  void AfterWriting();
  void Linger();

  Server& server_;
  UniqueFd socket_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Watch> watch_;
  const std::string address_;
  const bool secure_;
  State state_ = State::kIdle;
  int64_t deadline_ms_ = 0;
  int64_t since_ms_ = 0;
  int64_t began_us_ = 0;
  std::unique_ptr<RequestParser> parser_;
  std::unique_ptr<Request> request_;  // being answered: its method, path and client
  SecretBytes unread_;                // came, and is not parsed yet
  SecretBytes out_;
  size_t written_ = 0;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool http_1_0_ = false;
  bool continued_ = false;
};

}  // namespace fob::web
