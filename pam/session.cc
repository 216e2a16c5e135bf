#include "pam/session.h"

#include "pam/identifier.h"
#include "proto/connection.h"

namespace fob::pam {

Result<std::string> ConfirmLogin(const std::string& socket,
                                 const proto::login::Confirm::In& confirm, int64_t deadline_ms) {
  FOB_TRY(proto::Connection connection, proto::Connection::Open(socket, deadline_ms));
  FOB_TRY(const proto::login::Confirm::Out out,
          connection.Call<proto::login::Confirm>(confirm, deadline_ms));
  if (out.login.user != confirm.user || out.login.state != proto::LoginInfo::State::kLive ||
      !IsIdentifier(out.login.login)) {
    return MakeError(Code::kCorrupt, "bad_reply", "fobd confirmed another login");
  }
  return out.login.login;
}

Status EndLogin(const std::string& socket, const std::string& login, const std::string& user,
                int64_t deadline_ms) {
  if (!IsIdentifier(login))
    return MakeError(Code::kNotFound, "not_a_login", "the session's login id is malformed");
  FOB_TRY(proto::Connection connection, proto::Connection::Open(socket, deadline_ms));
  FOB_CHECK(connection.Call<proto::login::End>({.login = login, .user = user, .session = {}}, deadline_ms));
  return Ok();
}

}  // namespace fob::pam
