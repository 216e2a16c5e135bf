#include "daemon/core/authorize_service.h"

#include <algorithm>

#include "daemon/core/client_gate.h"
#include "daemon/core/token_mint.h"

namespace fob::core {
namespace {

constexpr int64_t kCodeLifetime = 60;  // seconds

// The same for the same request: what an attempt is bound to.
std::string TextOf(const proto::AuthorizationRequest& r) {
  std::string text;
  for (const auto* part : {&r.client_id, &r.redirect_uri, &r.scope, &r.state, &r.nonce, &r.code_challenge, &r.prompt,
                           &r.max_age, &r.acr_values, &r.claims, &r.login_hint, &r.resource}) {
    text += part->has_value() ? std::to_string((*part)->size()) + ":" + **part : "-";
  }
  return text;
}

}  // namespace

struct AuthorizeService::Run {
  Peer peer;
  proto::AuthorizationRequest request;
  UniqueFunction<void(Result<proto::Decision>)> done;
  std::optional<bool> consent;  // the person's answer
  Bytes request_hash;
  std::string attempt_login;
  Authorization plan;
  Standing standing;
};

void AuthorizeService::Authorize(const Peer& peer, proto::web::Authorize::In in, Reply<proto::web::Authorize> reply) {
  auto run = std::make_shared<Run>();
  run->peer = peer;
  run->request = std::move(in.request);
  run->done = [reply = std::move(reply)](Result<proto::Decision> decision) {
    if (!decision.ok()) return reply(decision.error());
    reply(proto::web::Authorize::Out{*std::move(decision)});
  };
  Start(std::move(run), std::move(in.session), std::move(in.attempt));
}

void AuthorizeService::Consent(const Peer& peer, proto::web::Consent::In in, Reply<proto::web::Consent> reply) {
  auto run = std::make_shared<Run>();
  run->peer = peer;
  run->request = std::move(in.request);
  run->consent = in.allow;
  run->done = [reply = std::move(reply)](Result<proto::Decision> decision) {
    if (!decision.ok()) return reply(decision.error());
    reply(proto::web::Consent::Out{*std::move(decision)});
  };
  Start(std::move(run), std::move(in.session), std::move(in.attempt));
}

void AuthorizeService::Start(RunPtr run, std::optional<SecretBytes> session, std::optional<SecretBytes> attempt) {
  run->request_hash = context_.hasher.Sha256(AsBytes(TextOf(run->request)));
  if (attempt.has_value()) run->attempt_login = logins_.LoginFor(*attempt, run->request_hash);
  context_.store.ReadFew(
      [id = run->request.client_id.value_or("")](Store& store) { return store.FindClient(id); },
      [this, run, session = std::move(session)](Result<ClientRecord> client) mutable {
        if (!client.ok() && client.error().code != Code::kNotFound) return run->done(client.error());
        ReadRequest read = ReadAuthorization(run->request, client.ok() ? std::optional(*client) : std::nullopt,
                                             context_.web_crypto, context_.signer, context_.settings.issuer);
        run->plan = std::move(read.plan);
        if (read.bad.has_value()) {
          if (read.bad->where == BadRequest::Where::kClient) return Fail(run, read.bad->error, read.bad->description);
          proto::Decision page;
          page.outcome = proto::Decision::Outcome::kPage;
          page.error = read.bad->error;
          page.description = read.bad->description;
          return run->done(std::move(page));
        }
        if (!session.has_value()) return OnStanding(run);
        sessions_.Find(*session, [this, run](Result<Store::WebSession> found) {
          if (!found.ok() && found.error().code != Code::kNotFound) return run->done(found.error());
          if (!found.ok()) return OnStanding(run);
          run->standing.login = std::move(found->login);
          OnLogin(run);
        });
      });
}

void AuthorizeService::OnLogin(RunPtr run) {
  const LoginRecord& login = *run->standing.login;
  run->standing.fresh = !run->attempt_login.empty() && run->attempt_login == login.id;
  context_.store.ReadFew(
      [user = login.user, client = run->plan.client.id](Store& store) { return store.FindConsent(user, client); },
      [this, run](Result<std::vector<std::string>> consented) {
        if (!consented.ok()) return run->done(consented.error());
        run->standing.consented = *std::move(consented);
        if (run->plan.client.user_groups.empty()) return OnStanding(run);
        context_.host.AccountByName(run->standing.login->user, [this, run](Result<Account> account) {
          if (!account.ok() && account.error().code != Code::kNotFound) return run->done(account.error());
          run->standing.may_use = account.ok() && IsFor(run->plan.client, *account);
          OnStanding(run);
        });
      });
}

void AuthorizeService::OnStanding(RunPtr run) {
  run->standing.now = context_.clock.UnixSeconds();
  const bool asked = Decide(run->plan, run->standing).kind == Verdict::Kind::kConsent;
  if (asked && run->consent == false) return Fail(run, "access_denied", "the user did not allow it");
  run->standing.allowed = run->consent == true;
  const Verdict verdict = Decide(run->plan, run->standing);
  proto::Decision decision;
  switch (verdict.kind) {
    case Verdict::Kind::kError:
      return Fail(run, verdict.error, verdict.description);
    case Verdict::Kind::kLogin:
      decision.outcome = proto::Decision::Outcome::kLogin;
      decision.client_name = run->plan.client.name;
      if (!verdict.acr.empty()) decision.acr = verdict.acr;
      if (!run->plan.login_hint.empty()) decision.login_hint = run->plan.login_hint;
      decision.fresh = verdict.fresh;
      return run->done(std::move(decision));
    case Verdict::Kind::kConsent:
      decision.outcome = proto::Decision::Outcome::kConsent;
      decision.client_name = run->plan.client.name;
      decision.scopes = run->plan.scopes;
      decision.audience = run->plan.audience;
      return run->done(std::move(decision));
    case Verdict::Kind::kCode:
      break;
  }
  if (!asked) return GiveCode(run);
  AuditEntry audit = Audit(*run, "consent.allow");
  std::vector<std::string> scopes = run->standing.consented;
  for (const std::string& scope : run->plan.scopes) {
    if (!Holds(scopes, scope)) scopes.push_back(scope);
  }
  audit.detail = Shortened(ScopeOf(run->plan.scopes), 128);
  context_.store.Write(
      [user = run->standing.login->user, client = run->plan.client.id, scopes, audit](Store& store) {
        return store.SetConsent(user, client, scopes, audit);
      },
      [this, run](const Status& set) {
        if (!set.ok()) return run->done(set.error());
        GiveCode(run);
      });
}

void AuthorizeService::GiveCode(RunPtr run) {
  const Authorization& plan = run->plan;
  const auto code = std::make_shared<SecretBytes>(context_.NewBearer("code_"));
  const Moment moment = context_.Now();
  CodeRecord record;
  record.hash = context_.HashText(*code);
  record.login = run->standing.login->id;
  record.client = plan.client.id;
  record.redirect_uri = plan.redirect_uri;
  record.uri_named = plan.uri_named;
  record.audience = plan.audience;
  record.scope = ScopeOf(plan.scopes);
  record.nonce = plan.nonce;
  record.challenge = plan.challenge;
  record.expires_at = moment.now + kCodeLifetime;
  AuditEntry audit = Audit(*run, "code.issue");
  audit.subject = record.login;
  audit.detail = plan.client.id;
  context_.store.Write([record, moment, audit](Store& store) { return store.AddCode(record, moment, audit); },
                       [this, run, code](const Status& added) {
                         if (!added.ok() && added.error().code == Code::kDenied) return Fail(run, "access_denied", added.error().text);
                         if (!added.ok()) return run->done(added.error());
                         std::vector<proto::Parameter> parameters;
                         parameters.push_back({"code", std::move(*code)});
                         Redirect(run, std::move(parameters));
                       });
}

void AuthorizeService::Fail(RunPtr run, const std::string& error, const std::string& description) {
  std::vector<proto::Parameter> parameters;
  parameters.push_back({"error", SecretBytes(error)});
  parameters.push_back({"error_description", SecretBytes(description)});
  Redirect(run, std::move(parameters));
}

void AuthorizeService::Redirect(RunPtr run, std::vector<proto::Parameter> parameters) {
  proto::Decision decision;
  decision.outcome = proto::Decision::Outcome::kRedirect;
  decision.redirect.emplace();
  decision.redirect->uri = run->plan.redirect_uri;
  decision.redirect->mode = run->plan.form_post ? proto::Redirect::Mode::kFormPost : proto::Redirect::Mode::kQuery;
  if (!run->plan.state.empty()) parameters.push_back({"state", SecretBytes(run->plan.state)});
  parameters.push_back({"iss", SecretBytes(context_.settings.issuer)});
  decision.redirect->parameters = std::move(parameters);
  run->done(std::move(decision));
}

AuditEntry AuthorizeService::Audit(const Run& run, std::string_view action) const {
  AuditEntry entry = context_.Audit(run.peer, action, run.standing.login.has_value() ? run.standing.login->user : "");
  entry.service = kWebService;
  return entry;
}

void AuthorizeService::Metadata(const Peer&, proto::web::Metadata::In, Reply<proto::web::Metadata> reply) {
  context_.store.Read([](Store& store) { return store.ListWebPlaces(); },
                      [this, reply = std::move(reply)](Result<Store::WebPlaces> places) {
                        if (!places.ok()) return reply(places.error());
                        proto::web::Metadata::Out out;
                        out.issuer = context_.settings.issuer;
                        out.rp_id = context_.settings.rp_id;
                        for (const std::string_view scope : {kOpenIdScope, kProfileScope, kGroupsScope}) out.scopes.emplace_back(scope);
                        for (const std::string& scope : places->scopes) {
                          if (!Holds(out.scopes, scope)) out.scopes.push_back(scope);
                        }
                        out.acr_values = {"phrh", "phr", "mfa"};
                        out.algorithms = {"ES256", "EdDSA", "RS256"};
                        out.origins = std::move(places->origins);
                        reply(std::move(out));
                      });
}

}  // namespace fob::core
