#include "daemon/core/web_links.h"

#include <algorithm>

#include "daemon/core/redirect_uri.h"

namespace fob::core {
namespace {

Error NoLink() { return MakeError(Code::kNotFound, "link", "this link is used, too old, or of another browser: run fobctl open again"); }

bool Leads(const std::string& origin, const std::string& issuer, const Store::WebPlaces& places) {
  if (origin == OriginOf(issuer)) return true;
  return std::ranges::find(places.origins, origin) != places.origins.end() ||
         std::ranges::any_of(places.redirect_uris, [&](const std::string& uri) { return OriginOf(uri) == origin; });
}

}  // namespace

void WebLinks::Prune() {
  const int64_t now = context_.clock.MonotonicMs();
  std::erase_if(links_, [&](const auto& entry) { return entry.second.expires_at_ms <= now; });
}

Status WebLinks::MayLink(const Peer& peer, const LoginRecord& login) const {
  if (login.uid != peer.uid) return Denied("other_user", "only " + login.user + " opens a browser from that login");
  if (login.state != LoginState::kLive) return Denied("login_dead", "that login has ended");
  if (!login.multi_factor) return Denied("not_multi_factor", "that login proved one kind of factor only: no browser is signed in by it");
  if (!context_.settings.link_needs_touch) return Ok();
  const bool key = std::ranges::any_of(login.factors, [](const std::string& factor) { return factor.starts_with("key"); });
  if (key && login.confirmed_at.value_or(0) >= context_.forward.Now() - kTouchIsFresh) return Ok();
  return Denied("fresh_touch", "a browser is signed in within a minute of a touch only: run fobctl login first");
}

void WebLinks::CreateLink(const Peer& peer, proto::web::CreateLink::In in, Reply<proto::web::CreateLink> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  const std::string origin = OriginOf(in.target);
  if (origin.empty()) {
    return reply(MakeError(Code::kInvalidArgument, "bad_target", "give the URL of a page, as in https://app.example.org/"));
  }
  watch_.Look([this, peer, origin, in = std::move(in), reply = std::move(reply)]() mutable {
    FindCallersLogin(context_, peer, in.login, [this, peer, origin, target = in.target, reply = std::move(reply)](
                                                   Result<LoginRecord> login) mutable {
      if (!login.ok()) return reply(login.error());
      AuditEntry audit = context_.Audit(peer, "link.create", login->user);
      audit.subject = login->id;
      if (const Status may = MayLink(peer, *login); !may.ok()) {
        return RefuseCaller(context_, peer, std::move(audit), may.error(), std::move(reply));
      }
      context_.store.Read([](Store& store) { return store.ListWebPlaces(); },
                          [this, peer, origin, target = std::move(target), login = *std::move(login),
                           audit = std::move(audit), reply = std::move(reply)](Result<Store::WebPlaces> places) mutable {
                            if (!places.ok()) return reply(places.error());
                            if (Leads(origin, context_.settings.issuer, *places)) return Give(login, std::move(target), std::move(reply));
                            RefuseCaller(context_, peer, std::move(audit),
                                         MakeError(Code::kInvalidArgument, "bad_target",
                                                   origin + " is neither this authority nor a registered web app"),
                                         std::move(reply));
                          });
    });
  });
}

void WebLinks::Give(const LoginRecord& login, std::string target, Reply<proto::web::CreateLink> reply) {
  Prune();
  const auto own = std::ranges::count_if(links_, [&](const auto& entry) { return entry.second.uid == login.uid; });
  if (links_.size() >= kMost || static_cast<size_t>(own) >= kMostOfUser) {
    return reply(MakeError(Code::kExhausted, "too_many_links", "too many links are waiting to be opened: wait a minute"));
  }
  SecretBytes link = context_.NewBearer("link_");
  links_[context_.HashText(link)] = {login.id, login.user, login.uid, std::move(target), context_.clock.MonotonicMs() + kLifetimeMs, {}};
  reply(proto::web::CreateLink::Out{std::move(link), context_.settings.issuer + "/link",
                                    context_.clock.UnixSeconds() + kLifetimeMs / 1000});
}

WebLinks::Link* WebLinks::Find(const SecretBytes& link, const SecretBytes& browser) {
  Prune();
  const auto found = links_.find(context_.HashText(link));
  if (found == links_.end() || browser.empty()) return nullptr;
  const Bytes hash = context_.HashText(browser);
  if (found->second.browser_hash.empty()) found->second.browser_hash = hash;
  return found->second.browser_hash == hash ? &found->second : nullptr;
}

void WebLinks::ShowLink(const Peer&, proto::web::ShowLink::In in, Reply<proto::web::ShowLink> reply) {
  const Link* link = Find(in.link, in.browser);
  if (link == nullptr) return reply(NoLink());
  reply(proto::web::ShowLink::Out{link->user, context_.host.HostName(), link->target});
}

void WebLinks::FollowLink(const Peer& peer, proto::web::FollowLink::In in, Reply<proto::web::FollowLink> reply) {
  Link* found = Find(in.link, in.browser);
  if (found == nullptr) return reply(NoLink());
  const Link link = std::move(*found);
  links_.erase(context_.HashText(in.link));  // whatever comes of it
  const auto session = std::make_shared<SecretBytes>(context_.NewBearer("session_"));
  AuditEntry audit = context_.Audit(peer, "session.link", link.user);
  audit.service = kWebService;
  audit.subject = link.login;
  context_.store.Write(
      [hash = context_.HashText(*session), id = link.login, moment = context_.Now(), audit](Store& store) -> Result<LoginRecord> {
        FOB_CHECK(store.AddSession(hash, id, moment, audit));
        return store.FindLogin(id, moment.now, moment.boot_id);
      },
      [this, session, target = link.target, reply = std::move(reply)](Result<LoginRecord> login) {
        if (!login.ok()) return reply(login.error());
        reply(proto::web::FollowLink::Out{std::move(*session), sessions_.Present(*login), target});
      });
}

}  // namespace fob::core
