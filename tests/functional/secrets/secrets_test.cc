// Secrets are planted, used by the real programs, and then looked for wherever they could have stayed.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "tests/functional/cli/fobctl.h"
#include "tests/functional/e2e/key_fixture.h"
#include "tests/support/process_memory/process_memory.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using ::testing::IsEmpty;

constexpr const char* kOtpSecret = "OQFZ3VXM5KCWTB7RJ2NLYH6DGEPASU4I";
constexpr const char* kOtpUri =
    "otpauth://totp/test?secret=OQFZ3VXM5KCWTB7RJ2NLYH6DGEPASU4I&algorithm=SHA1&digits=8&period=30";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// quiet-host in the background.
class Host {
 public:
  Host(const std::string& confdir, const std::string& service) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::execl(FOB_BIN_DIR "/quiet-host", "quiet-host", confdir.c_str(), service.c_str(),
              Me().c_str(), nullptr);
      ::_exit(127);
    }
    in_ = UniqueFd(in[1]);
    out_ = UniqueFd(out[0]);
    ::close(in[0]);
    ::close(out[1]);
  }
  ~Host() {
    in_.reset();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void Type(const std::string& line) {
    if (::write(in_.get(), (line + "\n").data(), line.size() + 1) < 0) ADD_FAILURE() << "write";
  }
  std::string Says() {
    std::string line;
    char c = 0;
    pollfd waiting{out_.get(), POLLIN, 0};
    while (::poll(&waiting, 1, 20'000) > 0 && ::read(out_.get(), &c, 1) == 1 && c != '\n')
      line += c;
    return line;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  UniqueFd in_, out_;
};

class Secrets : public KeysEndToEnd {
 protected:
  Secrets() {
    otp_hex_ = OutputOf({"/bin/sh", "-c", "base32 -d | od -An -v -tx1 | tr -d ' \\n'"}, kOtpSecret);
    const auto raw = HexBytes(otp_hex_);
    Plant("the TOTP secret, base32", kOtpSecret);
    Plant("the TOTP secret", raw);
    Plant("the PIN", kPin);
    Plant("the master key", ReadFile(daemon_.Path("etc/master.key")));
    EnrolTotp(Me(), "phone", kOtpUri, Code());
    EnrolKey("blue");
    wiki_ = AddApp("Wiki", {"wiki"});
    Plant("the client secret", std::string(wiki_.secret.RevealText()));
  }

  static std::string HexBytes(const std::string& hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
  }
  void Plant(const std::string& name, std::string bytes) {
    ASSERT_GE(bytes.size(), 6u) << name;
    planted_.push_back({name, std::move(bytes)});
  }
  // The code of now; each is planted.
  std::string Code() {
    std::string code = OathtoolCode(daemon_.time(), "sha1", 8, otp_hex_);
    Plant("the code " + code, code);
    return code;
  }

  // A login with code, its session, a ticket and a token; all of it is planted.
  void LiveByCode() {
    daemon_.Advance(30);
    ScriptedConversation person;
    person.Shown("Code for", Code());
    PamSession session = Session("sshd", person);
    ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
    Plant("the handle", session.Variable("FOB_HANDLE").value_or(""));
    ASSERT_EQ(PAM_SUCCESS, session.OpenSession());
    const auto ticket = Ticket(wiki_);
    ASSERT_TRUE(ticket.ok()) << ticket.error().text;
    Plant("the ticket", std::string(ticket->ticket.RevealText()));
    const auto token = Exchange(wiki_, ticket->ticket);
    ASSERT_TRUE(token.ok()) << token.error().text;
    Plant("the access token", std::string(token->access_token.RevealText()));
    ActiveClaims(token->access_token);
    const auto code = daemon_.Call<proto::enrol::CreateCode>({Me(), std::nullopt});
    ASSERT_TRUE(code.ok());
    Plant("the enrolment code", std::string(code->enrol_code.RevealText()));
  }

  void ExpectClean(pid_t pid) {
    // What has ended is let go a moment after it was answered.
    const int64_t deadline = proto::DeadlineIn(2'000);
    auto found = FindInMemory(pid, planted_);
    while (found && !found->empty() && proto::DeadlineIn(0) < deadline)
      found = FindInMemory(pid, planted_);
    if (!found) GTEST_SKIP() << "the memory of another process cannot be read here";
    EXPECT_THAT(*found, IsEmpty());
    const std::string folder = "/proc/" + std::to_string(pid);
    for (const char* name : {"/cmdline", "/environ"})
      EXPECT_THAT(FindIn(name, ReadFile(folder + name), planted_), IsEmpty());
  }

  std::string otp_hex_;
  App wiki_;
  std::vector<PlantedSecret> planted_;
};

TEST_F(Secrets, NoneStaysInFobd) {
  LiveByCode();
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  ExpectClean(daemon_.pid());
}

TEST_F(Secrets, TheSearchFindsWhatIsThere) {
  Plant("the path of the socket", daemon_.socket());
  const auto found = FindInMemory(daemon_.pid(), {planted_.back()});
  if (!found) GTEST_SKIP() << "the memory of another process cannot be read here";
  EXPECT_FALSE(found->empty());
}

TEST_F(Secrets, NoneIsInFilesLogsAndTrail) {
  LiveByCode();
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  IsDenied("sshd", "00000000", "not right");
  for (const auto& entry : std::filesystem::directory_iterator(daemon_.Path("state")))
    EXPECT_THAT(FindIn(entry.path().string(), ReadFile(entry.path()), planted_), IsEmpty());
  EXPECT_THAT(FindIn("the log", daemon_.log(), planted_), IsEmpty());
  proto::admin::TailAudit::In newest;
  newest.limit = 100;
  const auto trail = daemon_.Call<proto::admin::TailAudit>(newest);
  ASSERT_TRUE(trail.ok());
  for (const proto::AuditEvent& event : trail->events)
    EXPECT_THAT(FindIn("the trail", event.detail.value_or("") + event.subject.value_or(""), planted_),
                IsEmpty());
}

TEST_F(Secrets, NoneStaysInThePamHost) {
  daemon_.Advance(30);
  Host host(services_.folder(), "sshd");
  host.Type(Code());
  ASSERT_EQ("authenticated", host.Says());
  ASSERT_EQ("opened", host.Says());
  ExpectClean(host.pid());
}

TEST_F(Secrets, NoPinStaysInThePamHost) {
  Host host(services_.folder(), "vault");
  host.Type(kPin);
  ASSERT_EQ("authenticated", host.Says());
  ExpectClean(host.pid());
}

pid_t ChildOf(pid_t parent) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    int pid = 0, its_parent = 0;
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
      continue;
    if (std::sscanf(ReadFile(entry.path() / "stat").c_str(), "%d (%*[^)]) %*c %d", &pid,
                    &its_parent) == 2 &&
        its_parent == parent) {
      return pid;
    }
  }
  return -1;
}

TEST_F(Secrets, NoneStaysInTheKeyWorker) {
  // The worker that stands ready is a child of fobd's child that starts them.
  const pid_t pid = ChildOf(ChildOf(daemon_.pid()));
  ASSERT_GT(pid, 0);
  LastMoment worker(pid);
  if (!worker.ok()) GTEST_SKIP() << "no process may be traced here";
  // The touch comes by itself; the worker stops as it ends, and fobd waits for nobody then.
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  ASSERT_TRUE(worker.Wait());
  ExpectClean(pid);
}

TEST_F(Secrets, NoneStaysInFobctl) {
  LiveByCode();
  auto ticket = Ticket(wiki_);
  ASSERT_TRUE(ticket.ok());
  Plant("another ticket", std::string(ticket->ticket.RevealText()));
  std::ofstream(daemon_.Path("wiki.secret")) << wiki_.secret.RevealText() << "\n";
  Background fobctl({"--socket", daemon_.socket(), "exchange", "--client", wiki_.id,
                     "--client-secret-file", daemon_.Path("wiki.secret"), "--ticket-file", "-"});
  LastMoment last(fobctl.pid());
  if (!last.ok()) GTEST_SKIP() << "no process may be traced here";
  fobctl.Say(std::string(ticket->ticket.RevealText()) + "\n");
  const std::string token = fobctl.ReadLine();
  Plant("the token that was printed", token);
  // fobctl reads until end of file or newline, and is stopped as it ends.
  ASSERT_TRUE(last.Wait());
  ExpectClean(fobctl.pid());
}

// What somebody types at a terminal, whose shell is the parent of fobctl.
TEST_F(Secrets, NeitherCodeNorHandleOfALoginStaysInFobctl) {
  daemon_.Advance(30);
  OnTerminal terminal({"--socket", daemon_.socket(), "login"});
  ASSERT_TRUE(terminal.SeesNext("Code for")) << terminal.seen();
  const pid_t fobctl = ChildOf(terminal.pid());
  LastMoment last(fobctl);
  if (!last.ok()) GTEST_SKIP() << "no process may be traced here";
  terminal.Type(Code() + "\n");
  ASSERT_TRUE(last.Wait());
  ASSERT_TRUE(terminal.SeesNext("logged in")) << terminal.seen();
  Plant("the beginning of a handle", "handle_");
  ExpectClean(fobctl);
}

TEST_F(Secrets, NoPinOfALoginStaysInFobctl) {
  DaemonSetup setup;
  setup.rules = "[[rule]]\nname = \"own\"\nservice = \"fobctl\"\nrequire = \"key+uv\"\n"
                "[[rule]]\nname = \"everything else\"\naction = \"deny\"\n";
  daemon_.Configure(std::move(setup));
  daemon_.Restart();
  OnTerminal terminal({"--socket", daemon_.socket(), "login"});
  ASSERT_TRUE(terminal.SeesNext("PIN for")) << terminal.seen();
  const pid_t fobctl = ChildOf(terminal.pid());
  LastMoment last(fobctl);
  if (!last.ok()) GTEST_SKIP() << "no process may be traced here";
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type(std::string(kPin) + "\n");
  ASSERT_TRUE(last.Wait());
  ASSERT_TRUE(terminal.SeesNext("logged in")) << terminal.seen();
  Plant("the beginning of a handle", "handle_");
  ExpectClean(fobctl);
}

TEST_F(Secrets, NeitherOldNorNewPinStaysInFobctl) {
  constexpr const char* kNewPin = "86753090";
  Plant("the new PIN", kNewPin);
  OnTerminal terminal({"--socket", daemon_.socket(), "key", "pin", "change"});
  ASSERT_TRUE(terminal.SeesNext("PIN that")) << terminal.seen();
  const pid_t fobctl = ChildOf(terminal.pid());
  LastMoment last(fobctl);
  if (!last.ok()) GTEST_SKIP() << "no process may be traced here";
  ASSERT_TRUE(terminal.EchoBecomes(false));
  terminal.Type(std::string(kPin) + "\n");
  for (const char* prompt : {"New PIN", "once more"}) {
    ASSERT_TRUE(terminal.SeesNext(prompt)) << terminal.seen();
    ASSERT_TRUE(terminal.EchoBecomes(false));
    terminal.Type(std::string(kNewPin) + "\n");
  }
  ASSERT_TRUE(last.Wait());
  ASSERT_TRUE(terminal.SeesNext("is changed")) << terminal.seen();
  ExpectClean(fobctl);
}

// The part of `text` behind `before`, up to `end`.
std::string Between(const std::string& text, const std::string& before, const std::string& end) {
  const size_t at = text.find(before);
  if (at == text.npos) return "";
  const size_t from = at + before.size();
  return text.substr(from, text.find(end, from) - from);
}

// A person must read the new secret, and so it is in memory while the code is asked for; what was typed before is not.
TEST_F(Secrets, NoneOfAnOtpsEnrolmentStaysInFobctl) {
  DaemonSetup setup;
  setup.trusted_uids = {4294967294u};
  daemon_.Configure(std::move(setup));
  daemon_.Restart();
  daemon_.Advance(30);
  OnTerminal terminal({"--socket", daemon_.socket(), "otp", "enrol", "tablet", "--digits", "8"});
  ASSERT_TRUE(terminal.SeesNext("Code for")) << terminal.seen();
  const pid_t fobctl = ChildOf(terminal.pid());
  LastMoment last(fobctl);
  if (!last.ok()) GTEST_SKIP() << "no process may be traced here";
  terminal.Type(Code() + "\n");
  ASSERT_TRUE(terminal.SeesNext("Code that your app shows")) << terminal.seen();
  ExpectClean(fobctl);

  const std::string secret = Between(terminal.seen(), "secret=", "&");
  Plant("the new secret, base32", secret);
  Plant("the new secret in groups", Between(terminal.seen(), "give the app this secret: ", "\r\n"));
  Plant("a line of the picture", Between(terminal.seen(), "▄", "\033"));
  const std::string hex = OutputOf({"/bin/sh", "-c", "base32 -d | od -An -v -tx1 | tr -d ' \\n'"}, secret);
  Plant("the new secret", HexBytes(hex));
  const std::string code = OathtoolCode(daemon_.time(), "sha1", 8, hex);
  Plant("the first code", code);
  ASSERT_FALSE(FindInMemory(fobctl, planted_)->empty()) << "it is shown";
  terminal.Type(code + "\n");
  ASSERT_TRUE(last.Wait());
  ASSERT_TRUE(terminal.SeesNext("tablet")) << terminal.seen();
  ExpectClean(fobctl);
}

}  // namespace
}  // namespace fob::testing
