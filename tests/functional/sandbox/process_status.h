#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fob::testing {

// A line of the status of a process or thread in /proc, without its name.
inline std::string StatusIn(const std::string& folder, const std::string& name) {
  std::ifstream status(folder + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "none";
}

inline std::string StatusOf(pid_t pid, const std::string& name) { return StatusIn("/proc/" + std::to_string(pid), name); }

// Each of its threads.
inline void ExpectLocked(pid_t pid) {
  size_t threads = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    EXPECT_EQ(StatusIn(thread.path(), "NoNewPrivs"), "1") << thread.path();
    EXPECT_EQ(StatusIn(thread.path(), "Seccomp"), "2") << thread.path();
    ++threads;
  }
  EXPECT_GT(threads, 0u);
}

}  // namespace fob::testing
