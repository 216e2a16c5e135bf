#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "devices/worker/calls.h"
#include "proto/connection.h"
#include "tests/unit/devices/desk.h"
#include "test_paths.h"

namespace fob::worker {
namespace {

using proto::worker::GetAssertion;
using proto::worker::MakeCredential;
using testing::Desk;
using ::testing::ElementsAre;
using testing::kRp;
using testing::ReasonOf;

// A build of the worker as fobd starts it: the socket is its standard input.
class WorkerProcess {
 public:
  explicit WorkerProcess(std::vector<std::string> words,
                         std::vector<std::string> environment = {}) {
    int ends[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 ||
        pipe2(errors, O_CLOEXEC) != 0)
      abort();
    UniqueFd far(ends[1]), errors_in(errors[1]);
    near_.reset(ends[0]);
    errors_.reset(errors[0]);
    words[0] = std::string(FOB_BIN_DIR "/") + words[0];
    std::vector<char*> argv, envp;
    for (std::string& word : words) argv.push_back(word.data());
    for (std::string& variable : environment) envp.push_back(variable.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(far.get(), STDIN_FILENO);
      dup2(errors_in.get(), STDERR_FILENO);
      execve(argv[0], argv.data(), envp.data());
      _exit(127);
    }
  }
  ~WorkerProcess() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  proto::Connection Connect() { return proto::Connection(std::move(near_)); }
  UniqueFd& socket() { return near_; }
  pid_t pid() const { return pid_; }

  // Its exit status once it ended; -1 when a signal ended it.
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string Errors() const {
    std::string out;
    char buffer[512];
    for (ssize_t got; (got = read(errors_.get(), buffer, sizeof buffer)) > 0;)
      out.append(buffer, static_cast<size_t>(got));
    return out;
  }

 private:
  UniqueFd near_, errors_;
  pid_t pid_ = -1;
};

int64_t Soon() { return proto::DeadlineIn(20'000); }

GetAssertion::In GetIn(const Desk& desk, const fido::CredentialFacts& enrolled) {
  GetAssertion::In in;
  in.credentials = {{kRp, Base64UrlEncode(enrolled.credential_id)}};
  in.client_data_hash = Base64UrlEncode(desk.hash());
  in.user_verification = GetAssertion::In::UserVerification::kDiscouraged;
  in.pin_floor = 2;
  in.timeout_ms = 10'000;
  return in;
}

// The kinds of progress that a call streams.
template <typename Out>
auto Into(std::vector<std::string>& kinds) {
  return [&kinds](Out out) {
    if (!out.progress) return Status(MakeError(Code::kCorrupt, "no_progress", ""));
    kinds.emplace_back(proto::Name(out.progress->kind));
    return Ok();
  };
}

TEST(Worker, EnrolsAndSignsOverItsSocket) {
  Desk desk;
  desk.Add("key");
  fido::CredentialFacts enrolled;
  {
    WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
    auto connection = worker.Connect();
    MakeCredential::In in;
    in.rp_id = kRp;
    in.rp_name = "fob";
    in.user_handle = Base64UrlEncode(Bytes{1, 2});
    in.user_name = "anna";
    in.client_data_hash = Base64UrlEncode(desk.hash());
    in.algorithms = {"EdDSA", "ES256"};
    in.pin_floor = 2;
    in.timeout_ms = 10'000;
    in.user_verification = MakeCredential::In::UserVerification::kPreferred;
    std::vector<std::string> kinds;
    const auto out =
        connection.Stream<MakeCredential>(in, Soon(), Into<MakeCredential::Out>(kinds));
    ASSERT_EQ(ReasonOf(out), "ok");
    ASSERT_TRUE(out->credential);
    EXPECT_THAT(kinds, ElementsAre("touch"));
    EXPECT_EQ(out->credential->device, "key");
    EXPECT_THAT(out->credential->transports, ElementsAre("usb"));
    fido::CredentialCheck check;
    check.rp_id = kRp;
    check.client_data_hash = desk.hash();
    check.auth_data = *Base64UrlDecode(out->credential->auth_data);
    check.format = out->credential->format;
    check.attestation_statement = *Base64UrlDecode(out->credential->attestation_statement);
    const auto facts = fido::VerifyCredential(check);
    ASSERT_EQ(ReasonOf(facts), "ok");
    EXPECT_EQ(facts->algorithm, fido::Algorithm::kEdDsa);
    EXPECT_EQ(Base64UrlEncode(facts->credential_id), out->credential->credential_id);
    enrolled = *facts;
    connection.Close();
    EXPECT_EQ(worker.Wait(), 0);
    EXPECT_EQ(worker.Errors(), "");
  }
  WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
  auto connection = worker.Connect();
  std::vector<std::string> kinds;
  const auto out = connection.Stream<GetAssertion>(GetIn(desk, enrolled), Soon(),
                                                   Into<GetAssertion::Out>(kinds));
  ASSERT_EQ(ReasonOf(out), "ok");
  ASSERT_TRUE(out->assertion);
  EXPECT_THAT(kinds, ElementsAre("touch"));
  const auto& assertion = *out->assertion;
  fido::Assertion signed_one;
  signed_one.credential_id = *Base64UrlDecode(assertion.credential_id);
  signed_one.auth_data = *Base64UrlDecode(assertion.auth_data);
  signed_one.signature = *Base64UrlDecode(assertion.signature);
  EXPECT_EQ(ReasonOf(fido::VerifyAssertion(desk.CheckOf(signed_one, enrolled))), "ok");
}

TEST(Worker, ThePinComesWithTheNextCall) {
  Desk desk;
  auto& key = desk.Add("key", {"--pin", "1234"});
  const auto enrolled = desk.Enrol();
  WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
  auto connection = worker.Connect();
  GetAssertion::In in = GetIn(desk, enrolled);
  in.user_verification = GetAssertion::In::UserVerification::kRequired;
  std::vector<std::string> kinds;
  const auto asked = connection.Stream<GetAssertion>(in, Soon(), Into<GetAssertion::Out>(kinds));
  ASSERT_EQ(ReasonOf(asked), "ok");
  ASSERT_TRUE(asked->pin_needed);
  EXPECT_EQ(asked->pin_needed->retries, 8);
  in.pin = SecretBytes(std::string_view("0000"));
  const auto wrong = connection.Stream<GetAssertion>(in, Soon(), Into<GetAssertion::Out>(kinds));
  EXPECT_EQ(ReasonOf(wrong), "wrong_pin");
  EXPECT_EQ(wrong.error().code, Code::kDenied);
  // The connection outlives an error: one more prompt, one more try.
  in.pin.reset();
  const auto again = connection.Stream<GetAssertion>(in, Soon(), Into<GetAssertion::Out>(kinds));
  ASSERT_EQ(ReasonOf(again), "ok");
  EXPECT_EQ(again->pin_needed->retries, 7);
  in.pin = SecretBytes(std::string_view("1234"));
  const auto good = connection.Stream<GetAssertion>(in, Soon(), Into<GetAssertion::Out>(kinds));
  ASSERT_EQ(ReasonOf(good), "ok");
  EXPECT_TRUE(good->assertion);
  EXPECT_EQ(key.Status("pin_retries"), 8);
}

TEST(Worker, I10_EndOfFileCancelsTheKeyAtOnceAndTheNextWorkerWorks) {
  Desk desk;
  auto& key = desk.Add("key");
  const auto enrolled = desk.Enrol();
  key.SetTouchPolicy("command");
  for (int round = 0; round < 3; ++round) {
    WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
    const SecretBytes call =
        proto::EncodeCall(GetAssertion::kName, proto::ToJson(GetIn(desk, enrolled)), true);
    ASSERT_EQ(send(worker.socket().get(), call.Reveal().data(), call.size(), 0),
              static_cast<ssize_t>(call.size()));
    key.WaitTouch();
    worker.socket().reset();
    key.WaitIdle();
    EXPECT_EQ(key.Status("cancels"), round + 1);
    EXPECT_EQ(worker.Wait(), 0);
  }
  WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
  auto connection = worker.Connect();
  auto toucher = std::async(std::launch::async, [&key] { key.TouchWhenAsked(); });
  std::vector<std::string> kinds;
  EXPECT_EQ(ReasonOf(connection.Stream<GetAssertion>(GetIn(desk, enrolled), Soon(),
                                                     Into<GetAssertion::Out>(kinds))),
            "ok");
  toucher.get();
}

TEST(Worker, ADeadWorkerLeavesAKeyThatTheNextOneCanUse) {
  Desk desk;
  auto& key = desk.Add("key");
  const auto enrolled = desk.Enrol();
  key.SetTouchPolicy("command");
  {
    WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
    const SecretBytes call =
        proto::EncodeCall(GetAssertion::kName, proto::ToJson(GetIn(desk, enrolled)), true);
    ASSERT_GT(send(worker.socket().get(), call.Reveal().data(), call.size(), 0), 0);
    key.WaitTouch();
  }  // SIGKILL: no CANCEL, and the key goes on blinking
  ASSERT_EQ(key.Status("waiting"), 1);
  // It answers "busy" until its user acts; then it is free.
  WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
  auto connection = worker.Connect();
  bool first = true;
  const auto out =
      connection.Stream<GetAssertion>(GetIn(desk, enrolled), Soon(), [&](GetAssertion::Out more) {
        const std::string kind(proto::Name(more.progress->kind));
        if (kind == "busy" && first) {
          first = false;
          key.Touch();
        } else if (kind == "touch") {
          key.TouchWhenAsked();
        }
        return Ok();
      });
  EXPECT_EQ(ReasonOf(out), "ok");
}

// What is sent, the error that comes back, and the end of the worker.
TEST(Worker, I6_WhatIsNotOfTheProtocolIsRefusedAndEndsTheWorker) {
  Desk desk;
  GetAssertion::In in;
  in.credentials = {{kRp, "AAAA"}};
  in.client_data_hash = std::string(43, 'A');
  in.timeout_ms = 100;
  const SecretBytes good = proto::EncodeCall(GetAssertion::kName, proto::ToJson(in), true);
  const std::string text(good.RevealText());
  const auto with = [&text](const std::string& from, const std::string& to) {
    std::string out = text;
    const size_t at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return out.replace(at, from.size(), to);
  };
  const std::pair<std::string, std::string> rows[] = {
      {std::string("\0", 1), "InvalidArgument"},
      {std::string("{}\0", 3), "InvalidArgument"},
      {std::string("{\"method\":\"org.fobd.Login.Begin\",\"more\":true}\0", 46), "MethodNotFound"},
      {with("\"more\":true", "\"more\":false"), "ExpectedMore"},
      {with("\"pin_floor\":0", "\"pin_floor\":0,\"debug\":true"), "InvalidParameter"},
      {with("\"pin_floor\":0", "\"pin_floor\":-1"), "InvalidParameter"},
      {with("\"pin_floor\":0", "\"pin_floor\":0,\"pin_floor\":0"), "InvalidArgument"},
      {with("\"timeout_ms\":100", "\"timeout_ms\":0"), "InvalidParameter"},
      {with("\"timeout_ms\":100", "\"timeout_ms\":600001"), "InvalidParameter"},
      {with(std::string(43, 'A'), std::string(42, 'A')), "InvalidParameter"},
      {with("\"AAAA\"", "\"AAA=\""), "InvalidParameter"},
      {with("\"AAAA\"", "\"\""), "InvalidParameter"},
      {with(kRp, "a\\u0000b"), "InvalidParameter"},
      {with(kRp, ""), "InvalidParameter"},
      {with("\"required\"", "\"preferred\""), "InvalidParameter"},
      {std::string(70'000, 'x'), "InvalidArgument"},
  };
  for (const auto& [bytes, name] : rows) {
    WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
    ASSERT_EQ(send(worker.socket().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    std::string answer;
    char buffer[4096];
    for (ssize_t got; (got = recv(worker.socket().get(), buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(got));
    }
    EXPECT_THAT(answer, ::testing::HasSubstr("." + name + "\"")) << bytes.substr(0, 300);
    EXPECT_EQ(worker.Wait(), 1) << bytes.substr(0, 300);
  }
}

TEST(Worker, I6_ACutOffMessageIsAnErrorAndEndOfFileIsNot) {
  Desk desk;
  WorkerProcess cut({"fob-keyd-virtual", "--keys", desk.folder()});
  ASSERT_EQ(send(cut.socket().get(), "{\"method\"", 9, 0), 9);
  cut.socket().reset();
  EXPECT_EQ(cut.Wait(), 1);
  WorkerProcess idle({"fob-keyd-virtual", "--keys", desk.folder()});
  idle.socket().reset();
  EXPECT_EQ(idle.Wait(), 0);
}

TEST(Worker, ATalkerOutOfTurnCancelsAndEndsTheWorker) {
  Desk desk;
  auto& key = desk.Add("key");
  const auto enrolled = desk.Enrol();
  key.SetTouchPolicy("command");
  WorkerProcess worker({"fob-keyd-virtual", "--keys", desk.folder()});
  const SecretBytes call =
      proto::EncodeCall(GetAssertion::kName, proto::ToJson(GetIn(desk, enrolled)), true);
  ASSERT_GT(send(worker.socket().get(), call.Reveal().data(), call.size(), 0), 0);
  key.WaitTouch();
  ASSERT_GT(send(worker.socket().get(), call.Reveal().data(), call.size(), 0), 0);
  key.WaitIdle();
  EXPECT_EQ(worker.Wait(), 1);
  EXPECT_EQ(key.Status("cancels"), 1);
}

TEST(FobKeyd, AMachineWithoutKeysAsksForOneAndTellsThatNoneCame) {
  Desk desk;
  WorkerProcess worker({"fob-keyd"});
  auto connection = worker.Connect();
  fido::CredentialFacts enrolled;
  enrolled.credential_id = Bytes(16, 1);
  GetAssertion::In in = GetIn(desk, enrolled);
  in.timeout_ms = 100;
  std::vector<std::string> kinds;
  const auto out = connection.Stream<GetAssertion>(in, Soon(), Into<GetAssertion::Out>(kinds));
  if (testing::HasHidraw()) GTEST_SKIP() << "this machine has hidraw devices";
  EXPECT_EQ(ReasonOf(out), "no_key");
  EXPECT_THAT(kinds, ElementsAre("insert"));
  connection.Close();
  EXPECT_EQ(worker.Wait(), 0);
}

std::string FileText(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

TEST(FobKeyd, TheShippedWorkerHasNoTestDoor) {
  Desk desk;
  auto& key = desk.Add("key");
  const auto enrolled = desk.Enrol();
  const int64_t inits = key.Status("inits");
  // Options are a usage error, whichever.
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"fob-keyd", "--keys", desk.folder()},
        {"fob-keyd", "--help"},
        {"fob-keyd", ""}}) {
    WorkerProcess worker(words);
    EXPECT_EQ(worker.Wait(), 2);
    EXPECT_THAT(worker.Errors(), ::testing::HasSubstr("takes no arguments"));
  }
  // No variable and no folder leads to the virtual key.
  WorkerProcess worker(
      {"fob-keyd"},
      {"FOB_KEYS=" + desk.folder(), "FOB_KEYD_KEYS=" + desk.folder(), "KEYS=" + desk.folder(),
       "FIDO_DEBUG=1", "PWD=" + desk.folder(), "HOME=" + desk.folder(), "TMPDIR=" + desk.folder()});
  auto connection = worker.Connect();
  GetAssertion::In in = GetIn(desk, enrolled);
  in.timeout_ms = 200;
  std::vector<std::string> kinds;
  EXPECT_FALSE(connection.Stream<GetAssertion>(in, Soon(), Into<GetAssertion::Out>(kinds)).ok());
  connection.Close();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.Errors(), "") << "I17: libfido2's own log too";
  EXPECT_EQ(key.Status("inits"), inits);
  // And the code that could is not in the program; the tests' build shows that this would be seen.
  const std::string shipped = FileText(FOB_BIN_DIR "/fob-keyd");
  const std::string tests = FileText(FOB_BIN_DIR "/fob-keyd-virtual");
  ASSERT_FALSE(shipped.empty());
  for (const char* trace : {"VirtualRing", "--keys", ".sock", "virtual key", "inotify_add_watch"}) {
    EXPECT_EQ(shipped.find(trace), std::string::npos) << trace;
    EXPECT_NE(tests.find(trace), std::string::npos) << trace;
  }
}

TEST(FobKeyd, RunsOnlyOnAConnectedSocket) {
  for (const char* input : {"/dev/null", "/dev/zero"}) {
    const pid_t pid = fork();
    if (pid == 0) {
      dup2(open(input, O_RDONLY), STDIN_FILENO);
      dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
      execl(FOB_BIN_DIR "/fob-keyd", "fob-keyd", nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 2);
  }
}

TEST(FobKeyd, TakesTheSocketThatSystemdPasses) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  UniqueFd near(ends[0]), far(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    near.reset();
    dup2(far.get(), 10);
    dup2(10, 3);
    close(10);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    execl(FOB_BIN_DIR "/fob-keyd", "fob-keyd", nullptr);
    _exit(127);
  }
  far.reset();
  ASSERT_EQ(send(near.get(), "{}", 3, MSG_NOSIGNAL), 3);
  char buffer[512];
  EXPECT_GT(recv(near.get(), buffer, sizeof buffer, 0), 0);
  near.reset();
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST(FobKeyd, LeavesNoCoreDump) {
  Desk desk;
  WorkerProcess worker({"fob-keyd"});
  fido::CredentialFacts nothing;
  nothing.credential_id = Bytes(16, 1);
  const SecretBytes call =
      proto::EncodeCall(GetAssertion::kName, proto::ToJson(GetIn(desk, nothing)), true);
  ASSERT_GT(send(worker.socket().get(), call.Reveal().data(), call.size(), 0), 0);
  char byte = 0;
  ASSERT_EQ(recv(worker.socket().get(), &byte, 1, 0), 1);  // it serves
  const std::string proc = "/proc/" + std::to_string(worker.pid());
  EXPECT_THAT(FileText(proc + "/limits"), ::testing::ContainsRegex("Max core file size +0 +0 "));
  // Of a process that may not be dumped, proc's files are root's.
  struct stat status {};
  ASSERT_EQ(stat((proc + "/maps").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0u);
}

}  // namespace
}  // namespace fob::worker
