#include "daemon/crypto/browser_data.h"

#include "base/encoding.h"
#include "daemon/crypto/strict_json.h"

namespace fob::crypto {

namespace json = boost::json;

namespace {

Error Malformed() { return Denied("malformed", "the browser's client data is not what WebAuthn says"); }

const json::string* TextOf(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

}  // namespace

Result<BrowserData> ReadBrowserData(std::string_view text) {
  const auto object = ParseStrictObject(text);
  if (!object.ok()) return Malformed();
  const json::string* type = TextOf(*object, "type");
  const json::string* challenge = TextOf(*object, "challenge");
  const json::string* origin = TextOf(*object, "origin");
  if (type == nullptr || challenge == nullptr || origin == nullptr) return Malformed();
  BrowserData data;
  data.type.assign(type->data(), type->size());
  data.origin.assign(origin->data(), origin->size());
  auto bytes = Base64UrlDecode(std::string_view(challenge->data(), challenge->size()));
  if (!bytes.ok()) return Malformed();
  data.challenge = *std::move(bytes);
  if (const json::value* cross = object->if_contains("crossOrigin")) {
    if (!cross->is_bool()) return Malformed();
    data.cross_origin = cross->get_bool();
  }
  data.top_origin = object->contains("topOrigin");
  return data;
}

}  // namespace fob::crypto
