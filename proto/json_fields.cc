#include "proto/json_fields.h"

#include <algorithm>

namespace fob::proto {

namespace json = boost::json;

Error BadField(std::string_view field) {
  return MakeError(Code::kInvalidArgument, "invalid_parameter", std::string(field));
}

Error UnknownField(const json::object& object, std::initializer_list<std::string_view> known) {
  for (const auto& pair : object) {
    const std::string_view key = pair.key();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return MakeError(Code::kInvalidArgument, "unknown_parameter", std::string(key.substr(0, 64)));
    }
  }
  return BadField("");
}

bool Read(const json::value& value, bool& out) {
  const bool* flag = value.if_bool();
  if (flag != nullptr) out = *flag;
  return flag != nullptr;
}

bool Read(const json::value& value, int64_t& out) {
  const int64_t* number = value.if_int64();
  if (number != nullptr) out = *number;
  return number != nullptr;
}

bool Read(const json::value& value, double& out) {
  if (const double* number = value.if_double()) return out = *number, true;
  int64_t whole = 0;
  if (!Read(value, whole)) return false;
  out = static_cast<double>(whole);
  return true;
}

bool Read(const json::value& value, std::string& out) {
  const json::string* text = value.if_string();
  if (text != nullptr) out.assign(text->data(), text->size());
  return text != nullptr;
}

bool Read(const json::value& value, SecretBytes& out) {
  const json::string* text = value.if_string();
  if (text != nullptr) out = SecretBytes(std::string_view(text->data(), text->size()));
  return text != nullptr;
}

bool Read(const json::value& value, JsonText& out) {
  if (!value.is_object()) return false;
  out.text = json::serialize(value);
  return true;
}

json::value Text(std::string_view text, const json::storage_ptr& storage) {
  return json::value(json::string_view(text.data(), text.size()), storage);
}

json::value Write(bool value, const json::storage_ptr& storage) { return json::value(value, storage); }
json::value Write(int64_t value, const json::storage_ptr& storage) { return json::value(value, storage); }
json::value Write(double value, const json::storage_ptr& storage) { return json::value(value, storage); }
json::value Write(const std::string& value, const json::storage_ptr& storage) { return Text(value, storage); }

json::value Write(const SecretBytes& value, const json::storage_ptr& storage) {
  return Text(value.RevealText(), storage);
}

json::value Write(const JsonText& value, const json::storage_ptr& storage) {
  boost::system::error_code error;
  json::value out = json::parse(json::string_view(value.text.data(), value.text.size()), error, storage);
  return error ? json::value(json::object(storage)) : out;
}

}  // namespace fob::proto
