// sandbox-probe PROFILE ATTEMPT: locks itself as fob-keyd ("worker"), fobd ("daemon"), fobctl
// ("client"), fob-webd ("web"), fob-passwd ("password") or what starts workers ("spawner") does, or not at all ("none"), and tries one forbidden thing. Exit status: 0 refused,
// with the error's name on standard output; 1 it was possible; 2 used wrongly; 3 it cannot lock.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

#include "sandbox/sandbox.h"

namespace {

// Each gives a value below zero, and errno, when it is refused.
struct Attempt {
  std::string_view name;
  long (*make)();
};

long Exec() {
  char program[] = "/bin/true";
  char* const arguments[] = {program, nullptr};
  char* const environment[] = {nullptr};
  return ::execve(program, arguments, environment);
}

long ExecByDescriptor() {
  const int fd = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  char* const nothing[] = {nullptr};
  return ::syscall(SYS_execveat, fd < 0 ? 0 : fd, "", nothing, nothing, AT_EMPTY_PATH);
}

long Fork() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  return pid;
}

long ForkBySyscall() {
  const long pid = ::syscall(SYS_fork);
  if (pid == 0) ::_exit(0);
  return pid;
}

long Remote() {
  char here = 0, there = 0;
  const iovec local{&here, 1}, remote{&there, 1};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0);
}

long WriteElsewhere() {
  return ::open("/tmp/fob-sandbox-probe", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

long Executable() {
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? -1 : 0;
}

long MakeExecutable() {
  void* const page =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? 0 : ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

long Raise() {
  const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  return ::setrlimit(RLIMIT_CORE, &limit);
}

long Bpf() {
  bpf_attr attributes{};
  return ::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
}

long TypeForUser() {
  char letter = 'x';
  return ::ioctl(0, TIOCSTI, &letter);
}

constexpr Attempt kAttempts[] = {
    {"exec", Exec},
    {"execveat", ExecByDescriptor},
    {"fork", Fork},
    {"raw fork", ForkBySyscall},
    {"vfork", [] { return static_cast<long>(::syscall(SYS_vfork)); }},
    {"inet", [] { return static_cast<long>(::socket(AF_INET, SOCK_STREAM, 0)); }},
    {"inet6", [] { return static_cast<long>(::socket(AF_INET6, SOCK_DGRAM, 0)); }},
    {"packet", [] { return static_cast<long>(::socket(AF_PACKET, SOCK_RAW, 0)); }},
    {"route", [] { return static_cast<long>(::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }},
    {"vsock", [] { return static_cast<long>(::socket(AF_VSOCK, SOCK_STREAM, 0)); }},
    {"shadow", [] { return static_cast<long>(::open("/etc/shadow", O_RDONLY | O_CLOEXEC)); }},
    {"write elsewhere", WriteElsewhere},
    {"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"read another", Remote},
    {"kill", [] { return static_cast<long>(::kill(::getppid(), 0)); }},
    {"mount", [] { return static_cast<long>(::mount("none", "/mnt", "tmpfs", 0, nullptr)); }},
    {"unshare", [] { return static_cast<long>(::unshare(CLONE_NEWUSER)); }},
    {"setuid", [] { return static_cast<long>(::syscall(SYS_setuid, ::getuid())); }},
    {"namespace", [] { return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
    {"module", [] { return ::syscall(SYS_init_module, nullptr, 0, ""); }},
    {"chroot", [] { return static_cast<long>(::chroot("/")); }},
    {"bpf", Bpf},
    {"keyctl", [] { return ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
    {"io_uring", [] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"perf", [] { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
    {"userfaultfd", [] { return ::syscall(SYS_userfaultfd, 0); }},
    {"dumpable", [] { return static_cast<long>(::prctl(PR_SET_DUMPABLE, 1)); }},
    {"limit", Raise},
    {"executable", Executable},
    {"make executable", MakeExecutable},
    {"tiocsti", TypeForUser},
};

// What each must be able to do all the same.
bool StillWorks() {
  bool ran = false;
  std::thread([&ran] { ran = true; }).join();
  int pair[2];
  const bool local = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0;
  return ran && local && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view profile = argv[1], attempt = argv[2];
  // A folder that it may read, as each process has; not /etc.
  const fob::sandbox::Paths paths{{"/usr", "/proc/self"}, {"/dev"}, {}};
  fob::Status locked = fob::Ok();
  if (profile == "worker") {
    locked = fob::sandbox::LockWorker(paths);
  } else if (profile == "daemon") {
    locked = fob::sandbox::LockDaemon(paths);
  } else if (profile == "client") {
    locked = fob::sandbox::LockClient();
  } else if (profile == "web") {
    locked = fob::sandbox::LockWeb(paths);
  } else if (profile == "spawner") {
    locked = fob::sandbox::LockSpawner();
  } else if (profile == "password") {
    locked = fob::sandbox::LockPasswordCheck();
  } else if (profile != "none") {
    return 2;
  }
  if (!locked.ok()) {
    std::fprintf(stderr, "%s\n", locked.error().text.c_str());
    return 3;
  }
  if (attempt == "nothing") return StillWorks() ? 0 : 1;
  for (const Attempt& one : kAttempts) {
    if (one.name != attempt) continue;
    if (one.make() >= 0) return 1;
    std::printf("%s", ::strerrorname_np(errno));
    std::fflush(stdout);
    return 0;
  }
  return 2;
}
