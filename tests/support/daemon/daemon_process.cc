#include "tests/support/daemon/daemon_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/random.h"
#include "tests/support/daemon/file_clock.h"
#include "tests/support/process/process.h"

namespace fob::testing {
namespace {

constexpr int kPatienceMs = 30'000;

void WriteFile(const std::string& path, std::string_view content, mode_t mode) {
  ::unlink(path.c_str());
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      ::fchmod(file.get(), mode) != 0) {
    throw std::runtime_error("cannot write " + path);
  }
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

DaemonProcess::DaemonProcess(DaemonSetup setup, std::string folder)
    : setup_(std::move(setup)),
      own_folder_(folder.empty()),
      folder_(folder.empty() ? MakeFolder("fob-daemon") : std::move(folder)) {
  ::chmod(folder_.c_str(), 0711);
  for (const char* name : {"/etc", "/state", "/keys"})
    std::filesystem::create_directory(folder_ + name);
  ::chmod(Path("state").c_str(), 0700);
  WriteFile(Path("etc/master.key"), SystemRandom().TakeSecret(32).RevealText(), 0400);
  WriteConfig();
  if (setup_.time) SetTime(*setup_.time);
}

DaemonProcess::~DaemonProcess() {
  Kill();
  std::error_code ignored;
  if (own_folder_) std::filesystem::remove_all(folder_, ignored);
}

void DaemonProcess::Configure(DaemonSetup setup) {
  if (!setup.time) setup.time = setup_.time;
  setup_ = std::move(setup);
  WriteConfig();
}

void DaemonProcess::WriteConfig() const {
  std::ostringstream text;
  text << "issuer = " << Quoted(setup_.issuer)
       << "\nrp_id = \"localhost\"\nsocket = " << Quoted(socket())
       << "\nstate_dir = " << Quoted(Path("state"))
       << "\nmaster_key = " << Quoted(Path("etc/master.key")) << "\nworker = [";
  std::vector<std::string> worker = setup_.worker;
  if (worker.empty()) worker = {ProgramFolder() + "/fob-keyd-virtual", "--keys", keys()};
  for (size_t i = 0; i < worker.size(); ++i) text << (i == 0 ? "" : ", ") << Quoted(worker[i]);
  text << "]\ntrusted_uids = [";
  std::vector<uint32_t> trusted = setup_.trusted_uids;
  if (trusted.empty()) trusted.push_back(::geteuid());
  for (size_t i = 0; i < trusted.size(); ++i) text << (i == 0 ? "" : ", ") << trusted[i];
  text << "]\n" << setup_.tables << "\n" << setup_.rules;
  WriteFile(config(), text.str(), 0600);
}

void DaemonProcess::SetTime(int64_t unix_seconds) {
  setup_.time = unix_seconds;
  FileClock::Set(Path("clock"), unix_seconds);
}

void DaemonProcess::Spawn(int ready) {
  std::vector<std::string> words = {ProgramFolder() + (setup_.time ? "/fobd-clock" : "/fobd")};
  if (setup_.time) {
    words.insert(words.end(), {config(), Path("clock")});
  } else {
    words.insert(words.end(), {"--config", config()});
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string notify = Path("ready.sock");
  const UniqueFd log(
      ::open(Path("fobd.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(nothing.get(), 0);
    ::dup2(log.get(), 1);
    ::dup2(log.get(), 2);
    ::unsetenv("CREDENTIALS_DIRECTORY");
    ::unsetenv("LISTEN_PID");
    if (ready >= 0) ::setenv("NOTIFY_SOCKET", notify.c_str(), 1);
    try {
      if (setup_.before) setup_.before();
    } catch (const std::exception& failed) {
      std::fprintf(stderr, "%s\n", failed.what());
      ::_exit(126);
    }
    ::execv(argv[0], argv.data());
    std::perror(argv[0]);
    ::_exit(127);
  }
}

void DaemonProcess::Start() {
  const UniqueFd ready = ReadySocket(Path("ready.sock"));
  Spawn(ready.get());
  const UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  for (;;) {
    pollfd fds[2] = {{ready.get(), POLLIN, 0}, {ended.get(), POLLIN, 0}};
    const int got = ::poll(fds, 2, kPatienceMs);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || fds[0].revents == 0) {
      Kill();
      throw std::runtime_error("fobd did not start: " + log());
    }
    char message[512];
    const ssize_t size = ::recv(ready.get(), message, sizeof message, 0);
    if (size > 0 && std::string_view(message, static_cast<size_t>(size)).starts_with("READY=1"))
      return;
  }
}

int DaemonProcess::Reap() {
  if (pid_ <= 0) return 0;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int DaemonProcess::Stop() {
  if (pid_ <= 0) return 0;
  ::kill(pid_, SIGTERM);
  const UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd waiting{ended.get(), POLLIN, 0};
  if (::poll(&waiting, 1, kPatienceMs) <= 0) {
    Kill();
    throw std::runtime_error("fobd did not end: " + log());
  }
  return Reap();
}

void DaemonProcess::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  Reap();
}

int DaemonProcess::RunToEnd() {
  Spawn(-1);
  const UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd waiting{ended.get(), POLLIN, 0};
  if (::poll(&waiting, 1, kPatienceMs) <= 0) {
    Kill();
    throw std::runtime_error("fobd serves although it must not: " + log());
  }
  return Reap();
}

std::string DaemonProcess::log() const {
  std::ostringstream text;
  text << std::ifstream(Path("fobd.log")).rdbuf();
  return text.str();
}

proto::Connection DaemonProcess::Connect() const {
  auto connection = proto::Connection::Open(socket(), proto::DeadlineIn(kPatienceMs));
  if (!connection.ok())
    throw std::runtime_error("fobd cannot be reached: " + connection.error().text + "\n" + log());
  return *std::move(connection);
}

}  // namespace fob::testing
