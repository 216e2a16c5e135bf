#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "tests/support/core_fakes/world.h"

namespace fob::core {

// Alice, with a key "blue" and codes of "phone", and a browser.
class WebLife : public ::testing::Test {
 protected:
  using World = testing::World;
  using App = World::App;
  using Offer = proto::Step::Offers;

  WebLife() {
    blue_ = world_.AddKey("alice", "blue");
    world_.AddOtp("alice", "phone");
  }

  static SecretBytes Browser(std::string_view name = "mine") { return SecretBytes("browser-browser-" + std::string(name)); }

  template <typename T>
  static std::string ReasonOf(const Result<T>& result) {
    return result.ok() ? "" : result.error().reason;
  }
  // Wrong answers take their time.
  template <typename Service, typename In, typename Out>
  Result<Out> Patiently(Service& service, void (Service::*function)(const Peer&, In, UniqueFunction<void(Result<Out>)>), In in,
                        const Peer& peer = World::Gateway()) {
    std::optional<Result<Out>> out;
    (service.*function)(peer, std::move(in), [&out](Result<Out> answer) { out.emplace(std::move(answer)); });
    world_.Settle();
    if (!out.has_value()) {
      waited_ = true;
      world_.Advance(500);
      world_.Settle();
    }
    if (!out.has_value()) return MakeError(Code::kInternal, "no_answer", "the method never answered");
    return *std::move(out);
  }

  proto::Step Begin(std::optional<std::string> acr = {}) {
    auto out = Patiently(world_.web_login(), &WebLoginService::BeginLogin, {Browser(), "192.0.2.7", std::move(acr)});
    EXPECT_TRUE(out.ok()) << ReasonOf(out);
    return out.ok() ? std::move(out->step) : proto::Step();
  }
  Result<proto::Step> Identify(const proto::Step& step, const std::string& user) {
    auto out = Patiently(world_.web_login(), &WebLoginService::Identify, {Browser(), step.attempt.Clone(), user});
    if (!out.ok()) return out.error();
    return std::move(out->step);
  }
  Result<proto::Step> Password(const proto::Step& step, std::string_view password) {
    auto out = Patiently(world_.web_login(), &WebLoginService::ProvePassword, {Browser(), step.attempt.Clone(), SecretBytes(password)});
    if (!out.ok()) return out.error();
    return std::move(out->step);
  }
  Result<proto::Step> Code(const proto::Step& step, std::string_view code) {
    auto out = Patiently(world_.web_login(), &WebLoginService::ProveCode, {Browser(), step.attempt.Clone(), SecretBytes(code)});
    if (!out.ok()) return out.error();
    return std::move(out->step);
  }
  // What a browser answers for `key`.
  proto::web::ProveKey::In Answer(const proto::Step& step, const KeyRecord& key, uint8_t flags, uint32_t counter,
                                  std::string_view type = "webauthn.get", std::string_view origin = "https://login.example.org") {
    const std::string challenge = step.key.has_value() ? step.key->challenge : "none";
    const std::string client_data = std::string(type) + "|" + challenge + "|" + std::string(origin);
    const std::string signature = "signed " + Base64UrlEncode(AsBytes(client_data));
    const Bytes auth_data = {flags, 0, 0, static_cast<uint8_t>(counter >> 8), static_cast<uint8_t>(counter)};
    proto::web::ProveKey::In in;
    in.browser = Browser();
    in.attempt = step.attempt.Clone();
    in.credential_id = Base64UrlEncode(key.credential_id);
    in.client_data = Base64UrlEncode(AsBytes(client_data));
    in.auth_data = Base64UrlEncode(auth_data);
    in.signature = Base64UrlEncode(AsBytes(signature));
    in.user_handle = Base64UrlEncode(AsBytes("sub-" + key.user));
    return in;
  }
  Result<proto::Step> Key(proto::web::ProveKey::In in) {
    auto out = Patiently(world_.web_login(), &WebLoginService::ProveKey, std::move(in));
    if (!out.ok()) return out.error();
    return std::move(out->step);
  }
  // Signed in by a key that verified its user.
  proto::Step SignIn(uint32_t counter = 100, std::optional<std::string> acr = {}) {
    const proto::Step step = Begin(std::move(acr));
    auto done = Key(Answer(step, blue_, testing::kUp | testing::kUv, counter));
    EXPECT_TRUE(done.ok() && done->session.has_value()) << ReasonOf(done);
    return done.ok() ? *std::move(done) : proto::Step();
  }
  Result<proto::Session> Show(const SecretBytes& session) {
    auto out = Patiently(world_.web_sessions(), &WebSessions::ShowSession, {session.Clone()});
    if (!out.ok()) return out.error();
    return std::move(out->signed_in);
  }
  Result<Peer> ActAs(const SecretBytes& session, const Peer& peer = World::Gateway()) {
    std::optional<Result<Peer>> acting;
    world_.web_sessions().ActAs(peer, session, [&](Result<Peer> found) { acting.emplace(std::move(found)); });
    world_.Settle();
    return *std::move(acting);
  }

  World world_;
  KeyRecord blue_;
  bool waited_ = false;
};

}  // namespace fob::core
