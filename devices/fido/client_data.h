#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace fob::fido {

enum class ClientDataType { kGet, kCreate };

// What a local ceremony is for.
struct ClientData {
  ClientDataType type = ClientDataType::kGet;
  ByteView challenge;     // 16 to 64 bytes
  std::string_view host;  // this machine
  std::string_view user;
  std::string_view service;  // PAM service
};

// The one JSON text of a local ceremony, whose SHA-256 is the client data hash that the key signs:
//
//   {"type":"org.fobd.get","challenge":"<base64url>","host":"...","user":"...","service":"..."}
//
// or "org.fobd.create": types that no browser makes, so that neither can be replayed as a web
// ceremony. No white space, members in this order, strings escaped only where RFC 8259 clause 7
// demands it. kInvalidArgument/"bad_client_data": a text that is not UTF-8, or a challenge of
// another size.
Result<std::string> ClientDataJson(const ClientData& data);

}  // namespace fob::fido
