#pragma once

#include <memory>

#include "daemon/core/ceremony.h"
#include "daemon/core/context.h"
#include "proto/messages.h"

namespace fob::core {

constexpr int64_t kTouchIsFresh = 60;  // seconds from the login's confirmation

// How a method answers: once, on the core's thread.
template <typename Method>
using Reply = UniqueFunction<void(Result<typename Method::Out>)>;

// org.fobd.Login.
class LoginService {
 public:
  explicit LoginService(const Context& context) : context_(context) {}

  std::shared_ptr<Ceremony> Begin(const Peer& peer, proto::login::Begin::In in, TurnSink sink);
  void Confirm(const Peer& peer, proto::login::Confirm::In in, Reply<proto::login::Confirm> reply);
  void Explain(const Peer& peer, proto::login::Explain::In in, Reply<proto::login::Explain> reply);
  void List(const Peer& peer, proto::login::List::In in, Reply<proto::login::List> reply);
  void End(const Peer& peer, proto::login::End::In in, Reply<proto::login::End> reply);

  // What a caller says of a login is shown at prompts and kept in the audit trail. kInvalidArgument.
  static Status CheckWords(std::string_view user, std::string_view service, std::string_view tty, std::string_view rhost);

 private:
  // `user`: only if it is that user's.
  void EndLogin(const Peer& peer, const std::optional<std::string>& id, std::optional<std::string> user,
                Reply<proto::login::End> reply);
  // `canonical`: the account's own name. A session may open with another of its names, which is looked up when no
  // handle is of it.
  void Redeem(const Peer& peer, proto::login::Confirm::In in, const CallerFacts& caller, bool canonical,
              Reply<proto::login::Confirm> reply);
  void RedeemByAlias(const Peer& peer, proto::login::Confirm::In in, const Error& refusal,
                     Reply<proto::login::Confirm> reply);

  const Context& context_;
};

// The newest live login of the caller's uid in its kernel session, or the one that `login` names, if
// the caller may use it.
void FindCallersLogin(const Context& context, const Peer& peer, const std::optional<std::string>& login,
                      UniqueFunction<void(Result<LoginRecord>)> done);

}  // namespace fob::core
