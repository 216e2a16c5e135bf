#include "tests/support/virtual_key/key_state.h"

#include <algorithm>
#include <stdexcept>

namespace fob::testing {
namespace {

constexpr int64_t kVersion = 2;

template <typename T>
const T& Need(const T* value) {
  if (value == nullptr) throw std::invalid_argument("state");
  return *value;
}

const CborValue& Field(const CborValue& map, std::string_view name) { return Need(map.Find(name)); }
int64_t IntField(const CborValue& map, std::string_view name) {
  return Need(Field(map, name).AsInt());
}
Bytes BytesField(const CborValue& map, std::string_view name) {
  return Need(Field(map, name).AsBytes());
}
std::string TextField(const CborValue& map, std::string_view name) {
  return Need(Field(map, name).AsText());
}

CborValue EncodeCredential(const Credential& credential) {
  return CborValue::Map{{"id", credential.id},
                        {"rp_id", credential.rp_id},
                        {"rp_id_hash", credential.rp_id_hash},
                        {"user_id", credential.user_id},
                        {"user_name", credential.user_name},
                        {"user_display_name", credential.user_display_name},
                        {"algorithm", credential.algorithm},
                        {"private_key", credential.private_key},
                        {"discoverable", credential.discoverable},
                        {"cred_protect", credential.cred_protect},
                        {"created", credential.created}};
}

Credential DecodeCredential(const CborValue& in) {
  Credential out;
  out.id = BytesField(in, "id");
  out.rp_id = TextField(in, "rp_id");
  out.rp_id_hash = BytesField(in, "rp_id_hash");
  out.user_id = BytesField(in, "user_id");
  out.user_name = TextField(in, "user_name");
  out.user_display_name = TextField(in, "user_display_name");
  out.algorithm = static_cast<int>(IntField(in, "algorithm"));
  out.private_key = BytesField(in, "private_key");
  out.discoverable = Need(Field(in, "discoverable").AsBool());
  out.cred_protect = static_cast<int>(IntField(in, "cred_protect"));
  out.created = IntField(in, "created");
  return out;
}

}  // namespace

const Credential* KeyState::FindCredential(ByteView id, ByteView rp_id_hash) const {
  for (const Credential& credential : credentials) {
    if (std::ranges::equal(credential.id, id) &&
        std::ranges::equal(credential.rp_id_hash, rp_id_hash)) {
      return &credential;
    }
  }
  return nullptr;
}

size_t KeyState::DiscoverableCount() const {
  return static_cast<size_t>(
      std::ranges::count_if(credentials, [](const Credential& c) { return c.discoverable; }));
}

Bytes KeyState::Encode() const {
  CborValue::Array list;
  for (const Credential& credential : credentials) list.push_back(EncodeCredential(credential));
  return CborValue(CborValue::Map{{"version", kVersion},
                                  {"batch_key", batch.private_key},
                                  {"batch_certificate", batch.certificate},
                                  {"root_certificate", batch.root_certificate},
                                  {"credentials", list},
                                  {"pin_hash", pin_hash},
                                  {"pin_retries", pin_retries},
                                  {"pin_change_forced", pin_change_forced},
                                  {"uv_retries", uv_retries},
                                  {"counter", static_cast<int64_t>(counter)},
                                  {"next_ordinal", next_ordinal}})
      .Encode();
}

std::optional<KeyState> KeyState::Decode(ByteView in) {
  const auto root = CborValue::Parse(in);
  if (!root) return std::nullopt;
  try {
    if (IntField(*root, "version") != kVersion) return std::nullopt;
    KeyState out;
    out.batch.private_key = BytesField(*root, "batch_key");
    out.batch.certificate = BytesField(*root, "batch_certificate");
    out.batch.root_certificate = BytesField(*root, "root_certificate");
    for (const CborValue& item : Need(Field(*root, "credentials").AsArray())) {
      out.credentials.push_back(DecodeCredential(item));
    }
    out.pin_hash = BytesField(*root, "pin_hash");
    out.pin_retries = static_cast<int>(IntField(*root, "pin_retries"));
    out.pin_change_forced = Need(Field(*root, "pin_change_forced").AsBool());
    out.uv_retries = static_cast<int>(IntField(*root, "uv_retries"));
    out.counter = static_cast<uint32_t>(IntField(*root, "counter"));
    out.next_ordinal = IntField(*root, "next_ordinal");
    return out;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

}  // namespace fob::testing
