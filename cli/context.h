#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/interrupts.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "proto/connection.h"

namespace fob::cli {

// Options that every verb has.
struct Globals {
  std::optional<std::string> socket;  // as given; see Context::socket()
  std::optional<int64_t> timeout_ms;
  bool json = false;
  bool quiet = false;
};

inline constexpr std::string_view kDefaultSocket = "/run/fob/fobd.sock";

// What a verb works with.
class Context {
 public:
  explicit Context(Globals globals);

  const Globals& globals() const { return globals_; }
  const Interrupts& interrupts() const { return interrupts_; }
  Terminal& terminal() { return terminal_; }

  // --socket, else $FOB_SOCKET, else the daemon's usual place.
  std::string socket() const;
  // For one call; a ceremony, in which people act, gets longer and is ended by fobd.
  int64_t CallDeadline() const;
  int64_t CeremonyDeadline() const;

  // From the first time on, and from that of ReadSecret, this process is locked (sandbox/sandbox.h).
  Result<proto::Connection> Connect(int64_t deadline_ms);

  // One call on a connection of its own.
  template <typename Method>
  Result<typename Method::Out> Call(const typename Method::In& in) {
    const int64_t deadline = CallDeadline();
    FOB_TRY(proto::Connection connection, Connect(deadline));
    return connection.Call<Method>(in, deadline);
  }

  // All pages of a list: `take` gets each reply, the newest first.
  template <typename Method, typename Take>
  Status CallPages(typename Method::In in, Take take) {
    do {
      FOB_TRY(typename Method::Out out, Call<Method>(in));
      in.before = std::exchange(out.next, std::nullopt);
      take(std::move(out));
    } while (in.before.has_value());
    return Ok();
  }

  // As Call, for methods that without `login` mean the caller's newest one in this session.
  template <typename Method>
  Result<typename Method::Out> CallOnLogin(const typename Method::In& in) {
    auto out = Call<Method>(in);
    if (!out.ok() && !in.login.has_value()) return OfThisSession(out.error());
    return out;
  }

  // All of a file, of at most `most` bytes. `what` names it in errors.
  Result<std::string> ReadFile(const std::string& path, std::string_view what, size_t most);
  // A secret: one line of `path`, or of standard input when it is "-". `what` names it in errors.
  Result<SecretBytes> ReadSecret(const std::string& path, std::string_view what);

 private:
  static Error OfThisSession(Error error);
  Status Lock();

  Globals globals_;
  Interrupts interrupts_;
  Terminal terminal_;
  bool locked_ = false;
};

}  // namespace fob::cli
