#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "web/http/message.h"
#include "web/oauth/form.h"
#include "web/oauth/oauth_error.h"

namespace fob::web {

// How a client says who it is (RFC 6749 clause 2.3, RFC 7523 clause 2.2); fobd decides whether it is.
struct ClientAuth {
  std::optional<std::string> client_id;
  std::optional<SecretBytes> client_secret, client_assertion;
};

struct ClientAuthOr {
  ClientAuth auth;
  std::optional<OAuthError> bad;
};

// Out of the header or the form, never out of both.
ClientAuthOr ReadClientAuth(const Request& request, const Form& form);

}  // namespace fob::web
