// The processes' sandboxes: forbidden things tried from a program that locks itself with the same
// code, and the shipped programs seen to be locked while they run.
#include <fcntl.h>
#include <signal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "proto/envelope.h"
#include "proto/messages_json.h"
#include "tests/support/daemon/daemon_process.h"
#include "tests/support/web/gateway_process.h"
#include "tests/support/web/http_client.h"
#include "test_paths.h"
#include "tests/functional/sandbox/process_status.h"

namespace fob::testing {
namespace {

using ::testing::HasSubstr;

struct Ended {
  int status = -1;  // exit status, or minus a signal
  std::string said;
};

Ended Probe(const std::string& profile, const std::string& attempt) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in.get(), 1);
    ::alarm(20);
    ::execl(FOB_BIN_DIR "/sandbox-probe", "sandbox-probe", profile.c_str(), attempt.c_str(),
            nullptr);
    ::_exit(127);
  }
  in.reset();
  Ended ended;
  char buffer[256];
  for (ssize_t got = 0; (got = ::read(out.get(), buffer, sizeof buffer)) > 0;)
    ended.said.append(buffer, static_cast<size_t>(got));
  int status = 0;
  ::waitpid(pid, &status, 0);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return ended;
}

bool HasLandlock() { return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) > 0; }

const std::vector<std::string> kForAll = {
    "exec", "execveat", "fork", "raw fork", "vfork", "inet", "inet6", "packet", "route", "vsock",
    "ptrace", "read another", "mount", "unshare", "setuid", "chroot", "namespace", "module", "bpf", "keyctl", "io_uring",
    "perf", "userfaultfd", "dumpable", "limit", "tiocsti"};

class Sandbox : public ::testing::TestWithParam<std::string> {};

TEST_P(Sandbox, RefusesEverythingThatItsProcessDoesNotNeed) {
  for (const std::string& attempt : kForAll) {
    const Ended ended = Probe(GetParam(), attempt);
    EXPECT_EQ(ended.status, 0) << attempt << " is possible";
    EXPECT_EQ(ended.said, "EPERM") << attempt;
  }
}

TEST_P(Sandbox, LeavesThreadsAndLocalSockets) { EXPECT_EQ(Probe(GetParam(), "nothing").status, 0); }

INSTANTIATE_TEST_SUITE_P(Of, Sandbox, ::testing::Values("worker", "daemon", "client"),
                         [](const auto& info) { return info.param; });

TEST(SandboxFiles, I3_NeitherWorkerNorDaemonReadsOrWritesOutsideItsFolders) {
  if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  for (const char* profile : {"worker", "daemon"}) {
    for (const char* attempt : {"shadow", "write elsewhere"}) {
      const Ended ended = Probe(profile, attempt);
      EXPECT_EQ(ended.status, 0) << profile << ": " << attempt << " is possible";
      EXPECT_EQ(ended.said, "EACCES") << profile << ": " << attempt;
    }
  }
}

TEST(SandboxMemory, TheWorkerMakesNoCode) {
  for (const char* attempt : {"executable", "make executable"}) {
    const Ended ended = Probe("worker", attempt);
    EXPECT_EQ(ended.status, 0) << attempt << " is possible";
    EXPECT_EQ(ended.said, "EPERM") << attempt;
  }
}

// PAM's modules take on other ids for a while, and read /etc/shadow; everything else is refused to them, too.
TEST(SandboxPassword, TheCheckOfAPasswordStartsNothingAndReachesNobody) {
  for (const std::string& attempt : kForAll) {
    if (attempt == "setuid") continue;
    const Ended ended = Probe("password", attempt);
    EXPECT_EQ(ended.status, 0) << attempt << " is possible";
    EXPECT_EQ(ended.said, "EPERM") << attempt;
  }
  EXPECT_EQ(Probe("password", "kill").said, "EPERM");
  EXPECT_EQ(Probe("password", "setuid").status, 1) << "it must be able to";
  EXPECT_EQ(Probe("password", "nothing").status, 0);
}

// Workers keep its filter: it is left what they need, and what they need to come to lock themselves.
TEST(SandboxSpawner, WhatStartsWorkersCanDoThatAndLittleElse) {
  const std::set<std::string> needed = {"exec", "execveat", "fork", "raw fork", "vfork", "setuid", "limit"};
  for (const std::string& attempt : kForAll) {
    if (needed.contains(attempt)) continue;
    const Ended ended = Probe("spawner", attempt);
    EXPECT_EQ(ended.status, 0) << attempt << " is possible";
    EXPECT_EQ(ended.said, "EPERM") << attempt;
  }
  EXPECT_EQ(Probe("spawner", "exec").said, "") << "it became another program";
  EXPECT_EQ(Probe("spawner", "fork").status, 1) << "it must be able to";
  EXPECT_EQ(Probe("spawner", "nothing").status, 0);
}

// It starts its threads before, and none after.
TEST(SandboxWeb, TheGatewayStartsNothingAndReachesNobody) {
  for (const std::string& attempt : kForAll) {
    const Ended ended = Probe("web", attempt);
    EXPECT_EQ(ended.status, 0) << attempt << " is possible";
    EXPECT_EQ(ended.said, "EPERM") << attempt;
  }
  for (const char* attempt : {"kill", "executable", "make executable"}) EXPECT_EQ(Probe("web", attempt).said, "EPERM") << attempt;
  if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  for (const char* attempt : {"shadow", "write elsewhere"}) EXPECT_EQ(Probe("web", attempt).said, "EACCES") << attempt;
}

TEST(SandboxSignals, WorkerAndDaemonSignalNobodyByNumber) {
  for (const char* profile : {"worker", "daemon"}) EXPECT_EQ(Probe(profile, "kill").said, "EPERM");
}

// Else the refusals above would prove nothing.
TEST(SandboxProbe, UnlockedItCanDoWhatIsRefusedLater) {
  for (const char* attempt : {"fork", "inet", "ptrace", "read another", "kill", "dumpable",
                              "executable", "make executable", "write elsewhere"}) {
    EXPECT_EQ(Probe("none", attempt).status, 1) << attempt;
  }
  EXPECT_EQ(Probe("none", "exec").said, "") << "it became another program";
  ::unlink("/tmp/fob-sandbox-probe");
}

// Starts the shipped worker as fobd does and has it do one ceremony.
TEST(ShippedWorker, IsLockedWhenItAnswersAndSeesWhatUdevKnows) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(theirs.get(), 0);
    ::alarm(20);
    ::execl(FOB_BIN_DIR "/fob-keyd", "fob-keyd", nullptr);
    ::_exit(127);
  }
  theirs.reset();
  using Method = proto::worker::GetAssertion;
  Method::In in;
  in.credentials = {{"login.example.org", "AAAA"}};
  in.client_data_hash = std::string(43, 'A');
  in.timeout_ms = 200;
  const SecretBytes call = proto::EncodeCall(Method::kName, proto::ToJson(in), true);
  const auto bytes = call.Reveal();
  ASSERT_EQ(::send(ours.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
  std::string said;
  char buffer[4096];
  while (said.find("\"reason\"") == std::string::npos) {
    const ssize_t got = ::recv(ours.get(), buffer, sizeof buffer, 0);
    ASSERT_GT(got, 0) << "the worker ended: " << said;
    said.append(buffer, static_cast<size_t>(got));
  }
  EXPECT_THAT(said, ::testing::AnyOf(HasSubstr("no_key"), HasSubstr("wrong_key")));
  ExpectLocked(pid);
  ::shutdown(ours.get(), SHUT_RDWR);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << status;
}

TEST(ShippedPasswordCheck, IsLockedBeforeItIsAsked) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(theirs.get(), 0);
    ::alarm(20);
    ::execl(FOB_BIN_DIR "/fob-passwd", "fob-passwd", nullptr);
    ::_exit(127);
  }
  theirs.reset();
  // Nobody asks anything: it must come to wait locked.
  while (StatusOf(pid, "Seccomp") == "0" && ::kill(pid, 0) == 0) std::this_thread::yield();
  ExpectLocked(pid);
  ours.reset();
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << status;
}

TEST(ShippedDaemon, IsLockedWhenItServes) {
  DaemonProcess daemon;
  daemon.Start();
  ExpectLocked(daemon.pid());
}

TEST(ShippedGateway, IsLockedWhileItServes) {
  DaemonProcess daemon;
  daemon.Start();
  const LoopbackSocket socket;
  const GatewayProcess webd(socket, daemon.socket());
  ExpectLocked(webd.pid());
  EXPECT_EQ(HttpClient(socket.port()).Get("/healthz").status, 200);
  EXPECT_EQ(HttpClient(socket.port()).Get("/jwks").status, 200) << "fobd answers";
  ExpectLocked(webd.pid());
}

// Its child, which starts workers by the configuration of this test, and the idle worker that it started.
TEST(ShippedDaemon, HasNoChildThatIsNotLocked) {
  DaemonProcess daemon;
  daemon.Start();
  const std::string pid = std::to_string(daemon.pid());
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  std::vector<std::string> names;
  for (pid_t child = 0; children >> child;) {
    names.push_back(StatusOf(child, "Name"));
    // It is forked long before fobd is ready, and comes to lock itself.
    while (StatusOf(child, "Seccomp") == "0" && ::kill(child, 0) == 0) std::this_thread::yield();
    ExpectLocked(child);
  }
  EXPECT_THAT(names, ::testing::Contains("fobd-spawner"));
}

TEST(ShippedClient, IsLockedBeforeItHearsAnything) {
  char folder[] = "/tmp/fob-sandbox-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = std::string(folder) + "/mute.sock";
  std::copy(path.begin(), path.end(), address.sun_path);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(20);
    ::execl(FOB_BIN_DIR "/fobctl", "fobctl", "--socket", path.c_str(), "status", nullptr);
    ::_exit(127);
  }
  const UniqueFd caller(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  char byte = 0;
  EXPECT_EQ(::recv(caller.get(), &byte, 1, 0), 1) << "it asks";
  ExpectLocked(pid);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  ::unlink(path.c_str());
  ::rmdir(folder);
}

}  // namespace
}  // namespace fob::testing
