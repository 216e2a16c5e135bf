#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/web_sessions.h"
#include "proto/messages.h"

namespace fob::core {

// What a browser's user enrols: a passkey or security key, and codes. All else is the business of org.fobd.Enrol.
class WebAccount {
 public:
  WebAccount(const Context& context, WebSessions& sessions) : context_(context), sessions_(sessions) {}

  void BeginKey(const Peer& peer, proto::web::BeginKey::In in, Reply<proto::web::BeginKey> reply);
  void FinishKey(const Peer& peer, proto::web::FinishKey::In in, Reply<proto::web::FinishKey> reply);
  void BeginOtp(const Peer& peer, proto::web::BeginOtp::In in, Reply<proto::web::BeginOtp> reply);
  void FinishOtp(const Peer& peer, proto::web::FinishOtp::In in, Reply<proto::web::FinishOtp> reply);

 private:
  // One enrolment that was begun, in memory, bounded in number and time.
  struct Enrolment {
    Bytes session_hash;
    std::string name;
    Account account;
    std::string sub;
    bool discoverable = false;
    Bytes challenge;
    OtpRecord otp;
    int tries = 0;
    int64_t expires_at_ms = 0;  // monotonic
  };
  using EnrolmentPtr = std::shared_ptr<Enrolment>;
  struct User {
    Peer peer;
    Account account;
    UserFactors factors;
  };
  // Who may change what: the browser's user, who proved enough just now. kDenied/"login_again".
  void FindUser(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Result<User>)> done);
  void FindPeer(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Result<Peer>)> done);
  Result<SecretBytes> Add(EnrolmentPtr enrolment);
  Result<EnrolmentPtr> Find(const SecretBytes& attempt, const SecretBytes& session);
  void Remove(const SecretBytes& attempt);
  Result<KeyRecord> Verify(const Enrolment& enrolment, const proto::web::FinishKey::In& in) const;
  Store::NewFactor NewFactor(const Peer& peer, const Enrolment& enrolment, std::string_view action) const;

  static constexpr int64_t kLifetimeMs = 300'000;
  static constexpr size_t kMost = 1024;
  const Context& context_;
  WebSessions& sessions_;
  std::map<Bytes, EnrolmentPtr> begun_;  // by SHA-256
};

}  // namespace fob::core
