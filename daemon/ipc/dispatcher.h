#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "daemon/core/admin_service.h"
#include "daemon/core/audit_service.h"
#include "daemon/core/authority.h"
#include "daemon/core/client_service.h"
#include "daemon/core/backup_service.h"
#include "daemon/core/enrol_service.h"
#include "daemon/core/grant_service.h"
#include "daemon/core/login_service.h"
#include "daemon/core/signing_key_service.h"
#include "daemon/core/master_key_service.h"
#include "daemon/core/token_service.h"
#include "daemon/core/authorize_service.h"
#include "daemon/core/web_account.h"
#include "daemon/core/web_links.h"
#include "daemon/core/web_login_service.h"
#include "daemon/core/web_sessions.h"
#include "daemon/ipc/session.h"

namespace fob::ipc {

struct Services {
  core::LoginService* login;
  core::EnrolService* enrol;
  core::TokenService* token;
  core::AdminService* admin;
  core::AuditService* audit;
  core::GrantService* grant;
  core::ClientService* client;
  core::SigningKeyService* signing;
  core::MasterKeyService* master_key;
  core::BackupService* backup;
  core::WebSessions* sessions;
  core::WebLoginService* web_login;
  core::AuthorizeService* authorize;
  core::WebLinks* links;
  core::WebAccount* account;
  const core::Authority* authority;
};

// How a call behaves towards its connection.
enum class Shape {
  kAnytime, // one reply, even while a ceremony waits for an answer
  kPlain,   // one reply; not while a ceremony is under way
  kBeside,  // as kPlain, and beside others of its kind: a connection may have several under way
  kBegins,  // begins a ceremony; needs "more"
  kAnswers, // answers a ceremony's question; needs "more"
  kReports, // as kPlain, with pieces before the last reply when asked with "more"
  kStreams, // as kReports; needs "more"
};

enum class Times { kOften, kOnce };  // how often a connection may call it

// One row of the dispatch table. What is not in the table is refused.
struct Row {
  std::string_view method;  // full name
  core::Who who;
  Shape shape;
  Times times;
  using Handler = void (*)(const Services&, Session&, const boost::json::object& parameters, Responder);
  Handler handler;
};

std::span<const Row> DispatchTable();

// The only way from a parsed call to its handler. Gate by gate: the table, who may, the state of the
// connection, once or often, "more".
class Dispatcher {
 public:
  Dispatcher(const Services& services, const core::Authority& authority)
      : services_(services), authority_(authority) {}

  // `send` gets the frames of the reply, now or later; the last one is marked, and whoever sends it
  // clears session.busy. One call at a time: a busy session takes no other.
  void Handle(Session& session, proto::Call call, Responder::Send send) const;
  // Whether others like it may be worked on at the same time: it does not make the session busy.
  static bool GoesBeside(const proto::Call& call);

 private:
  Services services_;
  const core::Authority& authority_;
};

}  // namespace fob::ipc
