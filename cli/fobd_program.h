#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace fob::cli {

// fobd as a program that does one thing and ends: what it can do and fobctl, which knows neither its
// configuration nor its store, cannot.
struct FobdSaid {
  int code = 0;  // its exit code; -1: a signal ended it
  std::string said;  // its lines, without its name in front
};

// Runs fobd, found beside this program or where it was to be installed, to its end.
Result<FobdSaid> RunFobd(const Context& context, std::vector<std::string> arguments, int64_t deadline_ms);

// For an exit code that is neither 0 nor 1.
Error EndedOddly(const FobdSaid& fobd);

}  // namespace fob::cli
