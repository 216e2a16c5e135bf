#pragma once

#include <string>

#include "proto/messages.h"
#include "web/oauth/form.h"

namespace fob::web {

// The parameters of an authorization request that fobd is asked about; others are ignored (RFC 6749 clause 3.1).
proto::AuthorizationRequest AuthorizationOf(const Form& form);

// The same as a query, to be carried through the pages of a login.
SecretBytes QueryOf(const Form& form);

// Where the browser goes: the redirect's uri with its parameters in the query.
std::string LocationOf(const proto::Redirect& redirect);

}  // namespace fob::web
