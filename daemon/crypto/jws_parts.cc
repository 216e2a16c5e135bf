#include "daemon/crypto/jws_parts.h"

#include "base/encoding.h"

namespace fob::crypto {

Result<JwsParts> SplitJws(std::string_view token) {
  if (token.size() > kMaxJws) return Denied("malformed", "a token of more than 8 KiB");
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return Denied("malformed", "a token has exactly three parts");
  }
  const auto header = Base64UrlDecode(token.substr(0, first));
  auto payload = Base64UrlDecode(token.substr(first + 1, second - first - 1));
  auto signature = Base64UrlDecode(token.substr(second + 1));
  if (!header.ok() || !payload.ok() || !signature.ok())
    return Denied("malformed", "a part that is not base64url");
  JwsParts parts;
  FOB_TRY(parts.header, ReadHeader(AsText(*header)));
  parts.input = token.substr(0, second);
  parts.payload = *std::move(payload);
  parts.signature = *std::move(signature);
  return parts;
}

}  // namespace fob::crypto
