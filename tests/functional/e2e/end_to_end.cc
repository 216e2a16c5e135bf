#include "tests/functional/e2e/end_to_end.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace fob::testing {

using proto::enrol::EnrolOtp;

DaemonSetup AtTheStartOfAStep() {
  DaemonSetup setup;
  setup.time = ::time(nullptr) / 30 * 30 -
               90;  // tests move it on a few steps, and no token is of the future
  return setup;
}

std::string Me() {
  const passwd* account = ::getpwuid(::geteuid());
  if (account == nullptr) throw std::runtime_error("this uid has no account");
  return account->pw_name;
}

std::string OutputOf(const std::vector<std::string>& command, const std::string& input) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  // Files, not pipes: neither side waits for the other.
  const UniqueFd in(::memfd_create("in", MFD_CLOEXEC)), out(::memfd_create("out", MFD_CLOEXEC));
  if (::write(in.get(), input.data(), input.size()) < 0) ADD_FAILURE() << "write";
  ::lseek(in.get(), 0, SEEK_SET);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in.get(), 0);
    ::dup2(out.get(), 1);
    ::alarm(60);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  std::string text(static_cast<size_t>(::lseek(out.get(), 0, SEEK_END)), '\0');
  if (::pread(out.get(), text.data(), text.size(), 0) < 0) ADD_FAILURE() << "read";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << command.front() << " failed: " << status << "\n"
      << text;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string OathtoolCode(int64_t at, const std::string& hash, int digits,
                         const std::string& secret_hex) {
  return OutputOf({"oathtool", "--totp=" + hash, "--digits=" + std::to_string(digits),
                   "--now=@" + std::to_string(at), "-"},
                  secret_hex);
}

std::vector<std::string> WordsOf(const boost::json::value& array) {
  std::vector<std::string> words;
  for (const auto& word : array.as_array()) words.emplace_back(word.as_string().c_str());
  return words;
}

EndToEnd::EndToEnd(DaemonSetup setup)
    : daemon_(std::move(setup), services_.folder().substr(0, services_.folder().rfind('/'))) {
  const std::string rest =
      "account required pam_permit.so\nsession required pam_permit.so\nsession required {fob}\n";
  services_.Write("sshd",
                  "auth requisite pam_permit.so\nauth required {fob} after=password\n" + rest);
  services_.Write("console",
                  "auth requisite pam_permit.so\nauth required {fob} after=password\n" + rest);
  services_.Write(
      "brief",
      "auth requisite pam_permit.so\nauth required {fob} after=password timeout=1\n" + rest);
  services_.Write("sudo", "auth requisite pam_permit.so\nauth required {fob}\n" + rest);
  for (const char* name : {"login", "vault", "open"})
    services_.Write(name, "auth required {fob}\n" + rest);
  daemon_.Start();
}

int EndToEnd::Authenticate(const std::string& service, const std::string& answer,
                           const std::string& user) {
  ScriptedConversation person;
  person.AnyInfo().Shown("Code for " + user + " at " + service, answer);
  return Session(service, person, user).Authenticate();
}

void EndToEnd::IsDenied(const std::string& service, const std::string& answer,
                        const std::string& shown, int expected) {
  ScriptedConversation person;
  person.Shown("Code for " + Me() + " at " + service, answer).Error(shown);
  PamSession session = Session(service, person);
  EXPECT_PAM(expected, session.Authenticate());
  EXPECT_EQ(session.Variable("FOB_HANDLE"), std::nullopt);
}

void EndToEnd::EnrolTotp(const std::string& user) {
  EnrolTotp(user, "phone", kUri, OathtoolCode(daemon_.time()));
}

void EndToEnd::EnrolTotp(const std::string& user, const std::string& name, const std::string& uri,
                         const std::string& code) {
  proto::Connection connection = daemon_.Connect();
  const int64_t deadline = proto::DeadlineIn(10'000);
  EnrolOtp::In in;
  in.user = user;
  in.name = name;
  in.otpauth_uri = SecretBytes(uri);
  const auto asked = connection.Stream<EnrolOtp>(in, deadline, [](auto) { return Ok(); });
  ASSERT_TRUE(asked.ok()) << asked.error().text;
  ASSERT_TRUE(asked->ask.has_value());
  const auto done = connection.Stream<proto::enrol::Continue>({SecretBytes(code)}, deadline,
                                                              [](auto) { return Ok(); });
  ASSERT_TRUE(done.ok()) << done.error().text;
  ASSERT_TRUE(done->done.has_value() && done->done->otp.has_value())
      << (done->ask ? done->ask->prompt : "");
}

std::string EndToEnd::NextCode() {
  daemon_.Advance(30);
  return OathtoolCode(daemon_.time());
}

std::string EndToEnd::LogIn(const std::string& user) {
  ScriptedConversation person;
  person.Shown("Code for " + user, NextCode());
  PamSession session = Session("sshd", person, user);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
  EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
  return session.Variable("FOB_LOGIN").value_or("");
}

proto::LoginInfo EndToEnd::FindLogin(const std::string& id) {
  const auto list = daemon_.Call<proto::login::List>({std::nullopt, true, std::nullopt, {}});
  if (list.ok()) {
    for (const proto::LoginInfo& login : list->logins) {
      if (login.login == id) return login;
    }
  }
  ADD_FAILURE() << "there is no login " << id;
  return {};
}

size_t EndToEnd::LiveLogins() {
  const auto list = daemon_.Call<proto::login::List>({});
  EXPECT_TRUE(list.ok());
  return list.ok() ? list->logins.size() : 0;
}

EndToEnd::App EndToEnd::AddApp(const std::string& name, std::vector<std::string> audiences,
                               std::vector<std::string> scopes) {
  proto::ClientSettings settings;
  settings.audiences = std::move(audiences);
  settings.scopes = std::move(scopes);
  return AddApp(name, std::move(settings));
}

EndToEnd::App EndToEnd::AddApp(const std::string& name, proto::ClientSettings settings) {
  auto added = daemon_.Call<proto::admin::AddClient>({name, std::move(settings)});
  EXPECT_TRUE(added.ok());
  if (!added.ok()) return {};
  return {added->client.client_id, std::move(added->client_secret).value()};
}

Result<proto::token::Ticket::Out> EndToEnd::Ticket(const App& app, std::optional<std::string> login,
                                                   std::optional<std::string> audience) {
  return daemon_.Call<proto::token::Ticket>(
      {app.id, std::move(audience), std::nullopt, std::move(login)});
}

Result<proto::token::Exchange::Out> EndToEnd::Exchange(const App& app, const SecretBytes& ticket,
                                                       std::optional<std::string> audience) {
  return daemon_.Call<proto::token::Exchange>(
      {app.id, app.secret.Clone(), {}, ticket.Clone(), std::move(audience)});
}

SecretBytes EndToEnd::Browser() {
  const std::string browser = "a browser's own random value";
  const auto issuer = daemon_.Call<proto::web::Metadata>({});
  if (!issuer.ok()) return ADD_FAILURE() << issuer.error().text, SecretBytes();
  auto link = daemon_.Call<proto::web::CreateLink>({issuer->issuer + "/account", std::nullopt});
  if (!link.ok()) return ADD_FAILURE() << link.error().text, SecretBytes();
  const auto shown = daemon_.Call<proto::web::ShowLink>({SecretBytes(browser), link->link.Clone()});
  EXPECT_TRUE(shown.ok() && shown->user == Me());
  auto followed = daemon_.Call<proto::web::FollowLink>({SecretBytes(browser), link->link.Clone()});
  if (!followed.ok()) return ADD_FAILURE() << followed.error().text, SecretBytes();
  return std::move(followed->session);
}

EndToEnd::App EndToEnd::AddCodeApp(const std::string& name, proto::ClientSettings settings) {
  settings.redirect_uris = {{kAppUri}};
  return AddApp(name, std::move(settings));
}

SecretBytes EndToEnd::CodeFor(const App& app, const SecretBytes& session) {
  proto::web::Authorize::In in;
  in.session = session.Clone();
  in.request.client_id = app.id;
  in.request.redirect_uri = kAppUri;
  in.request.response_type = "code";
  in.request.scope = "openid";
  in.request.code_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  in.request.code_challenge_method = "S256";
  auto out = daemon_.Call<proto::web::Authorize>(in);
  if (!out.ok()) return ADD_FAILURE() << out.error().text, SecretBytes();
  if (!out->decision.redirect || out->decision.redirect->parameters.empty() || out->decision.redirect->parameters[0].name != "code")
    return ADD_FAILURE() << "no code: outcome " << static_cast<int>(out->decision.outcome), SecretBytes();
  return std::move(out->decision.redirect->parameters[0].value);
}

proto::token::RedeemCode::In EndToEnd::Redeeming(const App& app, const SecretBytes& code) {
  proto::token::RedeemCode::In in;
  in.client_id = app.id;
  in.client_secret = app.secret.Clone();
  in.code = code.Clone();
  in.redirect_uri = kAppUri;
  in.code_verifier = SecretBytes("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");  // RFC 7636 appendix B
  return in;
}

boost::json::object EndToEnd::ActiveClaims(const SecretBytes& token) {
  const auto out = daemon_.Call<proto::token::Verify>({token.Clone()});
  if (!out.ok() || !out->active || !out->claims) {
    ADD_FAILURE() << "the token is not active: "
                  << (out.ok() ? out->why.value_or("") : out.error().text);
    return {};
  }
  return boost::json::parse(out->claims->text).as_object();
}

proto::AuditEvent EndToEnd::LastEvent() {
  proto::admin::TailAudit::In in;
  in.limit = 1;
  auto out = daemon_.Call<proto::admin::TailAudit>(in);
  if (!out.ok() || out->events.empty()) {
    ADD_FAILURE() << "no audit event";
    return {};
  }
  return std::move(out->events.back());
}

}  // namespace fob::testing
