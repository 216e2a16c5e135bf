#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "daemon/crypto/claims_json.h"

namespace fob::crypto {

inline constexpr size_t kMaxJws = 8 * 1024;  // bytes

// A compact JWS taken apart (RFC 7515 clause 7.1); nothing of it is verified.
struct JwsParts {
  JwsHeader header;
  std::string_view input;  // that is signed
  Bytes payload;
  Bytes signature;
};

// kDenied "malformed": not three parts of strict base64url, too long, or a header that ReadHeader refuses.
Result<JwsParts> SplitJws(std::string_view token);

}  // namespace fob::crypto
