#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/text.h"
#include "proto/messages_json.h"

namespace fob::cli {

using proto::ToJson;  // --json prints fobd's own messages

// What a verb gave: for --json, for people, or both. Only this goes to stdout.
struct Output {
  boost::json::object json;
  TextBuffer text;     // ends with a newline unless empty
  std::string notice;  // beside the result, for people: stderr, not with --quiet
  std::string unshown;  // what was done, and the way to what got lost, when stdout takes nothing
  ExitCode exit_code = kDone;
  bool printed = false;  // the verb did so itself
};

Output MakeOutput(boost::json::object json, std::string_view text, std::string_view notice = {});
// A secret, alone on its line.
Output SecretOutput(boost::json::object json, const SecretBytes& secret,
                    std::string_view notice = {});

// Writes all of it; between the pieces, gives up when `interrupt_fd` is readable (-1: never).
Status WriteAll(int fd, std::string_view text, int interrupt_fd);

// One JSON document and a newline.
Status WriteJson(int fd, const boost::json::object& json, int interrupt_fd);

// {"error": {"code", "reason", "message"}}
boost::json::object ErrorJson(const Error& error);
// "fobctl: ..." with, where there is one, the way out on a second line.
std::string ErrorText(const Error& error);

}  // namespace fob::cli
