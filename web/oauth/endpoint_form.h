#pragma once

#include <optional>

#include "web/oauth/client_auth.h"

namespace fob::web {

// The form that a client posts to an endpoint, and how it authenticates. `bad`: it cannot be taken so.
struct EndpointForm {
  Form form;
  ClientAuth auth;
  std::optional<OAuthError> bad;
};

EndpointForm ReadEndpointForm(const Request& request);

// Whether the body is application/x-www-form-urlencoded.
bool HasForm(const Request& request);

}  // namespace fob::web
