#pragma once

#include <sys/socket.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/unique_fd.h"
#include "devices/fido/ceremony.h"
#include "devices/fido/key_care.h"
#include "devices/fido/verify.h"
#include "tests/support/virtual_key/client.h"
#include "tests/support/worker/virtual_ring.h"

namespace fob::testing {

inline constexpr char kRp[] = "login.example.org";

// A folder of its own, gone with the test.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A desk with virtual keys on it and one ceremony at a time in front of it.
class Desk {
 public:
  // A key that is plugged in.
  VirtualKeyProcess& Add(const std::string& name, std::vector<std::string> arguments = {});

  fido::CredentialRequest CreateRequest() const;
  fido::AssertionRequest GetRequest(const std::vector<fido::CredentialFacts>& enrolled) const;
  const Bytes& hash() const { return hash_; }
  const std::string& folder() const { return folder_.path(); }

  // A new ceremony, as a new worker would begin it.
  void Fresh();
  fido::Ceremony& ceremony() { return *ceremony_; }
  fido::KeyCare& care() { return *care_; }
  Result<fido::Answer> Get(const fido::AssertionRequest& request) {
    return ceremony_->GetAssertion(request);
  }
  Result<fido::Answer> Create(const fido::CredentialRequest& request) {
    return ceremony_->MakeCredential(request);
  }
  // In another thread.
  std::future<Result<fido::Answer>> StartGet(const fido::AssertionRequest& request);
  void Interrupt() { far_.reset(); }

  // Enrols with the only key on the desk; with `pin` where it asks for one.
  fido::CredentialFacts Enrol(fido::CredentialRequest request, const std::string& pin = "");
  fido::CredentialFacts Enrol() { return Enrol(CreateRequest()); }

  // "touch:NAME" and the like, in order, since Fresh.
  std::vector<std::string> progress();
  // False when it did not come within ten seconds.
  bool WaitProgress(const std::string& wanted);

  fido::AssertionCheck CheckOf(const fido::Assertion& assertion,
                               const fido::CredentialFacts& enrolled) const;
  fido::CredentialCheck CheckOf(const fido::MadeCredential& made) const;

 private:
  TempFolder folder_;
  VirtualRing ring_{folder_.path()};
  Bytes hash_ = SystemRandom().Take(32);
  UniqueFd near_, far_;
  std::unique_ptr<fido::Ceremony> ceremony_;
  std::unique_ptr<fido::KeyCare> care_;
  std::vector<std::unique_ptr<VirtualKeyProcess>> keys_;
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<std::string> progress_;

 public:
  Desk() { Fresh(); }
};

// Whether this machine has hidraw devices, so that a test cannot know which keys there are.
bool HasHidraw();

// The reason of a failure, or "ok".
template <typename T>
std::string ReasonOf(const Result<T>& result) {
  return result.ok() ? "ok" : result.error().reason;
}

}  // namespace fob::testing
