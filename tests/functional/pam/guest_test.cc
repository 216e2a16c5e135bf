// The module as a guest in somebody else's process: what it leaves, touches, prints and needs.
#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/functional/pam/pam_fixture.h"
#include "tests/support/pam_harness/child_process.h"

namespace fob::testing {
namespace {

// Descriptor and what it is open on, of this process.
std::map<int, std::string> OpenDescriptors() {
  std::map<int, std::string> out;
  std::vector<int> numbers;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    numbers.push_back(std::stoi(entry.path().filename()));
  }
  for (const int fd : numbers) {
    std::error_code gone;  // the folder's own descriptor
    const auto target = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), gone);
    if (!gone) out[fd] = target;
  }
  return out;
}

size_t Threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

class PamGuest : public PamModule {
 protected:
  // One of each: success, refusal, nonsense, absence, wrong configuration, with a session around
  // the first.
  void RunOfEach() {
    {
      ScriptedConversation person;
      person.Info("Touch").Shown("Code: ", "287082");
      PamSession session = Session("sshd", person);
      EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
      EXPECT_PAM(PAM_SUCCESS, session.EstablishCredentials());
      EXPECT_PAM(PAM_SUCCESS, session.Account());
      EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
      EXPECT_PAM(PAM_SUCCESS, session.CloseSession());
    }
    services_.Write("wrong", "auth required {fob} debug\n");
    services_.Write("absent", std::string("auth required ") + FOB_PAM_MODULE +
                                  " socket=/nonexistent/fobd.sock\n");
    for (const auto& [service, shown] :
         std::vector<std::pair<std::string, std::string>>{{"sshd", "Wrong code."},
                                                          {"sshd", "makes no sense"},
                                                          {"wrong", "configuration"},
                                                          {"absent", "reached"}}) {
      ScriptedConversation person;
      person.Error(shown);
      PamSession session = Session(service, person);
      EXPECT_NE(session.Authenticate(), PAM_SUCCESS);
    }
  }

  static void ScriptOfEach(ScriptedDaemon& daemon) {
    daemon.Accept()
        .Expect<Begin>()
        .Info(Info::kTouch, "Touch")
        .Ask(Ask::kCode, "Code: ", true)
        .Expect<Continue>()
        .Grant(Outcome::kLogin, "alice", "h")
        .ExpectClosed()
        .Accept()
        .Expect<Confirm>()
        .Reply(Confirm::Out{Login("login_1", "alice")})
        .ExpectClosed()
        .Accept()
        .Expect<End>()
        .Reply(End::Out{Login("login_1", "alice")})
        .ExpectClosed()
        .Accept()
        .Expect<Begin>()
        .Refuse(Code::kDenied, "wrong_code", "Wrong code.")
        .ExpectClosed()
        .Accept()
        .Expect<Begin>()
        .Frame("{")
        .ExpectClosed();
  }
};

TEST_F(PamGuest, I17_NothingOnStdoutAndStderr) {
  ScriptedDaemon daemon(socket());
  ScriptOfEach(daemon);
  daemon.Start();
  const ChildReport report = RunInChild([&] { return RunOfEach(), ""; }, true);
  EXPECT_EQ(report.output, "");
}

// polkit's helper and others may open AF_UNIX sockets only, start no thread and no program.
TEST_F(PamGuest, I16_WorksWhereOnlyUnixSocketsAreAllowed) {
  if (std::string(FOB_SANITIZED) != "") GTEST_SKIP() << "the sanitizer's runtime starts threads";
  ScriptedDaemon daemon(socket());
  ScriptOfEach(daemon);
  daemon.Start();
  RunInChild([&] {
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int failed = 0;
    // libpam tries audit's netlink socket and bears the refusal; nobody may try the network.
    for (const unsigned family : {AF_INET, AF_INET6, AF_PACKET}) {
      failed |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1,
                                 SCMP_A0(SCMP_CMP_EQ, family));
    }
    failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                               SCMP_A0(SCMP_CMP_EQ, AF_NETLINK));
    for (const int call :
         {SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve),
          SCMP_SYS(execveat), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(ptrace), SCMP_SYS(umask),
          SCMP_SYS(rt_sigaction), SCMP_SYS(setrlimit)}) {
      failed |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, call, 0);
    }
    failed |= seccomp_load(filter);
    seccomp_release(filter);
    EXPECT_EQ(failed, 0);
    RunOfEach();
    return "";
  });
}

TEST_F(PamGuest, I3_TheSocketIsCloexecAndTheOnlyDescriptorAndClosedAfterwards) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Ask(Ask::kCode, "Code: ", true)
      .Expect<Continue>()
      .Grant(Outcome::kLogin, "alice", "h")
      .ExpectClosed();
  daemon.Start();
  RunInChild([&] {  // where only this thread opens descriptors
    const auto before = OpenDescriptors();
    const size_t threads = Threads();
    bool looked = false;
    ScriptedConversation person;
    person.Shown("Code: ", "1").During([&] {
      looked = true;
      EXPECT_EQ(Threads(), threads);
      std::vector<int> added;
      for (const auto& [fd, target] : OpenDescriptors()) {
        if (before.count(fd) == 0) added.push_back(fd);
      }
      ASSERT_EQ(added.size(), 1u);
      struct stat what {};
      EXPECT_EQ(::fstat(added[0], &what), 0);
      EXPECT_TRUE(S_ISSOCK(what.st_mode));
      EXPECT_NE(::fcntl(added[0], F_GETFD) & FD_CLOEXEC, 0);
    });
    {
      PamSession session = Session("sshd", person);
      EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
      EXPECT_EQ(OpenDescriptors(), before);
    }
    EXPECT_TRUE(looked);
    EXPECT_EQ(Threads(), threads);
    return "";
  });
}

TEST_F(PamGuest, I3_TheProcessEnvironmentIsNotRead) {
  ScriptedDaemon unasked(services_.Path("elsewhere.sock"));
  RunInChild([&] {
    for (const char* name : {"FOB_SOCKET", "FOBD_SOCKET", "FOB_HANDLE", "FOB_LOGIN", "HOME",
                             "XDG_RUNTIME_DIR", "TMPDIR", "http_proxy", "FOB_USER", "PAM_USER"}) {
      ::setenv(name, unasked.path().c_str(), 1);
    }
    Denies("cannot be reached");
    ScriptedConversation nobody;
    PamSession cron = Session("sshd", nobody);
    EXPECT_PAM(PAM_SUCCESS, cron.EstablishCredentials());
    EXPECT_PAM(PAM_SUCCESS, cron.OpenSession());
    EXPECT_PAM(PAM_SUCCESS, cron.CloseSession());
    return "";
  });
}

// Signals, locale, umask and errno are the host's; a daemon that goes away raises no SIGPIPE.
TEST_F(PamGuest, TheHostsProcessStateIsLeftAlone) {
  ScriptedDaemon daemon(socket());
  ScriptOfEach(daemon);
  daemon.Accept().Expect<Begin>().Ask(Ask::kPin, "PIN: ", false).Close().StopListening();
  daemon.Start();
  RunInChild([&] {
    struct sigaction before[NSIG] = {};
    ::signal(SIGPIPE, SIG_DFL);
    for (int i = 1; i < NSIG; ++i) ::sigaction(i, nullptr, &before[i]);
    const std::string locale = ::setlocale(LC_ALL, nullptr);
    ::umask(027);
    RunOfEach();
    ScriptedConversation person;
    person.Hidden("PIN: ", "1234").During([&] {
      while (::access(socket().c_str(), F_OK) == 0) ::usleep(1000);
    });
    person.Error("went away");
    Denies(person);
    for (int i = 1; i < NSIG; ++i) {
      struct sigaction after = {};
      ::sigaction(i, nullptr, &after);
      EXPECT_EQ(before[i].sa_handler, after.sa_handler) << "signal " << i;
    }
    EXPECT_EQ(::setlocale(LC_ALL, nullptr), locale);
    EXPECT_EQ(::umask(027), 027u);
    return "";
  });
}

TEST_F(PamGuest, ErrnoIsTheHosts) {
  void* module = ::dlopen(FOB_PAM_MODULE, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(module, nullptr) << ::dlerror();
  using EntryPoint = int (*)(pam_handle_t*, int, int, const char**);
  const auto authenticate = reinterpret_cast<EntryPoint>(::dlsym(module, "pam_sm_authenticate"));
  ASSERT_NE(authenticate, nullptr);
  ScriptedConversation person;
  person.Error("cannot be reached");
  pam_handle_t* pamh = nullptr;
  ASSERT_EQ(pam_start_confdir("sshd", "alice", person.conv(), services_.folder().c_str(), &pamh),
            PAM_SUCCESS);
  const char* arguments[] = {"socket=/nonexistent/fobd.sock"};
  errno = ERANGE;
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, authenticate(pamh, 0, 1, arguments));
  EXPECT_EQ(errno, ERANGE);
  pam_end(pamh, PAM_SUCCESS);
  ::dlclose(module);
}

TEST_F(PamGuest, TwoHundredLoginsLeakNothing) {
  // Loading a module a thousand times takes a sanitizer a minute.
  const int rounds = std::string(FOB_SANITIZED) == "" ? 200 : 10;
  ScriptedDaemon daemon(socket());
  for (int i = 0; i < rounds; ++i) ScriptOfEach(daemon);
  daemon.Start();
  RunInChild([&] {
    RunOfEach();  // what libc and libpam keep from the first time on
    const auto before = OpenDescriptors();
    const size_t threads = Threads();
    const size_t memory = ::mallinfo2().uordblks;
    for (int i = 1; i < rounds; ++i) RunOfEach();
    EXPECT_EQ(OpenDescriptors(), before);
    EXPECT_EQ(Threads(), threads);
    // Some of the captured log; 72 kB a load, which libstdc++ reserves, would come to 70 MB.
    if (std::string(FOB_SANITIZED) == "") {
      EXPECT_LT(::mallinfo2().uordblks, memory + 2'000'000);
    }
    return "";
  });
}

// libpam unloads the module: no unique symbol, thread-local or registered exit handler may hold it.
TEST_F(PamGuest, TheModuleIsUnloadedAtTheEnd) {
  ScriptedDaemon daemon(socket());
  ScriptOfEach(daemon);
  daemon.Start();
  RunInChild([&] {
    RunOfEach();
    std::ifstream maps("/proc/self/maps");
    const std::string mapped((std::istreambuf_iterator<char>(maps)),
                             std::istreambuf_iterator<char>());
    EXPECT_EQ(mapped.find("pam_fob.so"), std::string::npos);
    return "";
  });
}

}  // namespace
}  // namespace fob::testing
