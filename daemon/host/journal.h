#pragma once

#include <string>
#include <string_view>

namespace fob::host {

// As syslog(3) numbers them.
enum class Priority { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6 };

// Writes one line to stderr. When that is the journal's stream, the line carries its priority in front
// ("<4>..."), which the journal takes off (sd-daemon(3)); else the program's name. A line end or control character
// inside `message` is written as '?': nobody who is named in a line can forge a second one.
void Log(Priority priority, std::string_view message);

// What Log writes.
std::string LogLine(Priority priority, std::string_view message, bool to_journal);

// Whether stderr is the stream that $JOURNAL_STREAM names by device and inode.
bool StderrIsJournal();

}  // namespace fob::host
