#pragma once

#include <sys/types.h>
#include <termios.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace fob::testing {

// A folder of its own for a test.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::string Write(const std::string& name, const std::string& content) const;  // its path

 private:
  std::string path_;
};

struct Outcome {
  int code = -1;  // minus the signal when one ended it
  std::string out;
  std::string err;
};

using Environment = std::map<std::string, std::string>;

// The real fobctl, without a terminal, with the whole of its standard input. Ends within 20 s.
Outcome RunFobctl(const std::vector<std::string>& arguments, const std::string& input = "",
                  const Environment& environment = {}, const std::string& program = "");

// The real fobctl in the background, without a terminal and with standard input held open.
class Background {
 public:
  explicit Background(const std::vector<std::string>& arguments, const std::string& input = "");
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  pid_t pid() const { return pid_; }
  void Say(const std::string& text);
  void Signal(int number);
  std::string ReadLine();  // of its standard output
  Outcome Wait();

 private:
  pid_t pid_ = -1;
  UniqueFd in_, out_, err_;
  std::string held_;
};

// The real fobctl on a terminal of its own, as a person sees it.
class OnTerminal {
 public:
  explicit OnTerminal(const std::vector<std::string>& arguments, int columns = 120);
  ~OnTerminal();
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  pid_t pid() const { return pid_; }
  void Type(const std::string& text);
  void Signal(int number);
  // Reads what is shown until `text` is part of it; false after 10 s, or when the program ended
  // first.
  bool SeesNext(const std::string& text);
  // Waits until the terminal's echo is on or off; false after 10 s.
  bool EchoBecomes(bool on);
  // Waits until the program is stopped by job control.
  bool Stops();
  termios Modes() const;
  // Everything shown so far, and the exit code (minus a signal) once it ended.
  const std::string& seen() const { return seen_; }
  int Wait();

 private:
  bool ReadSome(int timeout_ms);

  pid_t pid_ = -1;
  UniqueFd master_;
  UniqueFd slave_;  // held open, so that the modes can be looked at when the program is gone
  std::string seen_;
  size_t looked_at_ = 0;
};

}  // namespace fob::testing
