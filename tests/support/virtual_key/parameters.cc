#include "tests/support/virtual_key/parameters.h"

namespace fob::testing {
namespace {

template <typename T>
const T* Typed(const CborValue* value, const T* (CborValue::*as)() const) {
  if (value == nullptr) return nullptr;
  const T* typed = (value->*as)();
  if (typed == nullptr) Fail(CtapStatus::kUnexpectedType);
  return typed;
}

template <typename T>
const T& NeedMember(const CborValue& map, std::string_view name,
                    const T* (CborValue::*as)() const) {
  const T* typed = Typed(map.Find(name), as);
  if (typed == nullptr) Fail(CtapStatus::kMissingParameter);
  return *typed;
}

}  // namespace

Parameters::Parameters(ByteView body) {
  auto parsed = CborValue::Parse(body);
  if (!parsed) Fail(CtapStatus::kInvalidCbor);
  if (parsed->AsMap() == nullptr) Fail(CtapStatus::kUnexpectedType);
  map_ = std::move(*parsed);
}

const Bytes* Parameters::OptionalBytes(int64_t key) const {
  return Typed(map_.Find(key), &CborValue::AsBytes);
}
const std::string* Parameters::OptionalText(int64_t key) const {
  return Typed(map_.Find(key), &CborValue::AsText);
}
const int64_t* Parameters::OptionalInt(int64_t key) const {
  return Typed(map_.Find(key), &CborValue::AsInt);
}

const CborValue* Parameters::OptionalMap(int64_t key) const {
  const CborValue* value = map_.Find(key);
  Typed(value, &CborValue::AsMap);
  return value;
}

const CborValue::Array* Parameters::OptionalArray(int64_t key) const {
  return Typed(map_.Find(key), &CborValue::AsArray);
}

const Bytes& NeedBytesMember(const CborValue& map, std::string_view name) {
  return NeedMember(map, name, &CborValue::AsBytes);
}

const std::string& NeedTextMember(const CborValue& map, std::string_view name) {
  return NeedMember(map, name, &CborValue::AsText);
}

std::string TextMemberOr(const CborValue& map, std::string_view name, std::string fallback) {
  const std::string* text = Typed(map.Find(name), &CborValue::AsText);
  return text != nullptr ? *text : fallback;
}

bool BoolMemberOr(const CborValue* map, std::string_view name, bool fallback) {
  if (map == nullptr) return fallback;
  const bool* flag = Typed(map->Find(name), &CborValue::AsBool);
  return flag != nullptr ? *flag : fallback;
}

std::vector<Bytes> CredentialIds(const CborValue::Array& descriptors) {
  std::vector<Bytes> out;
  for (const CborValue& descriptor : descriptors) {
    if (descriptor.AsMap() == nullptr) Fail(CtapStatus::kUnexpectedType);
    const Bytes& id = NeedBytesMember(descriptor, "id");
    if (NeedTextMember(descriptor, "type") == "public-key") out.push_back(id);
  }
  return out;
}

}  // namespace fob::testing
