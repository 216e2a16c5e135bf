#include "daemon/config/table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "daemon/config/spelling.h"

namespace fob::config {
namespace {

constexpr int64_t kLargestUid = std::numeric_limits<uint32_t>::max() - 1;  // the last one means "no uid"

std::string_view TypeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a fraction";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::array: return "a list";
    case toml::node_type::table: return "a table";
    default: return "a date or time";
  }
}

std::string Expected(std::string_view what, const toml::node& node) {
  return fmt::format("must be {}, and is {}", what, TypeName(node));
}

// A key as a message can show it: it may hold anything that TOML lets stand between quotes.
std::string Shown(std::string_view key) {
  std::string out(key.substr(0, 64));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

// As it is written in the file: "[timing]", "[[rule]]".
std::string Header(const Section& section) {
  const std::string name = "[" + std::string(section.name) + "]";
  return section.repeated ? "[" + name + "]" : name;
}

std::string List(const std::vector<std::string_view>& words) {
  return fmt::format("must be \"{}\"", fmt::join(words, "\" or \""));
}

}  // namespace

Position PositionOf(const toml::source_region& region) {
  return {std::max(1u, static_cast<unsigned>(region.begin.line)), std::max(1u, static_cast<unsigned>(region.begin.column))};
}

TableReader::TableReader(const toml::table& table, const Section& section, Problems& problems)
    : table_(table), section_(section), problems_(problems) {
  for (const auto& [key, node] : table_) {
    if (std::ranges::find(section_.keys, key.str()) == section_.keys.end()) ReportUnknown(key);
  }
}

Position TableReader::position() const { return config::PositionOf(table_.source()); }

Position TableReader::PositionOf(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return node == nullptr ? position() : config::PositionOf(node->source());
}

std::string TableReader::Where() const {
  if (section_.name.empty()) return "at the top of the file";
  return "in " + Header(section_);
}

void TableReader::ReportUnknown(const toml::key& key) {
  std::string hint;
  if (const std::string_view near = Nearest(key.str(), section_.keys); !near.empty()) {
    hint = fmt::format("; did you mean \"{}\"?", near);
  } else {
    for (const Section& other : Sections()) {
      if (std::ranges::find(other.keys, key.str()) == other.keys.end()) continue;
      hint = other.name.empty() ? "; it belongs at the top of the file, before any [section]"
                                : "; it belongs in " + Header(other);
    }
  }
  problems_.Add(config::PositionOf(key.source()), fmt::format("unknown key \"{}\" {}{}", Shown(key.str()), Where(), hint));
}

void TableReader::Wrong(std::string_view key, std::string_view text) {
  problems_.Add(PositionOf(key), fmt::format("\"{}\" {}", key, text));
}

void TableReader::Missing(std::string_view key, std::string_view text) {
  problems_.AddMissing(position(), fmt::format("\"{}\" is missing {}{}", key, Where(), text));
}

void TableReader::Text(std::string_view key, std::string& out, Check check) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return;
  const auto* text = node->as_string();
  if (text == nullptr) return Wrong(key, Expected("a text", *node));
  if (const std::string problem = check(text->get()); !problem.empty()) return Wrong(key, problem);
  out = text->get();
}

std::optional<int64_t> TableReader::Whole(const toml::node& node, std::string_view key, int64_t least, int64_t most) {
  const auto* number = node.as_integer();
  std::string problem;
  if (number == nullptr) {
    problem = Expected("a whole number", node);
  } else if (number->get() < least || number->get() > most) {
    problem = fmt::format("must be {} to {}, and is {}", least, most, number->get());
  } else {
    return number->get();
  }
  problems_.Add(config::PositionOf(node.source()), fmt::format("\"{}\" {}", key, problem));
  return std::nullopt;
}

void TableReader::Integer(std::string_view key, int64_t& out, int64_t least, int64_t most) {
  if (const toml::node* node = table_.get(key)) out = Whole(*node, key, least, most).value_or(out);
}

void TableReader::Integer(std::string_view key, int& out, int least, int most) {
  int64_t wide = out;
  Integer(key, wide, least, most);
  out = static_cast<int>(wide);
}

void TableReader::Texts(std::string_view key, std::vector<std::string>& out, Check check, bool one, Doubles doubles) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return;
  std::vector<std::string> texts;
  const auto take = [&](const toml::node& item) {
    const Position at = config::PositionOf(item.source());
    const auto* text = item.as_string();
    if (text == nullptr) return problems_.Add(at, fmt::format("\"{}\" {}", key, Expected("a list of texts", item)));
    if (const std::string problem = check(text->get()); !problem.empty()) {
      return problems_.Add(at, fmt::format("\"{}\" {}", key, problem));
    }
    if (doubles == Doubles::kRefuse && std::ranges::find(texts, text->get()) != texts.end()) {
      return problems_.Add(at, fmt::format("\"{}\" names \"{}\" twice", key, text->get()));
    }
    texts.push_back(text->get());
  };
  if (const auto* list = node->as_array()) {
    if (list->empty()) return Wrong(key, "must not be an empty list");
    for (const toml::node& item : *list) take(item);
  } else if (one && node->is_string()) {
    take(*node);
  } else {
    return Wrong(key, Expected(one ? "a text or a list of texts" : "a list of texts", *node));
  }
  out = std::move(texts);
}

void TableReader::Uids(std::string_view key, std::set<uint32_t>& out) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return;
  const auto* list = node->as_array();
  if (list == nullptr) return Wrong(key, Expected("a list of uids", *node));
  if (list->empty()) return Wrong(key, "must not be an empty list: without a trusted uid nobody can log in or administer");
  std::set<uint32_t> uids;
  for (const toml::node& item : *list) {
    const auto uid = Whole(item, key, 0, kLargestUid);
    if (!uid.has_value()) return;
    if (!uids.insert(static_cast<uint32_t>(*uid)).second) {
      problems_.Add(config::PositionOf(item.source()), fmt::format("\"{}\" names {} twice", key, *uid));
    }
  }
  out = std::move(uids);
}

std::optional<uint32_t> TableReader::Uid(std::string_view key) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  const auto uid = Whole(*node, key, 0, kLargestUid);
  if (!uid.has_value()) return std::nullopt;
  return static_cast<uint32_t>(*uid);
}

std::optional<std::string> TableReader::Word(std::string_view key, const std::vector<std::string_view>& words) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  const auto* text = node->as_string();
  if (text != nullptr && std::ranges::find(words, text->get()) != words.end()) return text->get();
  Wrong(key, List(words));
  return std::nullopt;
}

std::vector<TableReader> TableReader::Tables(std::string_view key) {
  std::vector<TableReader> out;
  const toml::node* node = table_.get(key);
  if (node == nullptr) return out;
  const Section& section = SectionNamed(key);
  const auto* list = node->as_array();
  if (section.repeated && list != nullptr) {
    for (const toml::node& item : *list) {
      if (const auto* table = item.as_table()) {
        out.emplace_back(*table, section, problems_);
      } else {
        problems_.Add(config::PositionOf(item.source()), fmt::format("\"{}\" {}", key, Expected("a table", item)));
      }
    }
  } else if (const auto* table = node->as_table(); table != nullptr && !section.repeated) {
    out.emplace_back(*table, section, problems_);
  } else {
    Wrong(key, "must be written as " + Header(section));
  }
  return out;
}

}  // namespace fob::config
