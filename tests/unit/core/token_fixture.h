#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/core_fakes/world.h"

namespace fob::core {

// Alice and bob with a code each, and what web apps do with their logins.
class TokenLife : public ::testing::Test {
 protected:
  using World = testing::World;
  using App = World::App;

  TokenLife() {
    world_.AddOtp("alice", "phone");
    world_.AddOtp("bob", "bobs");
  }

  static proto::ClientSettings Settings(std::vector<std::string> audiences = {"api"}) {
    proto::ClientSettings settings;
    settings.audiences = std::move(audiences);
    settings.scopes = {{"read", "write", "groups"}};
    return settings;
  }
  static proto::ClientSettings Opaque() {
    proto::ClientSettings settings = Settings();
    settings.token_kind = proto::ClientSettings::TokenKind::kOpaque;
    return settings;
  }
  static proto::ClientSettings Refreshing(proto::ClientSettings settings = Settings()) {
    settings.refresh_lifetime_ms = 8 * 3'600'000;
    return settings;
  }
  void Update(const App& app, const proto::ClientSettings& settings) {
    const auto out = world_.Call(world_.client(), &ClientService::UpdateClient, World::Root(), {app.id, settings});
    ASSERT_TRUE(out.ok()) << out.error().reason;
  }

  Result<proto::token::Exchange::Out> GetFrom(const App& app, std::optional<std::string> login = {},
                                              std::optional<std::string> scope = {},
                                              std::optional<std::string> audience = {}) {
    auto ticket = world_.Call(world_.token(), &TokenService::Ticket, World::Alice(),
                              {app.id, audience, std::move(scope), std::move(login)});
    if (!ticket.ok()) return ticket.error();
    proto::token::Exchange::In in;
    in.client_id = app.id;
    in.client_secret = app.secret.Clone();
    in.ticket = std::move(ticket->ticket);
    return world_.Call(world_.token(), &TokenService::Exchange, kWeb, std::move(in));
  }
  // Tokens of alice's newest login, which must come.
  proto::token::Exchange::Out Get(const App& app, std::optional<std::string> scope = {}) {
    auto out = GetFrom(app, {}, std::move(scope));
    EXPECT_TRUE(out.ok()) << out.error().reason;
    return out.ok() ? *std::move(out) : proto::token::Exchange::Out();
  }
  Result<proto::token::Refresh::Out> Refresh(const App& app, const SecretBytes& token,
                                             std::optional<std::string> scope = {}) {
    proto::token::Refresh::In in;
    in.client_id = app.id;
    in.client_secret = app.secret.Clone();
    in.refresh_token = token.Clone();
    in.scope = std::move(scope);
    return world_.Call(world_.token(), &TokenService::Refresh, kWeb, std::move(in));
  }
  Result<proto::token::Introspect::Out> Introspect(const App& app, const SecretBytes& token) {
    proto::token::Introspect::In in;
    in.client_id = app.id;
    in.client_secret = app.secret.Clone();
    in.token = token.Clone();
    return world_.Call(world_.grant(), &GrantService::Introspect, kWeb, std::move(in));
  }
  bool Active(const App& app, const SecretBytes& token) {
    const auto out = Introspect(app, token);
    EXPECT_TRUE(out.ok()) << out.error().reason;
    // Every door gives the same answer.
    const auto verified = Verify(token);
    if (!token.RevealText().starts_with("rt_")) {
      EXPECT_EQ(verified.active, out.ok() && out->active) << verified.why.value_or("");
    }
    return out.ok() && out->active;
  }
  proto::token::Verify::Out Verify(const SecretBytes& token) {
    proto::token::Verify::In in;
    in.access_token = token.Clone();
    auto out = world_.Call(world_.grant(), &GrantService::Verify, World::Bob(), std::move(in));
    EXPECT_TRUE(out.ok());
    return out.ok() ? *std::move(out) : proto::token::Verify::Out();
  }
  Result<proto::token::Revoke::Out> RevokeAs(const Peer& peer, const SecretBytes& token, const App* app = nullptr) {
    proto::token::Revoke::In in;
    in.token = token.Clone();
    if (app != nullptr) {
      in.client_id = app->id;
      in.client_secret = app->secret.Clone();
    }
    return world_.Call(world_.grant(), &GrantService::Revoke, peer, std::move(in));
  }
  template <typename T>
  static std::string ReasonOf(const Result<T>& result) {
    return result.ok() ? "" : result.error().reason;
  }

  static inline const Peer kWeb{33, 33, 500, 1};  // web apps run as some uid of their own
  World world_;
};

}  // namespace fob::core
