// The steps of a life that are about what web apps hold.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/faults/life.h"

namespace fob::testing {

// --- the steps

Result<proto::token::Refresh::Out> Life::RefreshBy(World& world, const std::string& token) {
  proto::token::Refresh::In in;
  in.client_id = wiki_.id;
  in.client_secret = wiki_.secret.Clone();
  in.refresh_token = SecretBytes(token);
  return world.Call(world.token(), &core::TokenService::Refresh, kWeb, std::move(in));
}

void Life::Refresh(World& world, size_t which) {
  if (which >= noted_.grants.size()) return;
  GrantNote& note = noted_.grants[which];
  note.refresh_tried = true;
  const auto out = RefreshBy(world, note.present);
  if (!out.ok()) return;
  note.refresh_tried = false;
  note.used = note.present;
  note.present = out->refresh_token->RevealText();
  ++noted_.actions["token.refresh"];
}

void Life::Revoke(World& world, size_t which) {
  if (which >= noted_.grants.size()) return;
  GrantNote& note = noted_.grants[which];
  note.revoke_tried = true;
  note.revoked = world.Call(world.grant(), &core::GrantService::RevokeGrants, World::Root(),
                            {note.grant, {}, {}, {}, {}})
                     .ok();
  if (note.revoked) ++noted_.actions["grant.revoke"];
}

void Life::RotateKeys(World& world) {
  noted_.keys_tried = true;
  const auto out = world.Call(world.signing(), &core::SigningKeyService::RotateSigningKey,
                              World::Root(), {});
  if (!out.ok()) return;
  noted_.signing_key = out->key.kid;
  ++noted_.actions["signing_key.rotate"];
}

// --- what must hold

void Life::CheckKeys(World& world) {
  const auto keys = world.store().SigningKeys();
  ASSERT_TRUE(keys.ok()) << keys.error().text;
  const auto found = std::ranges::find(*keys, noted_.signing_key, &core::SigningKeyRecord::kid);
  if (!noted_.signing_key.empty()) {
    ASSERT_NE(found, keys->end()) << "a signing key was published and is gone";
    EXPECT_EQ(found->private_key.RevealText(), "private");
    EXPECT_EQ(found->signs_from - found->created_at, world.settings.key_lead);
  }
  EXPECT_TRUE(noted_.keys_tried || keys->empty());
}

void Life::CheckGrants(World& world) {
  for (const GrantNote& note : noted_.grants) CheckGrant(world, note);
}

void Life::CheckGrant(World& world, const GrantNote& note) {
  const auto text = [](const auto& out) {
    return out.ok() ? std::string(out->refresh_token->RevealText()) : out.error().reason;
  };
  if (note.revoke_tried) {
    const std::string first = text(RefreshBy(world, note.present));
    EXPECT_TRUE(!note.revoked || first == "invalid_grant") << first;
    return;
  }
  // Unless the present one was used, too, and nobody heard the answer: then this would be reuse.
  if (!note.used.empty() && !note.refresh_tried) {
    EXPECT_EQ(text(RefreshBy(world, note.used)), note.present) << "within the grace, the same answer";
  }
  // Answered before, and nobody heard it, or now: one answer, and it is a token.
  const std::string next = text(RefreshBy(world, note.present));
  EXPECT_EQ(next.substr(0, 3), "rt_") << next;
  EXPECT_TRUE(note.refresh_tried || next != note.present);
  EXPECT_EQ(text(RefreshBy(world, note.present)), next);
  world.Advance(1'000 * (world.settings.refresh_grace + 1));
  EXPECT_EQ(text(RefreshBy(world, note.present)), "invalid_grant") << "consumed stays consumed";
  EXPECT_EQ(text(RefreshBy(world, next)), "invalid_grant") << "and its reuse is the end of the grant";
}

}  // namespace fob::testing
