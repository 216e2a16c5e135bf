#include "cli/table.h"

#include <algorithm>

#include "cli/text.h"

namespace fob::cli {
namespace {

constexpr size_t kGap = 2;  // blanks between columns

void AppendPadded(std::string& line, std::string_view cell, size_t width) {
  line += cell;
  line.append(width - std::min(width, DisplayWidth(cell)) + kGap, ' ');
}

void EndLine(std::string& out, std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
  line.clear();
}

}  // namespace

Table& Table::Row(std::vector<std::string> cells) {
  cells.resize(headers_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
  return *this;
}

std::string Table::Render() const {
  if (rows_.empty()) return "";
  std::vector<size_t> widths;
  for (size_t column = 0; column < headers_.size(); ++column) {
    size_t widest = 0;
    for (const auto& row : rows_) widest = std::max(widest, DisplayWidth(row[column]));
    widths.push_back(widest == 0 ? 0 : std::max(widest, DisplayWidth(headers_[column])));
  }
  std::string out;
  std::string line;
  const auto add = [&](const std::vector<std::string>& cells) {
    for (size_t column = 0; column < cells.size(); ++column) {
      if (widths[column] > 0) AppendPadded(line, cells[column], widths[column]);
    }
    EndLine(out, line);
  };
  add(headers_);
  for (const auto& row : rows_) add(row);
  return out;
}

Fields& Fields::Add(std::string_view name, std::string_view value) {
  if (!value.empty()) fields_.emplace_back(name, Printable(value));
  return *this;
}

std::string Fields::Render() const {
  size_t widest = 0;
  for (const auto& [name, value] : fields_) widest = std::max(widest, DisplayWidth(name));
  std::string out;
  std::string line;
  for (const auto& [name, value] : fields_) {
    AppendPadded(line, name, widest);
    line += value;
    EndLine(out, line);
  }
  return out;
}

}  // namespace fob::cli
