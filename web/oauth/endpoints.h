#pragma once

#include <optional>
#include <string>

#include "web/fobd/fobd_client.h"
#include "web/http/message.h"
#include "web/http/server.h"
#include "web/oauth/authority.h"

namespace fob::web {

// The endpoints that programs call: each is one method of fobd in the words of its RFC. None of them knows a cookie.
class OAuthEndpoints {
 public:
  OAuthEndpoints(FobdClient& fobd, Authority& authority) : fobd_(fobd), authority_(authority) {}

  void Discovery(Request request, Reply reply);  // OpenID Connect Discovery, RFC 8414
  void Jwks(Request request, Reply reply);
  void Token(Request request, Reply reply);
  void Introspect(Request request, Reply reply);  // RFC 7662
  void Revoke(Request request, Reply reply);      // RFC 7009
  void UserInfo(Request request, Reply reply);

  // What browsers ask before a script of another origin may call: RFC 9110 OPTIONS, Fetch clause 4.8.
  void Preflight(Request request, Reply reply);
  // Lets scripts of `origin` read `response`, if it is registered.
  void AllowOrigin(const std::optional<std::string>& origin, Response& response) const;

 private:
  FobdClient& fobd_;
  Authority& authority_;
};

}  // namespace fob::web
