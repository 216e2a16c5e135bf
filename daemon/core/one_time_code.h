#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "daemon/core/ports/crypto.h"

namespace fob::core {

// A code for enrolment or recovery: 80 random bits as four groups of base32, "ABCD-EFGH-IJKL-MNOP".
SecretBytes NewOneTimeCode(Random& random);

// As it is hashed: upper case, without dashes and white space.
SecretBytes NormalizeOneTimeCode(const SecretBytes& typed);

// SHA-256 of salt and code.
Bytes HashRecoveryCode(const Hasher& hasher, ByteView salt, const SecretBytes& normalized);

}  // namespace fob::core
