#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fob::config {

// Where something stands in the file; both count from 1.
struct Position {
  unsigned line = 1;
  unsigned column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// Collects what is wrong with a file and reports what a reader of the file would find first. What is
// missing ranks behind what is wrong: a misspelt key explains both.
class Problems {
 public:
  explicit Problems(std::string_view file) : file_(file) {}

  void Add(Position at, std::string text) { Keep(wrong_, at, std::move(text)); }
  void AddMissing(Position at, std::string text) { Keep(missing_, at, std::move(text)); }

  // kInvalidArgument/"bad_config": "fobd.toml:12:1: unknown key ...".
  std::optional<Error> First() const;

 private:
  struct Problem {
    Position at;
    std::string text;
  };
  static void Keep(std::optional<Problem>& first, Position at, std::string text);

  std::string file_;
  std::optional<Problem> wrong_;
  std::optional<Problem> missing_;
};

}  // namespace fob::config
