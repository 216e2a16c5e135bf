#include "web/config/settings.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "daemon/config/toml.h"
#include "web/http/proxies.h"

namespace fob::web {
namespace {

constexpr size_t kLargestFile = 64 * 1024;

// Remembers the first thing that is wrong.
class Reader {
 public:
  Reader(const toml::table& table, std::string_view file, std::optional<Error>& wrong)
      : table_(table), file_(file), wrong_(wrong) {}
  ~Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void Text(std::string_view key, std::string& out) {
    if (const auto* node = Find(key)) Take(*node, key, node->value<std::string>(), "a text", out);
  }
  void Flag(std::string_view key, bool& out) {
    if (const auto* node = Find(key)) Take(*node, key, node->value_exact<bool>(), "true or false", out);
  }
  template <typename T>
  void Number(std::string_view key, T& out, int64_t least, int64_t most, int64_t unit = 1) {
    const auto* node = Find(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<int64_t>();
    if (!value || *value < least || *value > most) {
      return Wrong(*node, std::string(key) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    out = static_cast<T>(*value * unit);
  }
  // Each of them must be one that Proxies takes.
  void Peers(std::string_view key, std::vector<std::string>& out) {
    const auto* node = Find(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) return Wrong(*node, std::string(key) + " must be a list of texts");
    std::vector<std::string> texts;
    for (const auto& one : *array) {
      const auto text = one.value_exact<std::string>();
      if (!text) return Wrong(one, std::string(key) + " must be a list of texts");
      if (const auto peer = Proxies::Parse({*text}); !peer.ok()) return Wrong(one, std::string(key) + ": " + peer.error().text);
      texts.push_back(*text);
    }
    out = std::move(texts);
  }
  void Address(std::string_view key, std::string& out) {
    Text(key, out);
    if (out.empty()) return;
    if (const Status good = CheckAddress(out); !good.ok()) Wrong(*Find(key), good.error().text);
  }
  template <typename Each>
  void Tables(std::string_view key, Each each) {
    const auto* node = Find(key);
    if (node == nullptr) return;
    if (const auto* table = node->as_table()) return One(*table, each);
    const auto* array = node->as_array();
    if (array == nullptr || !array->is_array_of_tables()) return Wrong(*node, std::string(key) + " must be a table");
    for (const auto& one : *array) One(*one.as_table(), each);
  }
  // After everything that is known was asked for.
  void RefuseOthers() {
    for (const auto& [key, node] : table_) {
      if (!known_.contains(std::string(key.str()))) Wrong(node, "unknown key " + std::string(key.str()));
    }
  }
  void Wrong(const toml::node& node, const std::string& text) {
    if (wrong_) return;
    wrong_ = MakeError(Code::kInvalidArgument, "bad_config", Where(node) + ": " + text);
  }
  const toml::table& table() const { return table_; }
  std::string Where(const toml::node& node) const {
    const auto& at = node.source().begin;
    return std::string(file_) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }

 private:
  const toml::node* Find(std::string_view key) {
    known_.insert(std::string(key));
    return table_.get(key);
  }
  template <typename T>
  void Take(const toml::node& node, std::string_view key, const std::optional<T>& value, std::string_view what, T& out) {
    if (!value) return Wrong(node, std::string(key) + " must be " + std::string(what));
    out = *value;
  }
  template <typename Each>
  void One(const toml::table& table, Each each) {
    Reader reader(table, file_, wrong_);
    each(reader);
    reader.RefuseOthers();
  }

  const toml::table& table_;
  const std::string_view file_;
  std::optional<Error>& wrong_;
  std::set<std::string> known_;
};

void ReadListen(Reader& reader, Settings& settings) {
  Settings::Listen listen;
  reader.Address("address", listen.address);
  reader.Text("socket", listen.socket);
  reader.Flag("tls", listen.tls);
  reader.Number("mode", listen.mode, 0, 0777);
  if (listen.address.empty() == listen.socket.empty()) {
    reader.Wrong(reader.table(), "each [[listen]] names an address or a socket");
  }
  if (!listen.socket.empty() && !listen.socket.starts_with('/')) reader.Wrong(reader.table(), "socket must be an absolute path");
  settings.listen.push_back(std::move(listen));
}

void ReadLimits(Reader& reader, ServerLimits& limits) {
  reader.Number("connections", limits.connections, 1, 60'000);
  reader.Number("connections_per_address", limits.connections_per_address, 1, 60'000);
  reader.Number("header_bytes", limits.message.header_bytes, 1024, 64 * 1024);
  reader.Number("body_bytes", limits.message.body_bytes, 1024, 1024 * 1024);
  reader.Number("header_seconds", limits.header_ms, 1, 300, 1000);
  reader.Number("body_seconds", limits.body_ms, 1, 300, 1000);
  reader.Number("idle_seconds", limits.idle_ms, 1, 3600, 1000);
  reader.Number("write_seconds", limits.write_ms, 1, 300, 1000);
}

}  // namespace

bool Settings::wants_tls() const {
  return !certificate.empty() || std::ranges::any_of(listen, [](const Listen& one) { return one.tls; });
}

Result<Settings> ParseSettings(std::string_view text, std::string_view file) {
  if (text.size() > kLargestFile) {
    return MakeError(Code::kInvalidArgument, "bad_config", std::string(file) + ": a configuration has at most 64 KiB");
  }
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const auto& at = parsed.error().source().begin;
    return MakeError(Code::kInvalidArgument, "bad_config", std::string(file) + ":" + std::to_string(at.line) + ":" +
                                                               std::to_string(at.column) + ": " + std::string(parsed.error().description()));
  }
  Settings settings;
  std::optional<Error> wrong;
  Reader reader(parsed.table(), file, wrong);
  reader.Text("fobd", settings.fobd);
  reader.Number("connections_to_fobd", settings.lines, 1, 64);
  reader.Number("call_seconds", settings.call_ms, 1, 60, 1000);
  reader.Peers("proxies", settings.proxies);
  reader.Peers("metrics_from", settings.metrics_from);
  reader.Flag("access_log", settings.access_log);
  reader.Tables("listen", [&](Reader& each) { ReadListen(each, settings); });
  reader.Tables("tls", [&](Reader& each) {
    each.Text("certificate", settings.certificate);
    each.Text("key", settings.key);
    settings.tls_at = each.Where(each.table());
    if (settings.certificate.empty() || settings.key.empty()) each.Wrong(each.table(), "[tls] needs certificate and key");
  });
  reader.Tables("limits", [&](Reader& each) { ReadLimits(each, settings.limits); });
  reader.RefuseOthers();
  if (!wrong && settings.wants_tls() && settings.certificate.empty()) {
    reader.Wrong(reader.table(), "a [[listen]] with tls needs [tls] with certificate and key");
  }
  if (wrong) return *wrong;
  return settings;
}

Result<Settings> LoadSettings(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    return MakeError(Code::kInvalidArgument, "bad_config", file + ": cannot be read, or is empty");
  }
  return ParseSettings(text.str(), file);
}

}  // namespace fob::web
