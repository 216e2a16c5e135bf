#include "devices/fido/client_data.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace fob::fido {
namespace {

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    size_t more = 0;
    uint32_t point = lead, least = 0;
    if (lead >= 0xf0 && lead < 0xf5) {
      more = 3, point = lead & 0x07, least = 0x10000;
    } else if ((lead & 0xf0) == 0xe0) {
      more = 2, point = lead & 0x0f, least = 0x800;
    } else if ((lead & 0xe0) == 0xc0) {
      more = 1, point = lead & 0x1f, least = 0x80;
    } else if (lead >= 0x80) {
      return false;
    }
    if (text.size() - i <= more) return false;
    for (size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = (point << 6) | (next & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    i += more + 1;
  }
  return true;
}

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
