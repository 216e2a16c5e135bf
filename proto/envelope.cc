#include "proto/envelope.h"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "proto/json_fields.h"
#include "proto/limits.h"

namespace fob::proto {

namespace json = boost::json;

namespace {

// A message is built in one go and freed as a whole: what it takes stands in a row, in blocks that are wiped when the last
// of its values is gone.
class WipingResource final : public json::memory_resource {
 public:
  WipingResource() = default;
  WipingResource(const WipingResource&) = delete;
  WipingResource& operator=(const WipingResource&) = delete;
  ~WipingResource() override { Wipe(first_.data(), blocks_.empty() ? used_ : first_.size()); }

 private:
  void* do_allocate(size_t size, size_t align) override {
    const size_t at = (used_ + align - 1) / align * align;
    if (at <= space_.size() && size <= space_.size() - at) {
      used_ = at + size;
      return space_.data() + at;
    }
    blocks_.emplace_back(std::max(size, 2 * space_.size()));  // aligned for anything, as new is
    space_ = blocks_.back().RevealMutable();
    used_ = size;
    return space_.data();
  }
  void do_deallocate(void*, size_t, size_t) override {}
  bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }

  alignas(std::max_align_t) std::array<uint8_t, 3072> first_;  // enough for most
  std::vector<SecretBytes> blocks_;
  std::span<uint8_t> space_ = first_;  // where the next value goes
  size_t used_ = 0;                    // of it
};

}  // namespace
}  // namespace fob::proto

// Its values need not be taken apart one by one.
template <>
struct boost::json::is_deallocate_trivial<fob::proto::WipingResource> {
  static constexpr bool value = true;
};

namespace fob::proto {
namespace {

constexpr size_t kScratch = 2048;  // what is larger is built in the storage

Error Malformed(std::string text) { return MakeError(Code::kInvalidArgument, "malformed_message", std::move(text)); }

// Walks the text once before it is built: Boost.JSON would keep the last of duplicate keys.
struct KeyCheck {
  static constexpr size_t max_object_size = kMaxKeys;
  static constexpr size_t max_array_size = kMaxMessage;
  static constexpr size_t max_key_size = 256;
  static constexpr size_t max_string_size = kMaxMessage;
  using error = json::error_code;
  using text = json::string_view;

  struct Key {
    size_t hash;
    std::string text;
  };
  std::vector<Key> keys;        // of the objects that are open, the inner ones behind
  std::vector<size_t> objects;  // where the keys of each begin
  std::string key;
  bool duplicate = false;

  bool on_document_begin(error&) { return true; }
  bool on_document_end(error&) { return true; }
  bool on_object_begin(error&) { return objects.push_back(keys.size()), true; }
  bool on_object_end(size_t, error&) {
    keys.resize(objects.back());
    return objects.pop_back(), true;
  }
  bool on_array_begin(error&) { return true; }
  bool on_array_end(size_t, error&) { return true; }
  bool on_key_part(text part, size_t, error&) { return key.append(part.data(), part.size()), true; }
  bool on_key(text part, size_t, error& failed) {
    key.append(part.data(), part.size());
    const size_t hash = std::hash<std::string>()(key);
    duplicate = std::any_of(keys.begin() + static_cast<std::ptrdiff_t>(objects.back()), keys.end(),
                            [&](const Key& known) { return known.hash == hash && known.text == key; });
    if (duplicate) failed = json::error::syntax;
    keys.push_back({hash, std::exchange(key, {})});
    return !duplicate;
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

// Moves `parameters` out of an envelope; absent means empty.
Result<json::object> TakeParameters(json::object& envelope) {
  json::value* value = envelope.if_contains("parameters");
  if (value == nullptr || value->is_null()) return json::object(envelope.storage());
  if (!value->is_object()) return Malformed("parameters that are not an object");
  return std::move(value->get_object());
}

Result<bool> TakeFlag(const json::object& envelope, std::string_view name) {
  const json::value* value = envelope.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) return Malformed(std::string(name) + " that is not a boolean");
  return value->get_bool();
}

// "org.fobd.Login" + kNotPermitted -> "org.fobd.Login.NotPermitted"
std::string ErrorName(std::string_view interface, Code code) {
  std::string name(interface);
  name += '.';
  bool upper = true;
  for (const char c : CodeName(code)) {
    if (c == '_') {
      upper = true;
    } else {
      name += upper ? static_cast<char>(c - 'a' + 'A') : c;
      upper = false;
    }
  }
  return name;
}

Code CodeFromErrorName(std::string_view full) {
  const std::string_view last = full.substr(full.rfind('.') + 1);
  if (full.starts_with("org.varlink.service.")) {
    return last == "PermissionDenied" ? Code::kNotPermitted : Code::kInvalidArgument;
  }
  std::string snake;
  for (const char c : last) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !snake.empty()) snake += '_';
    snake += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return CodeFromName(snake).value_or(Code::kInternal);
}

std::string TextMember(const json::object& object, std::string_view name) {
  std::string out;
  if (const json::value* value = object.if_contains(json::string_view(name.data(), name.size()))) Read(*value, out);
  return out;
}

}  // namespace

json::storage_ptr WipingStorage() { return json::make_shared_resource<WipingResource>(); }

Result<json::object> ParseObject(std::string_view text) try {
  if (text.size() > kMaxMessage) return Malformed("a message of more than 64 KiB");
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code failed;
  json::basic_parser<KeyCheck> check(options);
  const size_t used = check.write_some(false, text.data(), text.size(), failed);
  if (check.handler().duplicate) return Malformed("a key that stands twice in one object");
  if (failed) return Malformed(failed == json::error::too_deep ? "JSON nested more than 8 deep" : "not well-formed JSON");
  if (used != text.size()) return Malformed("bytes after the JSON object");
  // Boost.JSON would build on the stack what it is reading, short strings included, and leave it there.
  SecretBytes scratch(kScratch);
  const json::storage_ptr storage = WipingStorage();
  json::parser parser(storage, options, scratch.RevealMutable().data(), scratch.size());
  parser.reset(storage);
  parser.write(text.data(), text.size(), failed);
  if (failed) return Malformed("not well-formed JSON");
  json::value value = parser.release();
  if (!value.is_object()) return Malformed("JSON that is not an object");
  return std::move(value.get_object());
} catch (const std::exception&) {
  return MakeError(Code::kExhausted, "out_of_memory", "no memory for a message");
}

SecretBytes EncodeFrame(const json::object& object) {
  json::serializer serializer;
  serializer.reset(&object);
  SecretBytes out(size_t{1024});
  size_t size = 0;
  while (!serializer.done()) {
    if (size + 1 >= out.size()) {
      SecretBytes larger(out.size() * 4);
      std::copy(out.Reveal().begin(), out.Reveal().end(), larger.RevealMutable().begin());
      out = std::move(larger);
    }
    size += serializer.read(reinterpret_cast<char*>(out.RevealMutable().data()) + size, out.size() - size - 1).size();
  }
  return SecretBytes(out.Reveal().first(size + 1));  // the byte after the text is still zero: the NUL
}

Result<Call> ParseCall(std::string_view message) {
  FOB_TRY(json::object envelope, ParseObject(message));
  for (const auto& member : envelope) {
    const auto key = member.key();
    if (key != "method" && key != "parameters" && key != "more" && key != "oneway" && key != "upgrade") {
      return Malformed("an unknown member of a call");
    }
  }
  std::string name;
  const json::value* method = envelope.if_contains("method");
  if (method == nullptr || !Read(*method, name)) return Malformed("a call without a method");
  FOB_TRY(const bool more, TakeFlag(envelope, "more"));
  FOB_TRY(const bool oneway, TakeFlag(envelope, "oneway"));
  FOB_TRY(const bool upgrade, TakeFlag(envelope, "upgrade"));
  if (upgrade) return Malformed("upgrade is not supported");
  if (more && oneway) return Malformed("a call with more and oneway at once");
  FOB_TRY(json::object parameters, TakeParameters(envelope));
  return Call{std::move(name), std::move(parameters), more, oneway};
}

SecretBytes EncodeCall(std::string_view method, json::object parameters, bool more) {
  json::object envelope(parameters.storage());
  envelope["method"] = json::string_view(method.data(), method.size());
  envelope["parameters"] = std::move(parameters);
  if (more) envelope["more"] = true;
  return EncodeFrame(envelope);
}

Result<Reply> ParseReply(std::string_view message) {
  FOB_TRY(json::object envelope, ParseObject(message));
  std::string name;
  if (const json::value* error = envelope.if_contains("error"); error != nullptr && !error->is_null()) {
    if (!Read(*error, name) || name.empty()) return Malformed("an error without a name");
  }
  FOB_TRY(const bool continues, TakeFlag(envelope, "continues"));
  FOB_TRY(json::object parameters, TakeParameters(envelope));
  return Reply{std::move(parameters), continues, std::move(name)};
}

SecretBytes EncodeReply(json::object parameters, bool continues) {
  json::object envelope(parameters.storage());
  envelope["parameters"] = std::move(parameters);
  if (continues) envelope["continues"] = true;
  return EncodeFrame(envelope);
}

SecretBytes EncodeError(std::string_view interface, const Error& error) {
  json::object envelope;
  envelope["error"] = Text(ErrorName(interface, error.code), {});
  envelope["parameters"] = json::object{{"reason", Text(error.reason, {})}, {"message", Text(error.text, {})}};
  return EncodeFrame(envelope);
}

SecretBytes EncodeServiceError(std::string_view name, std::string_view parameter, std::string_view value) {
  json::object envelope;
  envelope["error"] = Text("org.varlink.service." + std::string(name), {});
  json::object parameters;
  if (!parameter.empty()) parameters[json::string_view(parameter.data(), parameter.size())] = Text(value, {});
  envelope["parameters"] = std::move(parameters);
  return EncodeFrame(envelope);
}

Error ErrorFromReply(const Reply& reply) {
  Error error{CodeFromErrorName(reply.error), TextMember(reply.parameters, "reason"),
              TextMember(reply.parameters, "message")};
  if (reply.error.starts_with("org.varlink.service.")) {
    const std::string what = reply.error.substr(reply.error.rfind('.') + 1);
    for (const std::string_view key : {"parameter", "method", "interface"}) {
      if (const std::string named = TextMember(reply.parameters, key); !named.empty()) error.text = named;
    }
    error.reason = what;
    error.text = "the daemon answered " + what + (error.text.empty() ? "" : ": " + error.text);
  } else if (error.text.empty()) {
    error.text = "the daemon answered " + reply.error.substr(0, 128);
  }
  return error;
}

}  // namespace fob::proto
