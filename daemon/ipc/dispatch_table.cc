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
namespace service = proto::service;
namespace login = proto::login;
namespace enrol = proto::enrol;
namespace token = proto::token;
namespace admin = proto::admin;

constexpr std::string_view kWorkerInterface = "org.fobd.Worker";  // spoken with fob-keyd only

void GetInfo(const Services&, Session&, const boost::json::object& parameters, Responder responder) {
  if (!ParseOrRefuse<service::GetInfo>(parameters, responder)) return;
  service::GetInfo::Out out{"fob", "fobd", std::string(core::kVersion), "", {}};
  for (const auto& interface : proto::Interfaces()) {
    if (interface.name != kWorkerInterface) out.interfaces.emplace_back(interface.name);
  }
  responder.Finish(proto::ToJson(out));
}

void GetInterfaceDescription(const Services&, Session&, const boost::json::object& parameters, Responder responder) {
  const auto in = ParseOrRefuse<service::GetInterfaceDescription>(parameters, responder);
  if (!in) return;
  for (const auto& interface : proto::Interfaces()) {
    if (interface.name == in->interface_ && interface.name != kWorkerInterface) {
      return responder.Finish(proto::ToJson(service::GetInterfaceDescription::Out{std::string(interface.description)}));
    }
  }
  responder.FailService("InterfaceNotFound", "interface", in->interface_);
}

#define PLAIN(interface, Service, Method) \
  interface::Method::kName, &Plain<interface::Method, &Services::interface, &Service::Method>
#define PLAIN_OF(interface, service, Service, Method) \
  interface::Method::kName, &Plain<interface::Method, &Services::service, &Service::Method>
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
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(login, LoginService, List)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(login, LoginService, End)),

    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, EnrolKey, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, EnrolOtp, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, RemoveKey, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, RemoveOtp, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, RenameKey, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, CreateRecoveryCodes, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, TestKey, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(enrol, EnrolService, ListDevices)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, SetPin, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, ChangePin, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kBegins, kOften, BEGINS(enrol, EnrolService, ResetDevice, kEnrol)),
    MakeRow(Who::kSelfOrTrusted, kAnswers, kOften, enrol::Continue::kName, &Answers<enrol::Continue, CeremonyOf::kEnrol>),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(enrol, EnrolService, ListKeys)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(enrol, EnrolService, ListOtps)),
    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN(enrol, EnrolService, CreateCode)),

    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(token, TokenService, Ticket)),
    MakeRow(Who::kAnyone, kPlain, kOften, PLAIN(token, TokenService, Exchange)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(token, TokenService, Take)),
    MakeRow(Who::kAnyone, kPlain, kOften, PLAIN(token, TokenService, Refresh)),
    MakeRow(Who::kAnyone, kPlain, kOften, PLAIN(token, TokenService, ClientCredentials)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN_OF(token, grant, GrantService, Introspect)),
    MakeRow(Who::kAnyone, kBeside, kOften, PLAIN_OF(token, grant, GrantService, Verify)),
    MakeRow(Who::kAnyone, kPlain, kOften, PLAIN_OF(token, grant, GrantService, Revoke)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN_OF(token, grant, GrantService, Explain)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN_OF(token, grant, GrantService, ListGrants)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN_OF(token, grant, GrantService, RevokeGrants)),
    MakeRow(Who::kAnyone, kPlain, kOften, PLAIN(token, TokenService, Jwks)),

    MakeRow(Who::kTrusted, kPlain, kOften, PLAIN(admin, AdminService, Status)),
    MakeRow(Who::kSelfOrTrusted, kPlain, kOften, PLAIN(admin, AdminService, ShowUser)),
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
    MakeRow(Who::kTrusted, kPlain, kOften, AUDIT(Plain, TailAudit)),
    MakeRow(Who::kTrusted, kReports, kOften, AUDIT(Streams, VerifyAudit)),
    MakeRow(Who::kTrusted, kPlain, kOften, AUDIT(Plain, PruneAudit)),
    MakeRow(Who::kTrusted, kPlain, kOften, AUDIT(Plain, AuditKey)),
    MakeRow(Who::kTrusted, kStreams, kOften, BACKUP(Streams, Backup)),
    MakeRow(Who::kTrusted, kPlain, kOften, MASTER_KEY(Plain, MasterKey)),
    MakeRow(Who::kTrusted, kReports, kOften, MASTER_KEY(Streams, RotateMasterKey)),
};

#undef PLAIN
#undef PLAIN_OF
#undef BEGINS
#undef AUDIT
#undef MASTER_KEY
#undef BACKUP

}  // namespace

std::span<const Row> DispatchTable() { return kTable; }

}  // namespace fob::ipc
