#pragma once

#include "base/random.h"
#include "base/secret.h"

namespace fob::core {

// A one-time enrolment code: 80 random bits as four groups of base32, "ABCD-EFGH-IJKL-MNOP".
SecretBytes NewEnrolCode(Random& random);

// As it is hashed: upper case, without dashes and white space.
SecretBytes NormalizeEnrolCode(const SecretBytes& typed);

}  // namespace fob::core
