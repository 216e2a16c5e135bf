#pragma once

#include <vector>

#include "proto/messages.h"
#include "web/pages/page.h"

namespace fob::web {

// What is on one's account page.
struct Account {
  proto::Session signed_in;
  std::vector<proto::Key> keys;
  std::vector<proto::Otp> otps;
  std::vector<proto::LoginInfo> logins;
  std::vector<proto::Grant> grants;
  std::vector<proto::AuditEvent> events;
};

Page AccountPage(const Site& site, const Account& account, const Html& note);

// Enrolling a key: what navigator.credentials.create needs, and a form for its answer.
Page NewKeyPage(const Site& site, const SecretBytes& attempt, const proto::KeyOptions& options, std::string_view name);

// Enrolling a code: its secret as a picture and as text, shown once, and a form for the first code.
Page NewOtpPage(const Site& site, const SecretBytes& attempt, std::string_view name, const SecretBytes& otpauth_uri,
                const SecretBytes& otp_secret, std::string_view problem);

Page RecoveryCodesPage(const Site& site, const std::vector<SecretBytes>& codes);

}  // namespace fob::web
