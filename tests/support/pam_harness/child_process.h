#pragma once

#include <functional>
#include <string>

namespace fob::testing {

// What a forked child left behind.
struct ChildReport {
  std::string said;    // what the body returned
  std::string output;  // its stdout and stderr, where they were captured
};

// Runs `body` in a forked child and waits for it, at most 60 seconds. EXPECT_... work in the child:
// its failures fail the calling test. A child that is killed fails it too.
ChildReport RunInChild(const std::function<std::string()>& body, bool capture_output = false);

}  // namespace fob::testing
