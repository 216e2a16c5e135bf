#pragma once

#include "tests/support/virtual_key/cbor_value.h"
#include "tests/support/virtual_key/ctap_status.h"

namespace fob::testing {

// The integer-keyed map that a CTAP2 command carries. Reading throws CtapFailure: missing
// parameter, or unexpected type.
class Parameters {
 public:
  // body: the request after its command byte. Throws kInvalidCbor, or kUnexpectedType when it is no
  // map.
  explicit Parameters(ByteView body);

  bool Has(int64_t key) const { return map_.Find(key) != nullptr; }
  // nullptr when absent.
  const Bytes* OptionalBytes(int64_t key) const;
  const std::string* OptionalText(int64_t key) const;
  const int64_t* OptionalInt(int64_t key) const;
  const CborValue* OptionalMap(int64_t key) const;
  const CborValue::Array* OptionalArray(int64_t key) const;

  const Bytes& NeedBytes(int64_t key) const { return Need(OptionalBytes(key)); }
  const std::string& NeedText(int64_t key) const { return Need(OptionalText(key)); }
  int64_t NeedInt(int64_t key) const { return Need(OptionalInt(key)); }
  const CborValue& NeedMap(int64_t key) const { return Need(OptionalMap(key)); }
  const CborValue::Array& NeedArray(int64_t key) const { return Need(OptionalArray(key)); }

 private:
  template <typename T>
  static const T& Need(const T* value) {
    if (value == nullptr) Fail(CtapStatus::kMissingParameter);
    return *value;
  }

  CborValue map_;
};

// Members of the text-keyed maps inside a command (rp, user, options, descriptors); same failures.
const Bytes& NeedBytesMember(const CborValue& map, std::string_view name);
const std::string& NeedTextMember(const CborValue& map, std::string_view name);
std::string TextMemberOr(const CborValue& map, std::string_view name, std::string fallback);
bool BoolMemberOr(const CborValue* map, std::string_view name, bool fallback);

// A list of PublicKeyCredentialDescriptors -> their ids; types other than "public-key" are skipped.
std::vector<Bytes> CredentialIds(const CborValue::Array& descriptors);

}  // namespace fob::testing
