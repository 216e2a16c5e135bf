#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/core/ports/crypto.h"
#include "daemon/core/ports/web_crypto.h"

namespace fob::crypto {

// Claims as the JSON object that is signed, members in this order, without white space:
//   iss sub aud client_id exp iat jti [auth_time] [amr] [acr] [sid] [scope] [groups]
// Those in brackets are left out when they are empty or zero (a machine grant has no login).
// kInvalidArgument "bad_claims": a required claim is empty, or a text is not UTF-8.
Status WriteClaims(const core::AccessClaims& claims, std::string& out);

// The same back; other members are ignored. kDenied "malformed".
Result<core::AccessClaims> ReadClaims(std::string_view json);

// Claims of an ID token, in this order:
//   iss sub aud exp iat [auth_time] [nonce] [acr] [amr] [sid] at_hash [preferred_username] [groups]
Status WriteIdClaims(const core::IdClaims& claims, std::string_view at_hash, std::string& out);
// iss, sub, aud and sid back. kDenied "malformed".
Result<core::IdClaims> ReadIdClaims(std::string_view json);

// What userinfo answers: sub [preferred_username] [groups].
std::string WriteUserInfo(const core::UserClaims& claims);

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
