#include "daemon/crypto/strict_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <set>
#include <string>
#include <vector>

namespace fob::crypto {

namespace json = boost::json;

namespace {

constexpr size_t kMaxText = 8 * 1024;

// Sees every name once before the value is built.
struct NameCheck {
  static constexpr size_t max_object_size = 64;
  static constexpr size_t max_array_size = 64;
  static constexpr size_t max_key_size = 256;
  static constexpr size_t max_string_size = kMaxText;
  using error = json::error_code;
  using text = json::string_view;

  std::vector<std::set<std::string>> objects;
  std::string name;

  bool on_document_begin(error&) { return true; }
  bool on_document_end(error&) { return true; }
  bool on_object_begin(error&) { return objects.emplace_back(), true; }
  bool on_object_end(size_t, error&) { return objects.pop_back(), true; }
  bool on_array_begin(error&) { return true; }
  bool on_array_end(size_t, error&) { return true; }
  bool on_key_part(text part, size_t, error&) {
    return name.append(part.data(), part.size()), true;
  }
  bool on_key(text part, size_t, error& failed) {
    name.append(part.data(), part.size());
    const bool fresh = objects.back().insert(std::exchange(name, {})).second;
    if (!fresh) failed = json::error::syntax;
    return fresh;
  }
  bool on_string_part(text, size_t, error&) { return true; }
  bool on_string(text, size_t, error&) { return true; }
  bool on_number_part(text, error&) { return true; }
  bool on_int64(int64_t, text, error&) { return true; }
  bool on_uint64(uint64_t, text, error&) { return true; }
  bool on_double(double, text, error&) { return true; }
  bool on_bool(bool, error&) { return true; }
  bool on_null(error&) { return true; }
  bool on_comment_part(text, error&) { return true; }
  bool on_comment(text, error&) { return true; }
};

}  // namespace

Result<json::object> ParseStrictObject(std::string_view text) {
  const Error malformed =
      MakeError(Code::kInvalidArgument, "malformed", "not one JSON object with distinct names");
  if (text.size() > kMaxText) return malformed;
  json::parse_options options;
  options.max_depth = 4;
  json::basic_parser<NameCheck> check(options);
  json::error_code failed;
  const size_t used = check.write_some(false, text.data(), text.size(), failed);
  if (failed || used != text.size() || !check.done()) return malformed;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed || !value.is_object()) return malformed;
  return std::move(value.get_object());
}

}  // namespace fob::crypto
