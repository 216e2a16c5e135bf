#include "daemon/core/login_service.h"

#include <algorithm>

#include "daemon/core/login_run.h"
#include "daemon/core/present.h"

namespace fob::core {
namespace {

constexpr size_t kMaxService = 64;

Result<LoginRequest> Parse(const Context& context, const Peer& peer, const proto::login::Begin::In& in) {
  LoginRequest request{peer, in.user, in.service, in.tty.value_or(""), in.rhost.value_or(""), {}, 0};
  FOB_CHECK(LoginService::CheckWords(in.user, in.service, request.tty, request.rhost));
  if (in.service == kWebService) {
    return MakeError(Code::kNotPermitted, "web_service", "service fob-web asks for a password only");
  }
  for (const std::string& name : in.vouched.value_or(std::vector<std::string>())) {
    const auto factor = FactorFromName(name);
    if (factor != Factor::kPassword && factor != Factor::kSshKey) {
      return MakeError(Code::kInvalidArgument, "bad_vouched", "only password and ssh-key can be vouched for");
    }
    if (!context.authority.IsTrusted(peer)) {
      return MakeError(Code::kNotPermitted, "may_not_vouch", "only a trusted caller may vouch for a factor");
    }
    request.vouched.push_back({*factor, "", false});
  }
  const int64_t longest = context.settings.ceremony_timeout * 1000;
  request.timeout_ms = std::clamp<int64_t>(in.timeout_ms.value_or(longest), 1, longest);
  return request;
}

Error NotYours() { return MakeError(Code::kNotFound, "no_such_login", "you have no login of that name"); }

}  // namespace

Status LoginService::CheckWords(std::string_view user, std::string_view service, std::string_view tty, std::string_view rhost) {
  FOB_CHECK(CheckUserName(user));
  const bool word = std::ranges::all_of(service, [](char c) { return c > 0x20 && c < 0x7f; });
  if (service.empty() || service.size() > kMaxService || !word) {
    return MakeError(Code::kInvalidArgument, "bad_service", "a service is named by 1 to 64 characters of ASCII without spaces");
  }
  for (const std::string_view text : {tty, rhost}) {
    if (text.size() > 256 || !IsPrintable(text)) {
      return MakeError(Code::kInvalidArgument, "bad_tty_or_rhost",
                       "tty and rhost have at most 256 bytes and no control characters");
    }
  }
  return Ok();
}

std::shared_ptr<Ceremony> LoginService::Begin(const Peer& peer, proto::login::Begin::In in, TurnSink sink) {
  if (!context_.authority.MayRunLogins(peer, in.service)) {
    const Status charged = Charge(context_, peer, context_.limits.ceremonies);
    if (!charged.ok()) return sink.last(charged.error()), nullptr;
  }
  auto request = Parse(context_, peer, in);
  if (!request.ok()) {
    AuditEntry entry = context_.Audit(peer, "login", UserForTrail(in.user));
    if (IsPrintable(in.service)) entry.service = Shortened(in.service, kMaxService);
    Refused(entry, request.error());
    context_.RecordThen(std::move(entry), [sink = std::move(sink), error = request.error()] { sink.last(error); });
    return nullptr;
  }
  auto run = std::make_shared<LoginRun>(context_, *std::move(request), std::move(sink));
  run->Start();
  return run;
}

void LoginService::Confirm(const Peer& peer, proto::login::Confirm::In in, Reply<proto::login::Confirm> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  const Status words = CheckWords(in.user, in.service, in.tty.value_or(""), "");
  AuditEntry audit = context_.Audit(peer, "login.confirm", UserForTrail(in.user));
  if (words.ok()) audit.service = in.service;
  auto refuse = [this, peer, audit](const Error& error, Reply<proto::login::Confirm> to) {
    RefuseCaller(context_, peer, audit, error, std::move(to));
  };
  if (!words.ok()) return refuse(words.error(), std::move(reply));
  // What one proved to fobctl login, one opens oneself.
  const bool others = context_.authority.MayRunLogins(peer, in.service);
  if (!others && in.service != kOwnService) {
    return refuse(MakeError(Code::kNotPermitted, "other_service", "you may not confirm logins of service " + in.service), std::move(reply));
  }
  // The login is bound to the account's canonical name, whichever of its names the session opens with.
  // The answer names it as it was asked for.
  Reply<proto::login::Confirm> answer = [asked = in.user, reply = std::move(reply)](
                                            Result<proto::login::Confirm::Out> out) {
    if (out.ok()) out->login.user = asked;
    reply(std::move(out));
  };
  if (!others) {
    return context_.host.Identify(
        peer, std::nullopt, Host::Groups::kSkip,
        [this, peer, refuse, in = std::move(in), reply = std::move(answer)](Result<Parties> parties) mutable {
          if (!parties.ok()) return refuse(parties.error(), std::move(reply));
          if (parties->account.name != in.user) {
            return refuse(MakeError(Code::kNotPermitted, "other_user", "you may confirm logins of your own only"), std::move(reply));
          }
          Redeem(peer, std::move(in), parties->caller, /*canonical=*/true, std::move(reply));
        });
  }
  context_.host.DescribeCaller(
      peer, [this, peer, refuse, in = std::move(in), reply = std::move(answer)](Result<CallerFacts> caller) mutable {
        if (!caller.ok()) return refuse(caller.error(), std::move(reply));
        Redeem(peer, std::move(in), *caller, /*canonical=*/false, std::move(reply));
      });
}

void LoginService::RedeemByAlias(const Peer& peer, proto::login::Confirm::In in, const Error& refusal,
                                 Reply<proto::login::Confirm> reply) {
  const std::string asked = in.user;
  context_.host.Identify(
      peer, asked, Host::Groups::kSkip,
      [this, peer, refusal, in = std::move(in), reply = std::move(reply)](Result<Parties> parties) mutable {
        AuditEntry audit = context_.Audit(peer, "login.confirm", UserForTrail(in.user));
        audit.service = in.service;
        audit.tty = in.tty.value_or("");
        if (!parties.ok()) return RefuseCaller(context_, peer, audit, parties.error(), std::move(reply));
        if (parties->account.name == in.user) return RefuseCaller(context_, peer, audit, refusal, std::move(reply));
        in.user = parties->account.name;
        Redeem(peer, std::move(in), parties->caller, /*canonical=*/true, std::move(reply));
      });
}

void LoginService::Redeem(const Peer& peer, proto::login::Confirm::In in, const CallerFacts& caller, bool canonical,
                          Reply<proto::login::Confirm> reply) {
  Store::Confirmation confirmation;
  confirmation.handle_hash = context_.HashText(in.handle);
  confirmation.user = in.user;
  confirmation.service = in.service;
  confirmation.tty = in.tty.value_or("");
  confirmation.kernel_session = caller.kernel_session;
  confirmation.boot_id = caller.boot_id;
  confirmation.now = context_.forward.Now();
  confirmation.audit = context_.Audit(peer, "login.confirm", in.user);
  confirmation.audit.service = in.service;
  confirmation.audit.tty = confirmation.tty;
  if (caller.kernel_session.empty()) confirmation.audit.detail = "no kernel session: the uid is the boundary";
  AuditEntry refused = confirmation.audit;
  // Behind: a login dies at the reboot that a power failure leads to, and so does its handle.
  context_.store.WriteBehind(
      [confirmation](Store& store) { return store.ConfirmLogin(confirmation); },
      [this, peer, refused, canonical, in = std::move(in), reply = std::move(reply)](Result<LoginRecord> login) mutable {
        if (login.ok()) return reply(proto::login::Confirm::Out{Present(*login)});
        if (!canonical && login.error().reason == "handle") {
          return RedeemByAlias(peer, std::move(in), login.error(), std::move(reply));
        }
        RefuseCaller(context_, peer, refused, login.error(), std::move(reply));
      });
}

void LoginService::List(const Peer& peer, proto::login::List::In in, Reply<proto::login::List> reply) {
  const auto query = [this, all = in.all.value_or(false), before = in.before.value_or("")](std::optional<uint32_t> uid, Reply<proto::login::List> done) {
    const Store::LoginFilter filter{uid, !all, context_.forward.Now(), context_.host.BootId(), before};
    context_.store.Read([filter](Store& store) { return store.ListLogins(filter); },
                        [done = std::move(done)](Result<Page<LoginRecord>> logins) {
                          if (!logins.ok()) return done(logins.error());
                          proto::login::List::Out out;
                          out.next = std::move(logins->next);
                          for (const LoginRecord& login : *logins) out.logins.push_back(Present(login));
                          done(std::move(out));
                        });
  };
  if (!in.user.has_value()) {
    return query(context_.authority.IsTrusted(peer) ? std::nullopt : std::optional(peer.uid), std::move(reply));
  }
  ResolveSubject(context_, peer, *in.user, [query, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    query(account->uid, std::move(reply));
  });
}

void LoginService::End(const Peer& peer, proto::login::End::In in, Reply<proto::login::End> reply) {
  if (!in.user.has_value()) return EndLogin(peer, in.login, std::nullopt, std::move(reply));
  ResolveSubject(context_, peer, *in.user, [this, peer, login = in.login, reply = std::move(reply)](
                                               Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    EndLogin(peer, login, account->name, std::move(reply));
  });
}

void LoginService::EndLogin(const Peer& peer, const std::optional<std::string>& id, std::optional<std::string> user,
                            Reply<proto::login::End> reply) {
  FindCallersLogin(context_, peer, id, [this, peer, user = std::move(user), reply = std::move(reply)](
                                           Result<LoginRecord> login) mutable {
    if (!login.ok()) return reply(login.error());
    if (user.has_value() && *user != login->user) return reply(NotYours());
    AuditEntry audit = context_.Audit(peer, "login.end", login->user);
    audit.subject = login->id;
    context_.store.Write(
        [id = login->id, now = context_.forward.Now(), boot = context_.host.BootId(), audit](Store& store) {
          return store.EndLogin(id, now, boot, audit);
        },
        [reply = std::move(reply)](Result<LoginRecord> ended) {
          if (!ended.ok()) return reply(ended.error());
          reply(proto::login::End::Out{Present(*ended)});
        });
  });
}

void FindCallersLogin(const Context& context, const Peer& peer, const std::optional<std::string>& login,
                      UniqueFunction<void(Result<LoginRecord>)> done) {
  const int64_t now = context.forward.Now();
  const std::string boot = context.host.BootId();
  const std::optional<std::string> named = login.has_value() || peer.browser == nullptr ? login : std::optional(peer.browser->login);
  if (named.has_value()) {
    context.store.ReadFew([id = *named, now, boot](Store& store) { return store.FindLogin(id, now, boot); },
                       [&context, peer, done = std::move(done)](Result<LoginRecord> found) {
                         // Another's login looks like none at all.
                         if (!found.ok()) return done(found.error().code == Code::kNotFound ? NotYours() : found.error());
                         if (!context.authority.MayActFor(peer, found->uid)) return done(NotYours());
                         done(std::move(found));
                       });
    return;
  }
  context.host.DescribeCaller(peer, [&context, peer, now, boot, done = std::move(done)](
                                        Result<CallerFacts> caller) mutable {
    if (!caller.ok()) return done(caller.error());
    context.store.Read([uid = peer.uid, session = caller->kernel_session, now, boot](
                           Store& store) { return store.NewestLogin(uid, session, now, boot); },
                       std::move(done));
  });
}

}  // namespace fob::core
