#include "daemon/core/token_service.h"

// A refresh token becomes the next.
namespace fob::core {
namespace {

// What is kept sealed for the grace: the answer, a line a part.
SecretBytes Encode(const Minted& minted) {
  std::string text(minted.access_token.RevealText());
  text += '\n';
  text += minted.refresh_token->RevealText();
  text += '\n' + minted.tokens.scope + '\n' + std::to_string(minted.expires_in);
  if (minted.id_token.has_value()) {
    text += '\n';
    text += minted.id_token->RevealText();
  }
  SecretBytes out{std::string_view(text)};
  Wipe(text.data(), text.size());
  return out;
}

Result<Minted> Decode(const SecretBytes& answer) {
  std::string_view rest = answer.RevealText();
  const auto line = [&rest] {
    const std::string_view taken = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(taken.size() + 1, rest.size()));
    return taken;
  };
  Minted out;
  out.access_token = SecretBytes(line());
  out.refresh_token = SecretBytes(line());
  out.tokens.scope = line();
  for (const char c : line()) {
    if (c < '0' || c > '9') return MakeError(Code::kCorrupt, "store_corrupt", "the store: an answer that is none");
    out.expires_in = out.expires_in * 10 + (c - '0');
  }
  if (!rest.empty()) out.id_token = SecretBytes(rest);
  return out;
}

}  // namespace

struct TokenService::RefreshRequest {
  Peer peer;
  std::optional<std::string> scope;  // that is asked for
  RefreshToken token;
  ClientClaim claim;
  Prospect prospect;
  AuditEntry audit;
  Reply<proto::token::Refresh> reply;
};

void TokenService::Refresh(const Peer& peer, proto::token::Refresh::In in, Reply<proto::token::Refresh> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  auto request = std::make_shared<RefreshRequest>();
  request->peer = peer;
  request->audit = context_.Audit(peer, "token.refresh", "");
  if (auto token = ParseRefreshToken(context_, in.refresh_token); token.ok()) request->token = *std::move(token);
  request->scope = std::move(in.scope);
  Prove(peer, "token.refresh", TakeClientWords(in), std::move(reply),
        [this, request](ClientClaim claim, Reply<proto::token::Refresh> to) {
          request->claim = std::move(claim);
          request->reply = std::move(to);
          FindFamily(request);
        });
}

void TokenService::FindFamily(std::shared_ptr<RefreshRequest> request) {
  context_.store.Read(
      [claim = request->claim, used = request->token.hashes, moment = context_.Now()](Store& store) -> Result<Prospect> {
        Prospect prospect;
        FOB_TRY(prospect.client, AuthenticateClient(store, claim));
        auto token = store.FindRefreshToken(used, moment);
        const bool known = token.ok() && token->of.grant.client == prospect.client.id;
        if (known && token->of.live) {
          prospect.facts = std::move(token->of);
          return prospect;
        }
        if (!token.ok() && token.error().code != Code::kNotFound) return token.error();
        return MakeError(Code::kDenied, "invalid_grant", known ? token->of.why : "there is no such refresh token");
      },
      [this, request](Result<Prospect> found) {
        if (!found.ok()) {
          const std::string id = found.error().reason == "invalid_client" ? request->claim.client : "";
          return RefuseClient(context_, request->peer, request->audit, id, found.error(), std::move(request->reply));
        }
        request->prospect = *std::move(found);
        OnFamily(request);
      });
}

void TokenService::OnFamily(std::shared_ptr<RefreshRequest> request) {
  Prospect& prospect = request->prospect;
  request->audit.detail = prospect.client.id;
  auto scope = NarrowScope(prospect.client, prospect.facts.grant.scope, request->scope);
  if (!scope.ok()) {
    request->audit.user = prospect.facts.user;
    return RefuseClient(context_, request->peer, request->audit, prospect.facts.grant.id, scope.error(),
                        std::move(request->reply));
  }
  prospect.scope = *std::move(scope);
  FindGroups(prospect.client, prospect.scope, prospect.facts.user, [this, request](Result<Groups> groups) {
    if (!groups.ok()) return request->reply(groups.error());
    Rotate(request, *groups);
  });
}

void TokenService::Rotate(std::shared_ptr<RefreshRequest> request, const Groups& groups) {
  const Prospect& prospect = request->prospect;
  auto made = mint_.Make({prospect.client, prospect.facts, prospect.scope, groups, true, &request->token.family, true});
  if (!made.ok()) return request->reply(made.error());
  Store::Rotation rotation;
  rotation.used = request->token.hashes;
  const std::string asked = prospect.client.id + '\n' + request->scope.value_or("\n");
  rotation.request_hash = context_.hasher.Sha256(AsBytes(asked));
  rotation.client = prospect.client.id;
  rotation.proof = request->claim.proof;
  rotation.tokens = made->tokens;
  rotation.answer = Encode(*made);
  rotation.moment = context_.Now();
  rotation.grace_since = rotation.moment.now - context_.settings.refresh_grace;
  rotation.audit = request->audit;
  rotation.reuse_audit = request->audit;
  const Error reused = MakeError(Code::kDenied, "invalid_grant",
                                 "that refresh token was used before: it may have been stolen, and its grant is revoked");
  rotation.reuse_audit.action = "grant.reuse";
  rotation.reuse_audit.outcome = Outcome::kDenied;
  rotation.reuse_audit.detail = "reused";
  context_.store.Write(
      [rotation = std::move(rotation)](Store& store) { return store.RotateRefresh(rotation); },
      [this, request, reused, minted = *std::move(made)](Result<Store::Rotated> rotated) mutable {
        using How = Store::Rotated::Outcome;
        if (!rotated.ok()) {
          return RefuseClient(context_, request->peer, request->audit, "", rotated.error(), std::move(request->reply));
        }
        if (rotated->outcome == How::kReused) {
          context_.limits.refusals.Take(request->peer.uid);
          return request->reply(reused);
        }
        if (rotated->outcome == How::kRepeated) {
          auto again = Decode(rotated->answer);
          if (!again.ok()) return request->reply(again.error());
          minted = *std::move(again);
        }
        request->reply(Give<proto::token::Refresh::Out>(std::move(minted), request->prospect.facts.grant.id));
      });
}

}  // namespace fob::core
