#include "devices/fido/attestation_object.h"

#include "devices/fido/auth_data.h"
#include "devices/fido/cbor.h"

namespace fob::fido {
namespace {

constexpr size_t kMaxObject = 32 * 1024;  // bytes: certificates are in it

}  // namespace

Result<AttestationObject> ParseAttestationObject(ByteView cbor) {
  const Error malformed = Denied("malformed", "the browser's attestation object is not what WebAuthn says");
  if (cbor.size() > kMaxObject) return malformed;
  CborReader reader(cbor);
  if (reader.Map() != 3) return malformed;
  AttestationObject out;
  for (int i = 0; i < 3; ++i) {
    const auto name = reader.Text();
    if (name == "fmt" && out.format.empty()) {
      const auto format = reader.Text();
      if (!format.has_value() || format->empty()) return malformed;
      out.format = *format;
    } else if (name == "authData" && out.auth_data.empty()) {
      const auto data = reader.ByteString();
      if (!data.has_value() || data->empty() || data->size() > kMaxAuthData) return malformed;
      out.auth_data.assign(data->begin(), data->end());
    } else if (name == "attStmt" && out.statement.empty()) {
      const ByteView before = reader.rest();
      CborReader map = reader;
      if (!map.Map().has_value() || !reader.Skip()) return malformed;
      const ByteView statement = before.first(before.size() - reader.rest().size());
      out.statement.assign(statement.begin(), statement.end());
    } else {
      return malformed;
    }
  }
  return reader.done() ? Result<AttestationObject>(std::move(out)) : malformed;
}

}  // namespace fob::fido
