#include "devices/fido/client_data.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/utf8.h"

namespace fob::fido {
namespace {

void AppendString(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<uint8_t>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<uint8_t>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

Result<std::string> ClientDataJson(const ClientData& data) {
  if (data.challenge.size() < 16 || data.challenge.size() > 64) {
    return MakeError(Code::kInvalidArgument, "bad_client_data", "a challenge has 16 to 64 bytes");
  }
  std::string out = "{\"type\":";
  AppendString(out, data.type == ClientDataType::kGet ? "org.fobd.get" : "org.fobd.create");
  out += ",\"challenge\":";
  AppendString(out, Base64UrlEncode(data.challenge));
  const std::pair<std::string_view, std::string_view> members[] = {
      {"host", data.host}, {"user", data.user}, {"service", data.service}};
  for (const auto& [name, value] : members) {
    if (!IsUtf8(value)) {
      return MakeError(Code::kInvalidArgument, "bad_client_data",
                       fmt::format("a {} that is not UTF-8", name));
    }
    out += fmt::format(",\"{}\":", name);
    AppendString(out, value);
  }
  out += '}';
  return out;
}

}  // namespace fob::fido
