#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What /proc says, out of its text (proc(5)). Nothing when the text is not of that form.
namespace fob::host {

// Field 22 of /proc/PID/stat: the start of the process, in clock ticks since boot. The second field is a
// name that the process chose, and may itself hold blanks and parentheses.
std::optional<uint64_t> StartTimeFromStat(std::string_view stat);

// /proc/PID/sessionid: the audit session, nothing when it was never set (4294967295).
std::optional<uint32_t> AuditSession(std::string_view text);

// The "Uid:" line of /proc/PID/status.
struct ProcessUids {
  uint32_t real = 0;
  uint32_t effective = 0;
  uint32_t saved = 0;
  bool Holds(uint32_t uid) const { return real == uid || effective == uid || saved == uid; }
};
std::optional<ProcessUids> UidsFromStatus(std::string_view status);

// The file name of a program from the link /proc/PID/exe, or from /proc/PID/comm. What would not print
// becomes '?': it is shown in prompts.
std::string ProgramName(std::string_view exe_or_comm);

// /proc/sys/kernel/random/boot_id, without its line end; empty when it is not a UUID.
std::string BootIdFromText(std::string_view text);

}  // namespace fob::host
