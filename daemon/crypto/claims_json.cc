#include "daemon/crypto/claims_json.h"

#include <charconv>
#include <optional>

#include "base/utf8.h"
#include "daemon/crypto/strict_json.h"

namespace fob::crypto {

namespace json = boost::json;

namespace {

void AppendEscaped(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return;
  }
  out += "\\u00";
  out += kHex[static_cast<uint8_t>(c) >> 4];
  out += kHex[static_cast<uint8_t>(c) & 0x0f];
}

// A JSON string (RFC 8259 clause 7). Runs that need no escape are copied whole.
bool AppendString(std::string_view text, std::string& out) {
  out += '"';
  size_t run = 0;
  size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<uint8_t>(text[at]);
    if (c >= 0x80) {
      const size_t size = FirstRune(text.substr(at)).size;
      if (size == 0) return false;
      at += size;
    } else if (c < 0x20 || c == '"' || c == '\\') {
      out.append(text.substr(run, at - run));
      AppendEscaped(text[at], out);
      run = ++at;
    } else {
      ++at;
    }
  }
  out.append(text.substr(run));
  out += '"';
  return true;
}

// Writes members one after the other and remembers whether all could be.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_.assign(1, '{'); }

  void Text(std::string_view name, std::string_view value) {
    Name(name);
    good_ = AppendString(value, out_) && good_;
  }
  void Required(std::string_view name, std::string_view value) {
    good_ = !value.empty() && good_;
    Text(name, value);
  }
  void Optional(std::string_view name, std::string_view value) {
    if (!value.empty()) Text(name, value);
  }
  void Number(std::string_view name, int64_t value) {
    Name(name);
    char digits[20];
    const auto [end, failed] = std::to_chars(digits, digits + sizeof digits, value);
    out_.append(digits, static_cast<size_t>(end - digits));
  }
  void List(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    Name(name);
    char before = '[';
    for (const std::string& value : values) {
      out_ += before;
      good_ = AppendString(value, out_) && good_;
      before = ',';
    }
    out_ += ']';
  }
  bool Close() {
    out_ += '}';
    return good_;
  }

 private:
  void Name(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  std::string& out_;
  bool good_ = true;
};

Error Malformed(std::string_view text) {
  return MakeError(Code::kDenied, "malformed", std::string(text));
}

// Takes members of one object; the first that is missing or of another type makes it bad.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  void Text(std::string_view name, std::string& out, bool required) {
    const json::value* value = Find(name, required);
    if (value == nullptr) return;
    if (value->is_string()) {
      out.assign(value->get_string().data(), value->get_string().size());
    } else {
      good_ = false;
    }
  }
  void Number(std::string_view name, int64_t& out, bool required) {
    const json::value* value = Find(name, required);
    if (value == nullptr) return;
    if (value->is_int64()) {
      out = value->get_int64();
    } else {
      good_ = false;
    }
  }
  void List(std::string_view name, std::vector<std::string>& out) {
    const json::value* value = Find(name, false);
    if (value == nullptr) return;
    good_ = value->is_array() && good_;
    if (!good_) return;
    for (const json::value& item : value->get_array()) {
      good_ = item.is_string() && good_;
      if (!good_) return;
      out.emplace_back(item.get_string().data(), item.get_string().size());
    }
  }
  bool good() const { return good_; }

 private:
  const json::value* Find(std::string_view name, bool required) {
    const json::value* value = object_.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr && required) good_ = false;
    return value;
  }
  const json::object& object_;
  bool good_ = true;
};

}  // namespace

Status WriteClaims(const core::AccessClaims& claims, std::string& out) {
  Members members(out);
  members.Required("iss", claims.issuer);
  members.Required("sub", claims.subject);
  members.Required("aud", claims.audience);
  members.Required("client_id", claims.client_id);
  members.Number("exp", claims.expires_at);
  members.Number("iat", claims.issued_at);
  members.Required("jti", claims.token_id);
  if (claims.auth_time != 0) members.Number("auth_time", claims.auth_time);
  members.List("amr", claims.amr);
  members.Optional("acr", claims.acr);
  members.Optional("sid", claims.session);
  members.Optional("scope", claims.scope);
  members.List("groups", claims.groups);
  if (!members.Close()) {
    return MakeError(Code::kInvalidArgument, "bad_claims", "a claim that is empty or not UTF-8");
  }
  return Ok();
}

Result<core::AccessClaims> ReadClaims(std::string_view text) {
  const auto object = ParseStrictObject(text);
  if (!object.ok()) return Malformed("a payload that is not a JSON object");
  core::AccessClaims claims;
  Reader reader(*object);
  reader.Text("iss", claims.issuer, true);
  reader.Text("sub", claims.subject, true);
  reader.Text("aud", claims.audience, true);
  reader.Text("client_id", claims.client_id, true);
  reader.Number("exp", claims.expires_at, true);
  reader.Number("iat", claims.issued_at, true);
  reader.Text("jti", claims.token_id, true);
  reader.Number("auth_time", claims.auth_time, false);
  reader.List("amr", claims.amr);
  reader.Text("acr", claims.acr, false);
  reader.Text("sid", claims.session, false);
  reader.Text("scope", claims.scope, false);
  reader.List("groups", claims.groups);
  if (!reader.good()) return Malformed("a payload without the claims of an access token");
  return claims;
}

Status WriteIdClaims(const core::IdClaims& claims, std::string_view at_hash, std::string& out) {
  Members members(out);
  members.Required("iss", claims.issuer);
  members.Required("sub", claims.subject);
  members.Required("aud", claims.audience);
  members.Number("exp", claims.expires_at);
  members.Number("iat", claims.issued_at);
  if (claims.auth_time != 0) members.Number("auth_time", claims.auth_time);
  members.Optional("nonce", claims.nonce);
  members.Optional("acr", claims.acr);
  members.List("amr", claims.amr);
  members.Optional("sid", claims.session);
  members.Required("at_hash", at_hash);
  members.Optional("preferred_username", claims.user);
  members.List("groups", claims.groups);
  if (!members.Close()) {
    return MakeError(Code::kInvalidArgument, "bad_claims", "a claim that is empty or not UTF-8");
  }
  return Ok();
}

Result<core::IdClaims> ReadIdClaims(std::string_view text) {
  const auto object = ParseStrictObject(text);
  if (!object.ok()) return Malformed("a payload that is not a JSON object");
  core::IdClaims claims;
  Reader reader(*object);
  reader.Text("iss", claims.issuer, true);
  reader.Text("sub", claims.subject, true);
  reader.Text("aud", claims.audience, true);
  reader.Text("sid", claims.session, false);
  if (!reader.good()) return Malformed("a payload without the claims of an ID token");
  return claims;
}

std::string WriteUserInfo(const core::UserClaims& claims) {
  std::string out;
  Members members(out);
  members.Required("sub", claims.subject);
  if (claims.profile) members.Optional("preferred_username", claims.user);
  members.List("groups", claims.groups);
  members.Close();
  return out;
}

Result<JwsHeader> ReadHeader(std::string_view text) {
  const auto object = ParseStrictObject(text);
  if (!object.ok()) return Malformed("a header that is not a JSON object");
  if (object->contains("crit") || object->contains("b64"))
    return Malformed("a header with unknown extensions");
  JwsHeader header;
  Reader reader(*object);
  reader.Text("alg", header.alg, true);
  reader.Text("typ", header.typ, false);
  reader.Text("kid", header.kid, false);
  if (!reader.good()) return Malformed("a header without an algorithm");
  return header;
}

}  // namespace fob::crypto
