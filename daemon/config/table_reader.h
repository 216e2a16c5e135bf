#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config/problems.h"
#include "daemon/config/sections.h"
#include "daemon/config/toml.h"

namespace fob::config {

// Reads one table of the file. A key that is absent leaves its variable as it is; a wrong one is reported
// and leaves it too. Keys that the section does not list are reported at once.
class TableReader {
 public:
  using Check = std::string (*)(std::string_view);  // see values.h

  TableReader(const toml::table& table, const Section& section, Problems& problems);

  bool Has(std::string_view key) const { return table_.contains(key); }
  Position PositionOf(std::string_view key) const;  // of its value; of the table when there is none
  Position position() const;

  void Text(std::string_view key, std::string& out, Check check);
  void Integer(std::string_view key, int64_t& out, int64_t least, int64_t most);
  void Integer(std::string_view key, int& out, int least, int most);

  // A list of texts without doubles; `one` also takes a single text instead of a list.
  enum class Doubles { kRefuse, kAllow };
  void Texts(std::string_view key, std::vector<std::string>& out, Check check, bool one, Doubles doubles);
  void Uids(std::string_view key, std::set<uint32_t>& out);
  std::optional<uint32_t> Uid(std::string_view key);

  // One of the words; nothing when the key is absent or wrong.
  template <typename T>
  std::optional<T> Choice(std::string_view key, std::initializer_list<std::pair<std::string_view, T>> words) {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : words) names.push_back(name);
    const auto word = Word(key, names);
    for (const auto& [name, value] : words) {
      if (word == name) return value;
    }
    return std::nullopt;
  }

  // The sub-table, or each of the repeated ones.
  std::vector<TableReader> Tables(std::string_view key);

  void Wrong(std::string_view key, std::string_view text);    // `key` <text>
  void Missing(std::string_view key, std::string_view text);

 private:
  void ReportUnknown(const toml::key& key);
  std::string Where() const;  // " in [rule]", or " at the top of the file"
  std::optional<std::string> Word(std::string_view key, const std::vector<std::string_view>& words);
  std::optional<int64_t> Whole(const toml::node& node, std::string_view key, int64_t least, int64_t most);

  const toml::table& table_;
  const Section& section_;
  Problems& problems_;
};

Position PositionOf(const toml::source_region& region);

}  // namespace fob::config
