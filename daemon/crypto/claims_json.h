#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/core/ports/crypto.h"

namespace fob::crypto {

// Claims as the JSON object that is signed, members in this order, without white space:
//   iss sub aud client_id exp iat jti [auth_time] [amr] [acr] [sid] [scope] [groups]
// Those in brackets are left out when they are empty or zero (a machine grant has no login).
// kInvalidArgument "bad_claims": a required claim is empty, or a text is not UTF-8.
Status WriteClaims(const core::AccessClaims& claims, std::string& out);

// The same back; other members are ignored. kDenied "malformed".
Result<core::AccessClaims> ReadClaims(std::string_view json);

// The protected header of a JWS, of which only these members count.
struct JwsHeader {
  std::string alg;
  std::string typ;
  std::string kid;
};

// kDenied "malformed": not one JSON object with distinct member names, or it holds `crit` or `b64`
// (RFC 7515 clause 4.1.11: an extension that we do not know is refused, and we know none).
Result<JwsHeader> ReadHeader(std::string_view json);

}  // namespace fob::crypto
