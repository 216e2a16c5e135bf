#include "tests/unit/devices/desk.h"

#include <cstdlib>
#include <stdexcept>

namespace fob::testing {
namespace {

std::string Word(const fido::Progress& progress) {
  using Kind = fido::Progress::Kind;
  const std::string kind = progress.kind == Kind::kInsert     ? "insert"
                           : progress.kind == Kind::kTouch    ? "touch"
                           : progress.kind == Kind::kWrongKey ? "wrong_key"
                           : progress.kind == Kind::kVerify   ? "verify"
                           : progress.kind == Kind::kVerifyAgain ? "verify_again"
                           : progress.kind == Kind::kSlow        ? "slow"
                           : progress.kind == Kind::kRemove      ? "remove"
                                                                 : "busy";
  return progress.device.empty() ? kind : kind + ":" + progress.device;
}

}  // namespace

bool HasHidraw() {
  std::error_code failed;
  const auto devices = std::filesystem::directory_iterator("/sys/class/hidraw", failed);
  return !failed && devices != std::filesystem::directory_iterator();
}

TempFolder::TempFolder() {
  std::string name = "/tmp/fob-devices-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

VirtualKeyProcess& Desk::Add(const std::string& name, std::vector<std::string> arguments) {
  keys_.push_back(std::make_unique<VirtualKeyProcess>(folder(), std::move(arguments), name));
  return *keys_.back();
}

void Desk::Fresh() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("socketpair");
  ceremony_.reset();
  near_.reset(ends[0]);
  far_.reset(ends[1]);
  progress_.clear();
  const auto tell = [this](const fido::Progress& progress) {
    const std::lock_guard lock(mutex_);
    progress_.push_back(Word(progress));
    told_.notify_all();
  };
  ceremony_ = std::make_unique<fido::Ceremony>(ring_, near_.get(), tell);
  care_ = std::make_unique<fido::KeyCare>(ring_, near_.get(), tell);
}

std::vector<std::string> Desk::progress() {
  const std::lock_guard lock(mutex_);
  return progress_;
}

bool Desk::WaitProgress(const std::string& wanted) {
  std::unique_lock lock(mutex_);
  return told_.wait_for(lock, std::chrono::seconds(10), [&] {
    return std::find(progress_.begin(), progress_.end(), wanted) != progress_.end();
  });
}

fido::CredentialRequest Desk::CreateRequest() const {
  fido::CredentialRequest request;
  request.client_data_hash = hash_;
  request.rp_id = kRp;
  request.rp_name = "fob";
  request.user_handle = {1, 2, 3, 4};
  request.user_name = "anna";
  request.algorithms = {fido::Algorithm::kEs256, fido::Algorithm::kEdDsa};
  request.user_verification = fido::UserVerification::kDiscouraged;
  request.pin_floor = 2;
  request.timeout_ms = 10'000;
  return request;
}

fido::AssertionRequest Desk::GetRequest(const std::vector<fido::CredentialFacts>& enrolled) const {
  fido::AssertionRequest request;
  request.client_data_hash = hash_;
  for (const auto& facts : enrolled) request.credentials.push_back({kRp, facts.credential_id});
  request.pin_floor = 2;
  request.timeout_ms = 10'000;
  return request;
}

std::future<Result<fido::Answer>> Desk::StartGet(const fido::AssertionRequest& request) {
  return std::async(std::launch::async, [this, &request] { return Get(request); });
}

fido::CredentialFacts Desk::Enrol(fido::CredentialRequest request, const std::string& pin) {
  Fresh();
  auto answer = Create(request);
  if (answer.ok() && std::holds_alternative<fido::PinNeeded>(*answer)) {
    request.pin = SecretBytes(std::string_view(pin));
    answer = Create(request);
  }
  if (!answer.ok())
    throw std::runtime_error("cannot enrol: " + answer.error().reason + ": " + answer.error().text);
  auto facts = fido::VerifyCredential(CheckOf(std::get<fido::MadeCredential>(*answer)));
  if (!facts.ok())
    throw std::runtime_error("bad enrolment: " + facts.error().reason + ": " + facts.error().text);
  Fresh();
  return *facts;
}

fido::AssertionCheck Desk::CheckOf(const fido::Assertion& assertion,
                                   const fido::CredentialFacts& enrolled) const {
  fido::AssertionCheck check;
  check.rp_id = kRp;
  check.client_data_hash = hash_;
  check.credential_id = enrolled.credential_id;
  check.public_key = enrolled.public_key;
  check.algorithm = enrolled.algorithm;
  check.answered_credential_id = assertion.credential_id;
  check.auth_data = assertion.auth_data;
  check.signature = assertion.signature;
  return check;
}

fido::CredentialCheck Desk::CheckOf(const fido::MadeCredential& made) const {
  fido::CredentialCheck check;
  check.rp_id = kRp;
  check.client_data_hash = hash_;
  check.auth_data = made.auth_data;
  check.format = made.format;
  check.attestation_statement = made.attestation_statement;
  return check;
}

}  // namespace fob::testing
