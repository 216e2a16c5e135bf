#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "web/http/message.h"

namespace fob::web {

// What an endpoint of RFC 6749 answers when it cannot do what is asked: its code, status and a description for the
// developer of the client.
struct OAuthError {
  std::string error;
  std::string description;
  int status = 400;
};

// fobd's error as the RFCs say it. What is not the client's doing is told without detail.
OAuthError OAuthErrorOf(const Error& error);

// RFC 6749 clause 5.2. A 401 names Basic, the one scheme of HTTP by which clients authenticate here (RFC 9110 clause 15.5.2).
Response OAuthErrorResponse(const OAuthError& error);

// RFC 6750 clause 3. Without an error: no token came, and nothing is said about one.
Response BearerErrorResponse(const OAuthError& error, std::string_view realm);

}  // namespace fob::web
