// Which system calls each process needs. Those that glibc, OpenSSL and SQLite make are found by
// running the tests; one that is missing shows as EPERM.
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>

#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

namespace fob::sandbox {
namespace {

#ifdef FOB_INSTRUMENTED
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif

// Memory, time, signals to itself, threads' locks, and descriptors that are open already.
constexpr int kEverywhere[] = {
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64),
    SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(lseek), SCMP_SYS(fcntl), SCMP_SYS(dup),
    SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(open), SCMP_SYS(openat),
    SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(membarrier), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall), SCMP_SYS(tgkill), SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid),
    SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(getresuid), SCMP_SYS(getresgid), SCMP_SYS(getgroups),
    SCMP_SYS(getpgrp), SCMP_SYS(getsid), SCMP_SYS(getrlimit), SCMP_SYS(getrusage),
    SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(umask), SCMP_SYS(exit), SCMP_SYS(exit_group),
    // Sockets, once there is one.
    SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(shutdown)};

// Asio's loop, the listener, SQLite's files, and the worker's end and journal.
constexpr int kDaemon[] = {
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
    SCMP_SYS(signalfd4), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(accept), SCMP_SYS(accept4),
    SCMP_SYS(listen), SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(preadv), SCMP_SYS(preadv2),
    SCMP_SYS(pwritev2), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(sync_file_range),
    SCMP_SYS(ftruncate), SCMP_SYS(truncate), SCMP_SYS(fallocate), SCMP_SYS(fadvise64),
    SCMP_SYS(flock), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(fchown),
    SCMP_SYS(utimensat), SCMP_SYS(copy_file_range), SCMP_SYS(sendfile), SCMP_SYS(msync),
    SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(mincore), SCMP_SYS(memfd_create),
    SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_send_signal), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg),
    SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_add_watch)};

// Ids that modules take on for a while, and the counters that they keep in files.
constexpr int kPasswordCheck[] = {
    SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid),
    SCMP_SYS(setresgid), SCMP_SYS(setgroups), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid), SCMP_SYS(flock),
    SCMP_SYS(pwrite64), SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(fchmod),
    SCMP_SYS(fchown), SCMP_SYS(mkdir), SCMP_SYS(unlink), SCMP_SYS(rename), SCMP_SYS(utimensat),
    SCMP_SYS(alarm), SCMP_SYS(setitimer), SCMP_SYS(capget), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime)};

// Programs and their ends, and what these need until they lock themselves: the loader, limits, and their own filters.
constexpr int kSpawner[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(kill),
    SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_send_signal), SCMP_SYS(arch_prctl), SCMP_SYS(setrlimit), SCMP_SYS(prlimit64),
    SCMP_SYS(seccomp), SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule), SCMP_SYS(landlock_restrict_self),
    SCMP_SYS(pipe), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(listen), SCMP_SYS(pause), SCMP_SYS(chdir),
    SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch)};

// Asio's loop, and connections that come in. Everything else of the gateway is memory and descriptors.
constexpr int kWeb[] = {
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(fcntl),
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(shutdown), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
    SCMP_SYS(tgkill), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(geteuid), SCMP_SYS(getuid), SCMP_SYS(getegid), SCMP_SYS(getgid), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    SCMP_SYS(lseek), SCMP_SYS(exit), SCMP_SYS(exit_group)};

// A file that is read again, by its name.
constexpr int kOpening[] = {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(stat), SCMP_SYS(statx)};

// A terminal's prompts, and files that are asked for by name.
constexpr int kClient[] = {
    SCMP_SYS(signalfd4), SCMP_SYS(fsync), SCMP_SYS(ftruncate), SCMP_SYS(rename),
    SCMP_SYS(unlink), SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(pwrite64),
    SCMP_SYS(fdatasync), SCMP_SYS(fallocate), SCMP_SYS(mkdir), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(unlinkat), SCMP_SYS(fadvise64), SCMP_SYS(copy_file_range), SCMP_SYS(link),
    SCMP_SYS(linkat), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(kill)};

// Threads of its own, but no other process. What clone3 is asked for lies in memory, where no
// filter looks: glibc takes clone when there is no clone3.
void AllowThreads(Filter& filter) {
  constexpr uint64_t kThread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
  filter.Refuse(SCMP_SYS(clone3), ENOSYS);
  filter.AllowIf(SCMP_SYS(clone), {SCMP_A0(SCMP_CMP_MASKED_EQ, kThread, kThread)});
}

// Processes too, in the namespaces that there are.
void AllowProcesses(Filter& filter) {
  constexpr uint64_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  filter.Refuse(SCMP_SYS(clone3), ENOSYS);
  filter.AllowIf(SCMP_SYS(clone), {SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaces, 0)});
}

// hidraw's requests: the type 'H' of <linux/hidraw.h>, whatever their size.
void AllowHidraw(Filter& filter) {
  constexpr uint64_t kType = 0xff00;
  filter.AllowIf(SCMP_SYS(ioctl), {SCMP_A1(SCMP_CMP_MASKED_EQ, kType, uint64_t{'H'} << 8)});
}

void AllowNetlink(Filter& filter, int family) {
  filter.AllowIf(SCMP_SYS(socket),
                 {SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, static_cast<uint64_t>(family))});
}

void AllowLocalSockets(Filter& filter) {
  filter.AllowIf(SCMP_SYS(socket), {SCMP_A0(SCMP_CMP_EQ, AF_UNIX)});
  filter.AllowIf(SCMP_SYS(socketpair), {SCMP_A0(SCMP_CMP_EQ, AF_UNIX)});
}

// prctl for a thread's name, and for what is already so; limits are read, not set.
void AllowHarmlessControls(Filter& filter) {
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_NO_NEW_PRIVS,
                                PR_GET_NO_NEW_PRIVS, PR_SET_VMA}) {
    filter.AllowIf(SCMP_SYS(prctl), {SCMP_A0(SCMP_CMP_EQ, static_cast<uint64_t>(option))});
  }
  filter.AllowIf(SCMP_SYS(prlimit64), {SCMP_A2(SCMP_CMP_EQ, 0)});
}

enum class Program { kMayGrow, kIsWhole };  // whether libraries are loaded later

void AllowMemory(Filter& filter, Program program) {
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    if (program == Program::kMayGrow) {
      filter.Allow({{call}});
    } else {
      filter.AllowIf(call, {SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
    }
  }
}

void AllowCommon(Filter& filter, Program program) {
  filter.Allow(kEverywhere);
  AllowThreads(filter);
  AllowLocalSockets(filter);
  AllowHarmlessControls(filter);
  AllowMemory(filter, program);
}

void AllowIoctls(Filter& filter, std::initializer_list<uint64_t> requests) {
  for (const uint64_t request : requests)
    filter.AllowIf(SCMP_SYS(ioctl), {SCMP_A1(SCMP_CMP_EQ, request)});
}

// PIDFD_GET_INFO (Linux 6.13), in its first size: a caller's uids.
constexpr uint64_t kPidfdGetInfo = _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64);

// On sockets, files and pipes, as Asio and stdio ask.
void AllowPlainIoctls(Filter& filter) { AllowIoctls(filter, {FIONBIO, FIONREAD, FIOCLEX, TCGETS}); }

}  // namespace

Status LockWorker(const Paths& paths) {
  if (kInstrumented) return Ok();
  FOB_CHECK(RestrictFiles(paths));
  Filter filter;
  AllowCommon(filter, Program::kIsWhole);
  AllowPlainIoctls(filter);
  AllowHidraw(filter);
  AllowNetlink(filter, NETLINK_KOBJECT_UEVENT);
  return filter.Load();
}

Status LockPasswordCheck() {
  if (kInstrumented) return Ok();
  Filter filter;
  AllowCommon(filter, Program::kMayGrow);  // PAM loads its modules late
  AllowPlainIoctls(filter);
  filter.Allow(kPasswordCheck);
  // libpam gives up where it can neither speak to the kernel's audit nor hear that there is none.
  AllowNetlink(filter, NETLINK_AUDIT);
  return filter.Load();
}

Status LockSpawner() {
  if (kInstrumented) return Ok();
  Filter filter;
  filter.Allow(kEverywhere);
  filter.Allow(kPasswordCheck);
  filter.Allow(kSpawner);
  AllowProcesses(filter);
  AllowLocalSockets(filter);
  AllowNetlink(filter, NETLINK_KOBJECT_UEVENT);
  AllowNetlink(filter, NETLINK_AUDIT);
  AllowHarmlessControls(filter);
  filter.AllowIf(SCMP_SYS(prctl), {SCMP_A0(SCMP_CMP_EQ, PR_SET_DUMPABLE), SCMP_A1(SCMP_CMP_EQ, 0)});
  filter.AllowIf(SCMP_SYS(prctl), {SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG)});
  AllowMemory(filter, Program::kMayGrow);
  AllowPlainIoctls(filter);
  AllowHidraw(filter);
  return filter.Load();
}

Status LockDaemon(const Paths& paths) {
  if (kInstrumented) return Ok();
  FOB_CHECK(RestrictFiles(paths));
  Filter filter;
  AllowCommon(filter, Program::kMayGrow);  // NSS loads its modules late
  AllowPlainIoctls(filter);
  AllowIoctls(filter, {kPidfdGetInfo});
  filter.Allow(kDaemon);
  // A thread that makes a signing key steps behind the others.
  filter.AllowIf(SCMP_SYS(setpriority), {SCMP_A0(SCMP_CMP_EQ, PRIO_PROCESS), SCMP_A2(SCMP_CMP_EQ, 5)});
  return filter.Load();
}

Status LockWeb(const Paths& paths) {
  if (kInstrumented) return Ok();
  FOB_CHECK(RestrictFiles(paths));
  Filter filter;
  filter.Allow(kWeb);
  if (!paths.read.empty()) filter.Allow(kOpening);
  AllowLocalSockets(filter);
  AllowHarmlessControls(filter);
  AllowMemory(filter, Program::kIsWhole);
  AllowPlainIoctls(filter);
  return filter.Load();
}

Status LockClient() {
  if (kInstrumented) return Ok();
  Filter filter;
  AllowCommon(filter, Program::kMayGrow);  // as NSS here
  AllowPlainIoctls(filter);
  // Echo off, its width, and whether it is ours; nothing is typed for the person (TIOCSTI).
  AllowIoctls(filter, {TCSETS, TCSETSW, TCSETSF, TCFLSH, TIOCGWINSZ, TIOCGPGRP});
  filter.Allow(kClient);
  return filter.Load();
}

}  // namespace fob::sandbox
