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
#include "cli/verbs.h"
#include "proto/json_fields.h"

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
  Child(const std::string& program, const std::string& file, const sigset_t& mask) {
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
    ::execl(program.c_str(), program.c_str(), "--check-config", file.c_str(), nullptr);
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

Result<std::string> ReadToEnd(const Context& context, int fd) {
  std::string said;
  const int64_t deadline = context.CallDeadline();
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

Status CheckReadable(const std::string& file) {
  if (::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0) return Ok();
  const Code code = errno == ENOENT || errno == ENOTDIR ? Code::kNotFound
                    : errno == EACCES                   ? Code::kNotPermitted
                                                        : Code::kInternal;
  return MakeError(code, "file_unreadable",
                   fmt::format("cannot read {}: {}", file, std::strerror(errno)));
}

Result<Output> Check(Context& context, const std::string& file) {
  FOB_CHECK(CheckReadable(file));
  const std::string fobd = FindFobd();
  if (::access(fobd.c_str(), X_OK) != 0) {
    return MakeError(
        Code::kNotFound, "no_fobd",
        fmt::format("there is no fobd to check it: {}: {}", fobd, std::strerror(errno)));
  }
  Child child(fobd, file, context.interrupts().former_mask());
  if (!child.started()) return MakeError(Code::kInternal, "fork_failed", "cannot start fobd");
  FOB_TRY(std::string said, ReadToEnd(context, child.output()));
  const int code = child.Wait();
  said.erase(said.find_last_not_of('\n') + 1);
  said = WithoutItsName(said);
  if (code == 0) {
    boost::json::object json;
    json["ok"] = true;
    json["file"] = proto::Text(file, {});
    json["message"] = proto::Text(said, {});
    return MakeOutput(std::move(json), said.empty() ? Printable(file) + " is good\n" : said + "\n");
  }
  if (code == 1)
    return MakeError(Code::kDenied, "config_refused", said.empty() ? file + " is not good" : said);
  return MakeError(Code::kInternal, "check_failed",
                   fmt::format("{}{}fobd ended with {}", said, said.empty() ? "" : "\n",
                               code < 0 ? "a signal" : fmt::to_string(code)));
}

}  // namespace

void AddConfigVerbs(Parser& parser) {
  const auto file = std::make_shared<std::string>("/etc/fob/fobd.toml");
  parser.AddGroup("config", "fobd's configuration");
  parser
      .AddVerb("config check", "Check a configuration as fobd would; exits 1 when it is refused",
               [file](Context& context) { return Check(context, *file); })
      .Defaulted("FILE,--file", *file, "The file")
      .Example("fobctl config check")
      .Example("fobctl config check ./fobd.toml.new");
}

}  // namespace fob::cli
