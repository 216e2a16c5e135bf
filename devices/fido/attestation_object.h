#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace fob::fido {

// WebAuthn clause 6.5.4: one CBOR map of "fmt", "attStmt" and "authData", each once, and nothing else.
struct AttestationObject {
  std::string format;
  Bytes statement;  // one CBOR map
  Bytes auth_data;  // raw
};

// kDenied/"malformed".
Result<AttestationObject> ParseAttestationObject(ByteView cbor);

}  // namespace fob::fido
