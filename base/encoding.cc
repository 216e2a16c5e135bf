#include "base/encoding.h"

#include <array>
#include <cstdint>

namespace fob {
namespace {

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::array<int8_t, 256> ReverseTable(std::string_view alphabet) {
  std::array<int8_t, 256> table{};
  for (auto& entry : table) entry = -1;
  for (size_t i = 0; i < alphabet.size(); ++i) table[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  return table;
}

constexpr auto kBase64UrlReverse = ReverseTable(kBase64Url);
constexpr auto kHexReverse = ReverseTable(kHex);

Error Malformed(std::string_view what) {
  return MakeError(Code::kInvalidArgument, "bad_encoding", std::string(what));
}

}  // namespace

std::string Base64UrlEncode(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (const uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out.push_back(kBase64Url[(buffer >> bits) & 0x3f]);
    }
  }
  if (bits > 0) out.push_back(kBase64Url[(buffer << (6 - bits)) & 0x3f]);
  return out;
}

Result<Bytes> Base64UrlDecode(std::string_view text) {
  if (text.size() % 4 == 1) return Malformed("base64url text of an impossible length");
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int8_t value = kBase64UrlReverse[static_cast<uint8_t>(c)];
    if (value < 0) return Malformed("a character outside the base64url alphabet");
    buffer = (buffer << 6) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<uint8_t>(buffer >> bits));
    }
  }
  if ((buffer & ((1u << bits) - 1)) != 0) return Malformed("base64url text with stray trailing bits");
  return out;
}

SecretBytes Base32Encode(const SecretBytes& bytes) {
  SecretBytes out((bytes.size() * 8 + 4) / 5);
  const auto to = out.RevealMutable();
  uint32_t buffer = 0;
  unsigned bits = 0;
  size_t at = 0;
  for (const uint8_t byte : bytes.Reveal()) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      to[at++] = static_cast<uint8_t>(kBase32[(buffer >> bits) & 0x1f]);
    }
  }
  if (bits > 0) to[at] = static_cast<uint8_t>(kBase32[(buffer << (5 - bits)) & 0x1f]);
  return out;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kUpperHex = "0123456789ABCDEF";
  constexpr std::string_view kMarks = "-._~";
  std::string out;
  out.reserve(text.size() * 3 / 2);
  for (const char c : text) {
    const bool unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            kMarks.find(c) != std::string_view::npos;
    if (unreserved) {
      out += c;
      continue;
    }
    const auto byte = static_cast<uint8_t>(c);
    out += '%';
    out += kUpperHex[byte >> 4];
    out += kUpperHex[byte & 0x0f];
  }
  return out;
}

std::string HexEncode(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 0x0f]);
  }
  return out;
}

Result<Bytes> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return Malformed("hexadecimal text of odd length");
  Bytes out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int8_t high = kHexReverse[static_cast<uint8_t>(text[i])];
    const int8_t low = kHexReverse[static_cast<uint8_t>(text[i + 1])];
    if (high < 0 || low < 0) return Malformed("a character that is not a hexadecimal digit");
    out.push_back(static_cast<uint8_t>((high << 4) | low));
  }
  return out;
}

}  // namespace fob
