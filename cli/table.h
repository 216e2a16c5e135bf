#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fob::cli {

// Aligned columns for people. Cells may be anything: they are made printable here. A column that is
// empty in every row is left out. Each line ends with a newline and has no blanks before it.
class Table {
 public:
  explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}
  Table& Row(std::vector<std::string> cells);
  std::string Render() const;

 private:
  std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
};

// Names and values below each other. Values that are empty are left out.
class Fields {
 public:
  Fields& Add(std::string_view name, std::string_view value);
  std::string Render() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace fob::cli
