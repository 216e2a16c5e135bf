#include "cli/fobd_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "cli/line_reader.h"

namespace fob::cli {
namespace {

constexpr size_t kMaxSaid = 64 * 1024;

// fobd beside this program, as in a build tree, or in ../sbin, or where it was to be installed.
std::string FindFobd() {
  std::string self(PATH_MAX, '\0');
  const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
  self.resize(size > 0 ? static_cast<size_t>(size) : 0);
  const std::string folder = self.substr(0, self.rfind('/'));
  for (std::string path : {folder + "/fobd", folder + "/../sbin/fobd"}) {
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return FOB_SBINDIR "/fobd";
}

// A child whose output we hold. It does not outlive this object.
class Child {
 public:
  Child(std::vector<std::string> words, const sigset_t& mask) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    output_.reset(ends[0]);
    const UniqueFd input(ends[1]);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(input.get(), 1);
    ::dup2(input.get(), 2);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool started() const { return pid_ > 0; }
  int output() const { return output_.get(); }
  // Its exit code; -1 when a signal ended it.
  int Wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  UniqueFd output_;
  pid_t pid_ = -1;
};

Result<std::string> ReadToEnd(const Context& context, int fd, int64_t deadline) {
  std::string said;
  char piece[4096];
  for (;;) {
    FOB_CHECK(WaitReadable(fd, context.interrupts().fd(), deadline));
    const ssize_t got = ::read(fd, piece, sizeof(piece));
    if (got == 0) return said;
    if (got > 0 && said.size() < kMaxSaid) said.append(piece, static_cast<size_t>(got));
  }
}

// fobd's lines without its name, in front of which ours is put.
std::string WithoutItsName(std::string_view said) {
  constexpr std::string_view kName = "fobd: ";
  std::string out;
  while (!said.empty()) {
    if (said.starts_with(kName)) said.remove_prefix(kName.size());
    const std::string_view line = said.substr(0, said.find('\n'));
    out += out.empty() ? "" : "\n";
    out += line;
    said.remove_prefix(std::min(said.size(), line.size() + 1));
  }
  return out;
}

}  // namespace

Result<FobdSaid> RunFobd(const Context& context, std::vector<std::string> arguments, int64_t deadline_ms) {
  const std::string fobd = FindFobd();
  if (::access(fobd.c_str(), X_OK) != 0) {
    return MakeError(Code::kNotFound, "no_fobd", fmt::format("there is no fobd: {}: {}", fobd, std::strerror(errno)));
  }
  arguments.insert(arguments.begin(), fobd);
  Child child(std::move(arguments), context.interrupts().former_mask());
  if (!child.started()) return MakeError(Code::kInternal, "fork_failed", "cannot start fobd");
  FobdSaid out;
  FOB_TRY(out.said, ReadToEnd(context, child.output(), deadline_ms));
  out.code = child.Wait();
  out.said.erase(out.said.find_last_not_of('\n') + 1);
  out.said = WithoutItsName(out.said);
  return out;
}

Error EndedOddly(const FobdSaid& fobd) {
  return MakeError(Code::kInternal, "fobd_failed",
                   fmt::format("{}{}fobd ended with {}", fobd.said, fobd.said.empty() ? "" : "\n",
                               fobd.code < 0 ? "a signal" : fmt::to_string(fobd.code)));
}

}  // namespace fob::cli
