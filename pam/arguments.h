#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace fob::pam {

// What stands behind pam_fob.so in a line of /etc/pam.d:
//
//   socket=PATH      where fobd listens; absolute
//   timeout=SECONDS  for the whole of authenticate, 1 to 600
//   after=password   an earlier line of this stack has checked the password (`requisite`)
struct Arguments {
  std::string socket = "/run/fob/fobd.sock";
  int64_t timeout_ms = 60'000;
  bool after_password = false;
};

// kInvalidArgument for an argument that is unknown, malformed or given twice; the text names it.
Result<Arguments> ParseArguments(std::span<const char* const> arguments);

}  // namespace fob::pam
