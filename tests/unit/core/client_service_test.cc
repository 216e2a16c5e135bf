// Web apps: what they are registered with.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using ::testing::ElementsAre;
using testing::World;

class ClientServiceTest : public ::testing::Test {
 protected:
  std::string AddWith(std::string name, proto::ClientSettings settings) {
    auto out = world_.Call(world_.client(), &ClientService::AddClient, World::Root(), {std::move(name), std::move(settings)});
    return out.ok() ? "" : out.error().reason;
  }
  std::string Add(std::string name, std::vector<std::string> audiences, std::vector<std::string> scopes = {},
                  std::optional<int64_t> lifetime_ms = {}) {
    proto::ClientSettings settings;
    settings.audiences = std::move(audiences);
    settings.scopes = std::move(scopes);
    settings.token_lifetime_ms = lifetime_ms;
    return AddWith(std::move(name), std::move(settings));
  }
  Result<proto::admin::UpdateClient::Out> Update(const std::string& client, proto::ClientSettings settings) {
    return world_.Call(world_.client(), &ClientService::UpdateClient, World::Root(), {client, std::move(settings)});
  }
  World world_;
};

TEST_F(ClientServiceTest, ClientsAreChecked) {
  EXPECT_EQ(Add("wiki", {"api"}, {"read"}), "");
  EXPECT_EQ(Add("wiki", {"api"}), "name_taken");
  EXPECT_EQ(Add("", {"api"}), "bad_name");
  EXPECT_EQ(Add("x", {}), "bad_audience");
  EXPECT_EQ(Add("x", {""}), "bad_audience");
  EXPECT_EQ(Add("x", {"a b"}), "bad_audience");
  EXPECT_EQ(Add("x", {"a\"b"}), "bad_audience");
  EXPECT_EQ(Add("x", {"\xc3\xa9"}), "bad_audience");
  EXPECT_EQ(Add("x", {std::string(257, 'a')}), "bad_audience");
  EXPECT_EQ(Add("x", std::vector<std::string>(33, "a")), "bad_audience");
  EXPECT_EQ(Add("x", {"api"}, {"a b"}), "bad_scope");
  for (const int64_t bad : {int64_t{0}, int64_t{9'999}, int64_t{3'601'000}, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(Add("x", {"api"}, {}, bad), "bad_lifetime") << bad;
  }
  EXPECT_EQ(Add("x", {"api"}, {}, 10'000), "");
}

TEST_F(ClientServiceTest, I37_TicketsAreForAppsThatALoginOfThisHostOpens) {
  const auto tickets = [&](const std::string& name, auto change) {
    proto::ClientSettings settings;
    settings.audiences = {{"api"}};
    change(settings);
    return world_.store().FindClient(world_.AddApp(name, settings).id)->tickets;
  };
  using Wanted = proto::ClientSettings;
  EXPECT_TRUE(tickets("plain", [](Wanted&) {}));
  EXPECT_FALSE(tickets("machine", [](Wanted& settings) { settings.machine = true; }));
  EXPECT_FALSE(tickets("web", [](Wanted& settings) { settings.redirect_uris = {{"https://app.example.org/cb"}}; }));
  EXPECT_TRUE(tickets("both", [](Wanted& settings) { settings.machine = settings.tickets = true; })) << "asked for by name";
}

TEST_F(ClientServiceTest, I41_AClientsSecretIsShownOnceAndKeptAsAHash) {
  const World::App app = world_.AddApp("wiki");
  EXPECT_GE(app.secret.size(), 43u) << "256 bits";
  const ClientRecord stored = *world_.store().FindClient(app.id);
  EXPECT_EQ(stored.secret_hash, world_.context().HashText(app.secret));
  const auto listed = world_.Call(world_.client(), &ClientService::ListClients, World::Root(), {});
  ASSERT_EQ(listed->clients.size(), 1u);
}

TEST_F(ClientServiceTest, I37_WhatIsNotSetIsNotAllowed) {
  ASSERT_EQ(Add("wiki", {"api"}), "");
  const auto shown = world_.Call(world_.client(), &ClientService::ShowClient, World::Root(), {"wiki"});
  ASSERT_TRUE(shown.ok());
  const proto::Client& client = shown->client;
  EXPECT_THAT(client.audiences, ElementsAre("api"));
  EXPECT_TRUE(client.scopes.empty() && client.serves.empty() && client.groups.empty() && client.fresh.empty());
  EXPECT_EQ(client.refresh_lifetime_ms, 0);
  EXPECT_FALSE(client.outlives_login || client.direct || client.machine);
  EXPECT_EQ(client.token_kind, proto::Client::TokenKind::kJwt);
  EXPECT_EQ(client.algorithm, proto::Client::Algorithm::kES256);
}

TEST_F(ClientServiceTest, AnUpdateSetsWhatItNamesAndNothingElse) {
  ASSERT_EQ(Add("wiki", {"api"}, {"read"}), "");
  proto::ClientSettings settings;
  settings.refresh_lifetime_ms = 3'600'000;
  settings.token_kind = proto::ClientSettings::TokenKind::kOpaque;
  settings.serves = {{"api"}};
  const auto out = Update("wiki", settings);
  ASSERT_TRUE(out.ok()) << out.error().reason;
  EXPECT_THAT(out->client.audiences, ElementsAre("api"));
  EXPECT_THAT(out->client.scopes, ElementsAre("read"));
  EXPECT_THAT(out->client.serves, ElementsAre("api"));
  EXPECT_EQ(out->client.refresh_lifetime_ms, 3'600'000);
  EXPECT_EQ(out->client.token_kind, proto::Client::TokenKind::kOpaque);
  EXPECT_EQ(world_.LastEntry().action, "client.update");
  EXPECT_EQ(Update("nobody", {}).error().code, Code::kNotFound);
}

TEST_F(ClientServiceTest, AnUpdateIsCheckedAsARegistrationIs) {
  ASSERT_EQ(Add("wiki", {"api"}), "");
  const auto refused = [&](auto set) {
    proto::ClientSettings settings;
    set(settings);
    const auto out = Update("wiki", settings);
    return out.ok() ? "" : out.error().reason;
  };
  EXPECT_EQ(refused([](auto& s) { s.audiences = std::vector<std::string>(); }), "bad_audience");
  EXPECT_EQ(refused([](auto& s) { s.fresh = {{"elsewhere"}}; }), "bad_audience");
  EXPECT_EQ(refused([](auto& s) { s.groups = {{"a b"}}; }), "bad_group");
  EXPECT_EQ(refused([](auto& s) { s.refresh_lifetime_ms = 299'000; }), "bad_lifetime");
  EXPECT_EQ(refused([](auto& s) { s.refresh_lifetime_ms = -1'000; }), "bad_lifetime");
  EXPECT_EQ(refused([](auto& s) { s.refresh_lifetime_ms = int64_t{367} * 86'400'000; }), "bad_lifetime");
  EXPECT_EQ(refused([](auto& s) { s.refresh_lifetime_ms = 0; }), "");
  EXPECT_EQ(refused([](auto& s) { s.fresh = {{"api"}}; }), "");
}

TEST_F(ClientServiceTest, TheFirstKeyOfAnAlgorithmIsMadeWithTheFirstClientOfIt) {
  proto::ClientSettings settings;
  settings.audiences = {{"api"}};
  settings.algorithm = proto::ClientSettings::Algorithm::kEdDSA;
  ASSERT_EQ(AddWith("one", settings), "");
  ASSERT_EQ(AddWith("two", settings), "");
  int made = 0;
  for (const AuditRecord& record : world_.Trail()) made += record.entry.action == "signing_key.create";
  EXPECT_EQ(made, 1);
}

TEST_F(ClientServiceTest, I43_TheKeyOfItsIdTokensIsThereBeforeTheClientIs) {
  const auto rsa_keys = [&] {
    const auto keys = world_.store().SigningKeys();
    return std::ranges::count(*keys, SigningAlgorithm::kRs256, &SigningKeyRecord::algorithm);
  };
  proto::ClientSettings settings;
  settings.audiences = {{"api"}};
  settings.id_token_algorithm = proto::ClientSettings::IdTokenAlgorithm::kRS256;
  ASSERT_EQ(AddWith("none", settings), "");
  EXPECT_EQ(rsa_keys(), 0) << "only who may have ID tokens needs one";
  settings.scopes = {{"openid"}};
  ASSERT_EQ(AddWith("wiki", settings), "");
  EXPECT_EQ(rsa_keys(), 1);
  EXPECT_EQ(world_.LastEntry().action, "client.add");
  ASSERT_EQ(AddWith("mail", settings), "");
  EXPECT_EQ(rsa_keys(), 1);
}

}  // namespace
}  // namespace fob::core
