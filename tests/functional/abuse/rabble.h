#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace fob::testing {

// A process of another uid that misbehaves until it is told to stop, at most a minute.
class Rabble {
 public:
  // `body` runs as `user`, again and again while `going()` holds; what it returns in the end is
  // Stop()'s. Throws std::runtime_error where nobody can become `user`.
  using Going = std::function<bool()>;
  Rabble(const std::string& user, const std::function<std::string(const Going&)>& body);
  ~Rabble();
  Rabble(const Rabble&) = delete;
  Rabble& operator=(const Rabble&) = delete;

  std::string Stop();
  std::string Wait();  // until it is done by itself

 private:
  pid_t pid_ = -1;
  UniqueFd hold_;  // closing it stops the child
  UniqueFd said_;
};

// A connection to `path`, not blocking; not valid where it is refused.
UniqueFd RawConnect(const std::string& path);
// Sends what there is room for.
void RawSend(int fd, std::string_view bytes);

// Hands an open descriptor over a socket (SCM_RIGHTS).
bool SendDescriptor(int socket, int fd);
UniqueFd TakeDescriptor(int socket);

// Resident memory of a process, in KiB.
int64_t ResidentKiB(pid_t pid);

// Of figures that are not sorted.
double Percentile(std::vector<double> figures, double percent);

}  // namespace fob::testing
