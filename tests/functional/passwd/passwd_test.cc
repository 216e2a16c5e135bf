#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "daemon/passwd/pam_check.h"
#include "proto/envelope.h"
#include "proto/messages_json.h"
#include "test_paths.h"
#include "tests/support/pam_harness/pam_services.h"

namespace fob::passwd {
namespace {

using testing::PamServices;

// Users and passwords of a file (pam_matrix, of pam_wrapper).
constexpr const char* kMatrix = "/usr/lib/x86_64-linux-gnu/pam_wrapper/pam_matrix.so";

class Passwords : public ::testing::Test {
 protected:
  Passwords() {
    std::ofstream(services_.Path("users")) << "ada:correct horse:fob-web\nftp:correct horse:fob-web\ngrace:nanosecond:sshd\n";
    Stack("auth required " + matrix() + "\naccount required pam_permit.so\n");
  }
  std::string matrix() const { return std::string(kMatrix) + " passdb=" + services_.Path("users"); }
  void Stack(const std::string& lines) { services_.Write("fob-web", lines); }
  Verdict Check(const std::string& user, std::string_view password) {
    return CheckPassword(user, "192.0.2.7", SecretBytes(password), services_.folder().c_str());
  }
  PamServices services_;
};

TEST_F(Passwords, AreWhatPamTakes) {
  EXPECT_EQ(Check("ada", "correct horse"), Verdict::kAccepted);
  EXPECT_EQ(Check("ada", "correct horse "), Verdict::kWrong);
  EXPECT_EQ(Check("ada", "x"), Verdict::kWrong);
  EXPECT_EQ(Check("nobody-of-this-name", "correct horse"), Verdict::kWrong) << "told as a wrong password is";
}

TEST_F(Passwords, AStackThatAsksForNoneProvesNone) {
  Stack("auth required pam_permit.so\naccount required pam_permit.so\n");
  EXPECT_EQ(Check("ada", "correct horse"), Verdict::kWrong);
}

TEST_F(Passwords, IsGivenToTheFirstQuestionOnly) {
  // pam_ftp asks "ftp" for anything at all, and asks even where a password is known already.
  Stack("auth required pam_ftp.so\naccount required pam_permit.so\n");
  EXPECT_EQ(Check("ftp", "correct horse"), Verdict::kAccepted);
  Stack("auth required " + matrix() + "\nauth required pam_ftp.so\naccount required pam_permit.so\n");
  EXPECT_NE(Check("ftp", "correct horse"), Verdict::kAccepted) << "a second question has no answer";
  Stack("auth required " + matrix() + "\naccount required pam_permit.so\n");
  EXPECT_EQ(Check("ftp", "correct horse"), Verdict::kAccepted) << "it was not the first that failed";
}

TEST_F(Passwords, OfAnAccountThatMayNotAreNotEnough) {
  Stack("auth required " + matrix() + "\naccount required pam_deny.so\n");
  EXPECT_NE(Check("ada", "correct horse"), Verdict::kAccepted);
  Stack("auth required pam_deny.so\naccount required pam_permit.so\n");
  EXPECT_NE(Check("ada", "correct horse"), Verdict::kAccepted);
}

// What fob-passwd answers to `sent`; nothing: it hung up.
std::optional<proto::Reply> Ask(std::string_view sent) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return std::nullopt;
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(theirs.get(), 0);
    ::execl(FOB_BIN_DIR "/fob-passwd", "fob-passwd", nullptr);
    ::_exit(127);
  }
  theirs.reset();
  EXPECT_EQ(::send(ours.get(), sent.data(), sent.size(), MSG_NOSIGNAL), static_cast<ssize_t>(sent.size()));
  ::shutdown(ours.get(), SHUT_WR);
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ours.get(), buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<size_t>(got));
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "it was killed";
  if (answer.empty() || answer.back() != '\0') return std::nullopt;
  auto reply = proto::ParseReply(std::string_view(answer).substr(0, answer.size() - 1));
  return reply.ok() ? std::optional(*std::move(reply)) : std::nullopt;
}

std::string Call(const std::string& parameters, const std::string& method = "org.fobd.Password.Check") {
  std::string text = R"({"method":")" + method + R"(","parameters":)" + parameters + "}";
  text += '\0';
  return text;
}

TEST(Program, AnswersOneCallAndEnds) {
  const auto reply = Ask(Call(R"({"user":"nobody-of-this-name","rhost":"192.0.2.7","password":"x"})"));
  ASSERT_TRUE(reply.has_value());
  ASSERT_TRUE(reply->error.empty()) << reply->error;
  EXPECT_FALSE(reply->parameters.at("accepted").as_bool());
}

TEST(Program, TakesNothingElse) {
  EXPECT_FALSE(Ask("").has_value());
  EXPECT_FALSE(Ask("no call\0").has_value());
  EXPECT_FALSE(Ask(Call(R"({"user":"ada","rhost":"x","password":"x"})") + Call("{}")).has_value()) << "two calls";
  for (const std::string& call :
       {Call("{}"), Call(R"({"user":"","rhost":"x","password":"x"})"), Call(R"({"user":"a\u0000b","rhost":"x","password":"x"})"),
        Call(R"({"user":"ada","rhost":"x","password":"x","service":"sudo"})"), Call("{}", "org.fobd.Login.Begin")}) {
    const auto reply = Ask(call);
    ASSERT_TRUE(reply.has_value()) << call;
    EXPECT_FALSE(reply->error.empty()) << call;
  }
}

}  // namespace
}  // namespace fob::passwd
