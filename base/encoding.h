#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace fob {

// RFC 4648 clause 5 without padding. Decoding is strict: padding, white space, other alphabets and
// non-zero trailing bits are kInvalidArgument, so that each value has one spelling.
std::string Base64UrlEncode(ByteView bytes);
Result<Bytes> Base64UrlDecode(std::string_view text);

// RFC 4648 clause 6 without padding, upper case.
SecretBytes Base32Encode(const SecretBytes& bytes);

// RFC 3986 clause 2: everything but unreserved characters as %XX.
std::string PercentEncode(std::string_view text);

std::string HexEncode(ByteView bytes);  // lower case
Result<Bytes> HexDecode(std::string_view text);

}  // namespace fob
