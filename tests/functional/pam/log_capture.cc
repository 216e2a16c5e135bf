#include "tests/functional/pam/log_capture.h"

#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace fob::testing {
namespace {

std::vector<std::string>*& Lines() {
  static std::vector<std::string>* lines = nullptr;
  return lines;
}

void Keep(const char* format, va_list arguments) {
  char line[2048];
  std::vsnprintf(line, sizeof line, format, arguments);
  const bool of_libpam = std::string_view(line).starts_with("PAM ");
  if (Lines() != nullptr && !of_libpam) Lines()->emplace_back(line);
}

}  // namespace

LogCapture::LogCapture() { Lines() = new std::vector<std::string>; }

LogCapture::~LogCapture() {
  delete Lines();
  Lines() = nullptr;
}

std::string LogCapture::text() const {
  std::string out;
  for (const std::string& line : *Lines()) out += line + "\n";
  return out;
}

}  // namespace fob::testing

// Before libc's: libpam calls one or the other, as it was built.
extern "C" void __syslog_chk(int, int, const char* format, ...) {  // NOLINT: the name is libc's
  va_list arguments;
  va_start(arguments, format);
  fob::testing::Keep(format, arguments);
  va_end(arguments);
}

extern "C" void syslog(int, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fob::testing::Keep(format, arguments);
  va_end(arguments);
}
