#pragma once

#include <optional>
#include <variant>

#include "tests/support/virtual_key/bytes.h"

namespace fob::testing {

struct CborEntry;

// The part of CBOR (RFC 8949) that CTAP 2.1 clause 8 uses: integers, byte and text strings, arrays,
// maps, booleans and null. Encode always gives the canonical form: shortest heads, sorted map keys.
class CborValue {
 public:
  using Array = std::vector<CborValue>;
  using Map = std::vector<CborEntry>;

  CborValue() = default;  // null
  CborValue(int value) : value_(static_cast<int64_t>(value)) {}
  CborValue(int64_t value) : value_(value) {}
  CborValue(bool value) : value_(value) {}
  CborValue(const char* value) : value_(std::string(value)) {}
  CborValue(std::string value) : value_(std::move(value)) {}
  CborValue(Bytes value) : value_(std::move(value)) {}
  CborValue(Array value);
  CborValue(Map value);

  const int64_t* AsInt() const { return std::get_if<int64_t>(&value_); }
  const bool* AsBool() const { return std::get_if<bool>(&value_); }
  const std::string* AsText() const { return std::get_if<std::string>(&value_); }
  const Bytes* AsBytes() const { return std::get_if<Bytes>(&value_); }
  const Array* AsArray() const { return std::get_if<Array>(&value_); }
  const Map* AsMap() const { return std::get_if<Map>(&value_); }

  // The value under an integer or text key of a map; nullptr when absent or when this is no map.
  const CborValue* Find(int64_t key) const;
  const CborValue* Find(std::string_view key) const;

  void EncodeTo(Bytes& out) const;
  Bytes Encode() const;

  // One complete canonical item of at most 8 levels; nullopt for anything else: trailing bytes,
  // long heads, indefinite lengths, unsorted or duplicate keys, tags, floats, text that is not
  // UTF-8.
  static std::optional<CborValue> Parse(ByteView in);

 private:
  std::variant<std::monostate, int64_t, bool, std::string, Bytes, Array, Map> value_;
};

struct CborEntry {
  CborValue key;
  CborValue value;
};

}  // namespace fob::testing
