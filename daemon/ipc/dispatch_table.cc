#include <algorithm>
#include <iterator>

#include "daemon/core/version.h"
#include "daemon/ipc/handlers.h"

namespace fob::ipc {
namespace {

using core::Who;
using enum Shape;
using enum Times;
using core::AdminService;
using core::AuditService;
using core::ClientService;
using core::BackupService;
using core::EnrolService;
using core::GrantService;
using core::LoginService;
using core::SigningKeyService;
using core::MasterKeyService;
using core::TokenService;
using core::AuthorizeService;
using core::WebAccount;
using core::WebLinks;
using core::WebLoginService;
using core::WebSessions;
namespace service = proto::service;
namespace login = proto::login;
namespace enrol = proto::enrol;
namespace token = proto::token;
namespace web = proto::web;
namespace admin = proto::admin;

// Spoken with fob-keyd and fob-passwd only.
constexpr std::string_view kOwnInterfaces[] = {"org.fobd.Worker", "org.fobd.Password"};
bool IsOwn(std::string_view interface) { return std::ranges::find(kOwnInterfaces, interface) != std::end(kOwnInterfaces); }

void GetInfo(const Services&, Session&, const boost::json::object& parameters, Responder responder) {
  if (!ParseOrRefuse<service::GetInfo>(parameters, responder)) return;
  service::GetInfo::Out out{"fob", "fobd", std::string(core::kVersion), "", {}};
  for (const auto& interface : proto::Interfaces()) {
    if (!IsOwn(interface.name)) out.interfaces.emplace_back(interface.name);
  }
  responder.Finish(proto::ToJson(out));
}

void GetInterfaceDescription(const Services&, Session&, const boost::json::object& parameters, Responder responder) {
  const auto in = ParseOrRefuse<service::GetInterfaceDescription>(parameters, responder);
  if (!in) return;
  for (const auto& interface : proto::Interfaces()) {
    if (interface.name == in->interface_ && !IsOwn(interface.name)) {
      return responder.Finish(proto::ToJson(service::GetInterfaceDescription::Out{std::string(interface.description)}));
    }
  }
  responder.FailService("InterfaceNotFound", "interface", in->interface_);
}

#define PLAIN(interface, Service, Method) \
  interface::Method::kName, &Plain<interface::Method, &Services::interface, &Service::Method>
#define PLAIN_OF(interface, service, Service, Method) \
  interface::Method::kName, &Plain<interface::Method, &Services::service, &Service::Method>
#define PLAIN_FOR(interface, service, Service, Method) \
  interface::Method::kName, &PlainFor<interface::Method, &Services::service, &Service::Method>
#define BEGINS_FOR(interface, Service, Method, Of) \
  interface::Method::kName, &BeginsFor<interface::Method, CeremonyOf::Of, &Services::interface, &Service::Method>
#define BEGINS(interface, Service, Method, Of) \
  interface::Method::kName, &Begins<interface::Method, CeremonyOf::Of, &Services::interface, &Service::Method>

#define AUDIT(Shape, Method) \
  admin::Method::kName, &Shape<admin::Method, &Services::audit, &AuditService::Method>
#define MASTER_KEY(Shape, Method) \
  admin::Method::kName, &Shape<admin::Method, &Services::master_key, &MasterKeyService::Method>

#define BACKUP(Shape, Method) \
  admin::Method::kName, &Shape<admin::Method, &Services::backup, &BackupService::Method>

constexpr Row MakeRow(Who who, Shape shape, Times times, std::string_view method, Row::Handler handler) {
  return {method, who, shape, times, handler};
}

// who may, how it behaves, how often, the method and its handler
constexpr Row kTable[] = {
    MakeRow(Who::kAnyone, kAnytime, kOften, service::GetInfo::kName, &GetInfo),
    MakeRow(Who::kAnyone, kAnytime, kOften, service::GetInterfaceDescription::kName, &GetInterfaceDescription),

    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(login, LoginService, Begin, kLogin)),
    MakeRow(Who::kSelfOrTrusted, kAnswers, kOften, login::Continue::kName, &Answers<login::Continue, CeremonyOf::kLogin>),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOnce, PLAIN(login, LoginService, Confirm)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(login, LoginService, Explain)),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(login, login, LoginService, List)),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(login, login, LoginService, End)),

    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, EnrolKey, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, EnrolOtp, kEnrol)),
    MakeRow(Who::kSelfOrSession, kBegins, kOften, BEGINS_FOR(enrol, EnrolService, RemoveKey, kEnrol)),
    MakeRow(Who::kSelfOrSession, kBegins, kOften, BEGINS_FOR(enrol, EnrolService, RemoveOtp, kEnrol)),
    MakeRow(Who::kSelfOrSession, kBegins, kOften, BEGINS_FOR(enrol, EnrolService, RenameKey, kEnrol)),
    MakeRow(Who::kSelfOrSession, kBegins, kOften, BEGINS_FOR(enrol, EnrolService, CreateRecoveryCodes, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, TestKey, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(enrol, EnrolService, ListDevices)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, SetPin, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, ChangePin, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, ResetDevice, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kAnswers, kOften, enrol::Continue::kName, &Answers<enrol::Continue, CeremonyOf::kEnrol>),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(enrol, enrol, EnrolService, ListKeys)),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(enrol, enrol, EnrolService, ListOtps)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN(enrol, EnrolService, CreateCode)),

    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(token, TokenService, Ticket)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN(token, TokenService, Exchange)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN(token, TokenService, RedeemCode)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(token, TokenService, Take)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN(token, TokenService, Refresh)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN(token, TokenService, ClientCredentials)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN_OF(token, grant, GrantService, Introspect)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN_OF(token, grant, GrantService, Verify)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN_OF(token, grant, GrantService, UserInfo)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN_OF(token, grant, GrantService, Revoke)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN_OF(token, grant, GrantService, Explain)),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(token, grant, GrantService, ListGrants)),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(token, grant, GrantService, RevokeGrants)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN(token, TokenService, Jwks)),

    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, web_login, WebLoginService, BeginLogin)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, web_login, WebLoginService, Identify)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, web_login, WebLoginService, ShowAttempt)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, web_login, WebLoginService, ProveKey)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, web_login, WebLoginService, ProvePassword)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, web_login, WebLoginService, ProveCode)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, sessions, WebSessions, ShowSession)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, sessions, WebSessions, EndSession)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, authorize, AuthorizeService, Authorize)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, authorize, AuthorizeService, Consent)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, authorize, AuthorizeService, Logout)),
    MakeRow(Who::kSelfOrTrusted, kBeside, kOften, PLAIN_OF(web, links, WebLinks, CreateLink)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, links, WebLinks, ShowLink)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, links, WebLinks, FollowLink)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, account, WebAccount, BeginKey)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, account, WebAccount, FinishKey)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, account, WebAccount, BeginOtp)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, account, WebAccount, FinishOtp)),
    MakeRow(Who::kWeb, kBeside, kOften, PLAIN_OF(web, authorize, AuthorizeService, Metadata)),

    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN(admin, AdminService, Status)),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(admin, admin, AdminService, ShowUser)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN(admin, AdminService, RebindUser)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN(admin, AdminService, LockUser)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN(admin, AdminService, UnlockUser)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, client, ClientService, AddClient)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, client, ClientService, UpdateClient)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, client, ClientService, ShowClient)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, client, ClientService, ListClients)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, client, ClientService, RemoveClient)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, client, ClientService, RotateClientSecret)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, signing, SigningKeyService, ListSigningKeys)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN_OF(admin, signing, SigningKeyService, RotateSigningKey)),
    MakeRow(Who::kSelfOrSession, kBeside, kOften, PLAIN_FOR(admin, audit, AuditService, TailAudit)),
    MakeRow(Who::kTrusted, kReports, kOften, AUDIT(Streams, VerifyAudit)),
    MakeRow(Who::kTrusted, kPlain, kOften, AUDIT(Plain, PruneAudit)),
    MakeRow(Who::kTrusted, kPlain, kOften, AUDIT(Plain, AuditKey)),
    MakeRow(Who::kTrusted, kStreams, kOften, BACKUP(Streams, Backup)),
    MakeRow(Who::kTrusted, kPlain, kOften, MASTER_KEY(Plain, MasterKey)),
    MakeRow(Who::kTrusted, kReports, kOften, MASTER_KEY(Streams, RotateMasterKey)),
};

#undef PLAIN
#undef PLAIN_OF
#undef PLAIN_FOR
#undef BEGINS_FOR
#undef BEGINS
#undef AUDIT
#undef MASTER_KEY
#undef BACKUP

}  // namespace

std::span<const Row> DispatchTable() { return kTable; }

}  // namespace fob::ipc
