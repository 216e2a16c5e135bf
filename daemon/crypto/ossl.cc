#include "daemon/crypto/ossl.h"

#include <openssl/err.h>

#include <string>

namespace fob::crypto {

Error OsslFailed(std::string_view what) {
  ERR_clear_error();
  return MakeError(Code::kInternal, "crypto", "OpenSSL could not " + std::string(what));
}

}  // namespace fob::crypto
