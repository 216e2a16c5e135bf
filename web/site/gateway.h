#pragma once

#include <functional>
#include <string>

#include "web/loop/loop.h"
#include "web/oauth/authority.h"
#include "web/oauth/endpoints.h"
#include "web/site/account.h"
#include "web/site/sign_in.h"
#include "web/site/sign_out.h"

namespace fob::web {

// Which path is what. What is not in its table does not exist.
class Gateway {
 public:
  // `metrics` writes the Prometheus text; `may_see_metrics` tells whose business it is.
  struct Operations {
    std::function<std::string()> metrics;
    std::function<bool(const Request&)> may_see_metrics;
  };

  Gateway(FobdClient& fobd, Operations operations);

  void Handle(Request request, Reply reply);

 private:
  void Route(const Authority::Metadata& metadata, Request request, Reply reply);
  bool RouteProgram(std::string_view path, Request& request, Reply& reply);
  void RoutePage(const Authority::Metadata& metadata, std::string_view path, Request request, Reply reply);
  void Healthz(Reply reply);

  FobdClient& fobd_;
  const Operations operations_;
  Authority authority_;
  OAuthEndpoints endpoints_;
  SignIn sign_in_;
  SignOut sign_out_;
  Links links_;
  AccountSite account_;
};

}  // namespace fob::web
