#include "daemon/core/backup_format.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace fob::core {
namespace {

constexpr std::string_view kFirstLine = "fob backup 1\n";

// Takes "name value\n" from the front.
bool TakeLine(std::string_view& text, std::string_view name, std::string_view& value) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name) || name.size() >= end ||
      text[name.size()] != ' ') {
    return false;
  }
  value = text.substr(name.size() + 1, end - name.size() - 1);
  text.remove_prefix(end + 1);
  return true;
}

bool TakeNumber(std::string_view& text, std::string_view name, int64_t& out) {
  std::string_view value;
  if (!TakeLine(text, name, value)) return false;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), out);
  return failed == std::errc() && end == value.data() + value.size() && out >= 0;
}

bool TakeHex(std::string_view& text, std::string_view name, Bytes& out) {
  std::string_view value;
  if (!TakeLine(text, name, value)) return false;
  auto bytes = HexDecode(value);
  if (bytes.ok()) out = *std::move(bytes);
  return bytes.ok() && !out.empty();
}

void AddLine(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(" ").append(value).append("\n");
}

}  // namespace

SecretBytes FormatHeader(const BackupHeader& header) {
  std::string text(kFirstLine);
  text.reserve(kMaxBackupHeader);  // so that no former home keeps the key
  AddLine(text, "version", header.version);
  AddLine(text, "schema", std::to_string(header.schema));
  AddLine(text, "epoch", std::to_string(header.epoch));
  AddLine(text, "created_at", std::to_string(header.created_at));
  AddLine(text, "head_seq", std::to_string(header.head_seq));
  AddLine(text, "head_hash", HexEncode(header.head_hash));
  AddLine(text, "master_key", header.master_key);
  AddLine(text, "database", std::to_string(header.database));
  if (header.key.has_value()) {
    std::string hex = HexEncode(header.key->Reveal());
    AddLine(text, "key", hex);
    Wipe(hex.data(), hex.size());
  }
  text += "\n";
  SecretBytes out{std::string_view(text)};
  Wipe(text.data(), text.size());
  return out;
}

std::string FormatTrailer(const BackupTrailer& trailer) {
  std::string text;
  AddLine(text, "sha256", HexEncode(trailer.sha256));
  AddLine(text, "signature", Base64UrlEncode(trailer.signature));
  return text + "end\n";
}

Bytes BackupStatement(const Bytes& sha256) {
  Bytes out(kFirstLine.size() + sha256.size());
  std::ranges::copy(kFirstLine, out.begin());
  std::ranges::copy(sha256, out.begin() + static_cast<ptrdiff_t>(kFirstLine.size()));
  return out;
}

Result<ParsedHeader> ParseBackupHeader(std::string_view text) {
  const Error bad = MakeError(Code::kCorrupt, "not_a_backup", "it is no backup of fob, or of another version");
  const size_t whole = text.size();
  if (!text.starts_with(kFirstLine)) return bad;
  text.remove_prefix(kFirstLine.size());
  ParsedHeader out;
  BackupHeader& header = out.header;
  std::string_view version;
  std::string_view master_key;
  if (!TakeLine(text, "version", version) || !TakeNumber(text, "schema", header.schema) ||
      !TakeNumber(text, "epoch", header.epoch) || !TakeNumber(text, "created_at", header.created_at) ||
      !TakeNumber(text, "head_seq", header.head_seq) || !TakeHex(text, "head_hash", header.head_hash) ||
      !TakeLine(text, "master_key", master_key) || !TakeNumber(text, "database", header.database)) {
    return bad;
  }
  header.version = version;
  header.master_key = master_key;
  if (!text.starts_with('\n')) {
    Bytes key;
    if (!TakeHex(text, "key", key)) return bad;
    header.key = SecretBytes(ByteView(key));
    Wipe(key);
  }
  if (!text.starts_with('\n')) return bad;
  text.remove_prefix(1);
  out.size = whole - text.size();
  if (out.size > kMaxBackupHeader) return bad;
  return out;
}

Result<BackupTrailer> ParseBackupTrailer(std::string_view text) {
  BackupTrailer trailer;
  std::string_view signature;
  if (TakeHex(text, "sha256", trailer.sha256) && TakeLine(text, "signature", signature) && text == "end\n") {
    if (auto bytes = Base64UrlDecode(signature); bytes.ok()) {
      trailer.signature = *std::move(bytes);
      return trailer;
    }
  }
  return MakeError(Code::kCorrupt, "backup_cut_off", "it does not end as a backup does: cut off, or damaged");
}

}  // namespace fob::core
