#pragma once

#include "daemon/core/grant_records.h"
#include "daemon/core/records.h"
#include "proto/messages.h"

namespace fob::core {

// Records as the protocol shows them.
proto::Key Present(const KeyRecord& key);
proto::Otp Present(const OtpRecord& otp);
proto::LoginInfo Present(const LoginRecord& login);
proto::Client Present(const ClientRecord& client);
proto::AuditEvent Present(const AuditRecord& record);

}  // namespace fob::core
