#include "tests/faults/life.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace fob::testing {
namespace {

// A world on that folder whose randomness is that of no other part of the life.
struct Part : World {
  Part(const std::string& state_dir, size_t number) : World(state_dir) {
    Bytes used(number * 64 * 1024);
    random.Fill(used);
  }
};

World::App Copy(const World::App& app) { return {app.id, app.secret.Clone()}; }

bool HasName(const auto& list, std::string_view name) {
  return std::ranges::any_of(list, [&](const auto& one) { return one.name == name; });
}

}  // namespace

void Life::Prepare() {
  Part world(state_dir_, 0);
  world.AddOtp("alice", "phone");
  world.AddOtp("alice", "old");
  world.AddOtp("bob", "bobs");
  blue_ = world.AddKey("alice", "blue");
  proto::ClientSettings refreshing;
  refreshing.audiences = {{"api"}};
  refreshing.refresh_lifetime_ms = 3'600'000;
  wiki_ = world.AddApp("wiki", std::move(refreshing));
  blog_ = world.AddApp("blog");
}

size_t Life::acknowledged() const {
  return std::accumulate(noted_.actions.begin(), noted_.actions.end(), size_t{0},
                         [](size_t sum, const auto& one) {
                           return sum + static_cast<size_t>(one.second);
                         });
}

// --- the steps

void Life::Live() try {
  Part world(state_dir_, 1);
  Enrol(world);
  LogIn(world);
  TakeTickets(world);
  Redeem(world, 0);
  Refresh(world, 0);
  Checkpoint(world);
  Redeem(world, 1);
  Revoke(world, 1);
  Refresh(world, 0);
  RotateKeys(world);
  Withdraw(world);
  Checkpoint(world);
} catch (const std::runtime_error&) {
  // The store could not be opened: nothing was acknowledged.
}

void Life::Enrol(World& world) {
  {
    Dialogue dialogue;
    proto::enrol::EnrolOtp::In in;
    in.user = "alice";
    in.name = "tablet";
    dialogue.Begun(world.enrol().EnrolOtp(World::Root(), std::move(in), dialogue.Sink()));
    world.Settle();
    const std::string code = world.Code("tablet");
    if (dialogue.asks(proto::Ask::Kind::kCode)) world.Answer(dialogue, code);
    if (dialogue.turn.has_value() && dialogue.turn->done.has_value()) {
      noted_.otp_code = code;
      ++noted_.actions["otp.enrol"];
    }
  }
  {
    Dialogue dialogue;
    proto::enrol::EnrolKey::In in;
    in.user = "alice";
    in.name = "green";
    dialogue.Begun(world.enrol().EnrolKey(World::Root(), std::move(in), dialogue.Sink()));
    world.Settle();
    if (world.desk.busy() > 0) world.desk.current()->Made("green", kUp);
    world.Settle();
    if (dialogue.turn.has_value() && dialogue.turn->done.has_value()) {
      noted_.key_enrolled = true;
      ++noted_.actions["key.enrol"];
    }
  }
  const auto code =
      world.Call(world.enrol(), &core::EnrolService::CreateCode, World::Root(), {"bob", {}});
  if (code.ok()) {
    noted_.enrol_code = code->enrol_code.RevealText();
    ++noted_.actions["enrol_code.create"];
  }
}

Life::LoginNote Life::LogInByCode(World& world, const std::string& user, const std::string& otp) {
  Dialogue dialogue;
  proto::login::Begin::In in;
  in.user = user;
  in.service = "sshd";
  in.vouched = {"password"};
  world.Begin(dialogue, World::Root(), std::move(in));
  if (dialogue.asks(proto::Ask::Kind::kCode)) world.Answer(dialogue, world.Code(otp));
  LoginNote note;
  if (dialogue.granted() != nullptr) {
    ++noted_.actions["login"];
    note.handle = dialogue.granted()->handle->RevealText();
  }
  return note;
}

void Life::Confirm(World& world, LoginNote& note, const std::string& user) {
  if (note.handle.empty()) return;
  proto::login::Confirm::In in;
  in.handle = SecretBytes(note.handle);
  in.user = user;
  in.service = "sshd";
  note.confirm_tried = true;
  // The monitor that opens the session is in the user's own kernel session.
  world.host.callers[0].kernel_session =
      world.host.callers[world.host.accounts.at(user).uid].kernel_session;
  const auto out =
      world.Call(world.login(), &core::LoginService::Confirm, World::Root(), std::move(in));
  if (!out.ok()) return;
  note.id = out->login.login;
  ++noted_.actions["login.confirm"];
}

void Life::LogIn(World& world) {
  noted_.alice = LogInByCode(world, "alice", "phone");
  if (!noted_.alice.handle.empty()) noted_.login_code = world.Code("phone");
  Confirm(world, noted_.alice, "alice");
  noted_.bob = LogInByCode(world, "bob", "bobs");
  Confirm(world, noted_.bob, "bob");

  Dialogue touch;
  world.Begin(touch, World::Root(), "alice", "door");
  if (world.desk.busy() > 0) world.desk.current()->Assert(blue_, kUp, 11);
  world.Settle();
  if (touch.granted() == nullptr) return;
  if (touch.granted()->handle.has_value()) {
    noted_.counter = 11;
    ++noted_.actions["login"];
  } else {
    // I14: the trail of this life may never hear of it, the journal has.
    EXPECT_EQ(touch.granted()->outcome, proto::Granted::Outcome::kEvent);
    EXPECT_FALSE(world.journal.empty());
  }
}

void Life::TakeTickets(World& world) {
  for (int i = 0; i < 3; ++i) {
    const auto out = world.Call(world.token(), &core::TokenService::Ticket, World::Alice(),
                                {wiki_.id, {}, {}, {}});
    if (!out.ok()) continue;
    noted_.tickets.push_back({std::string(out->ticket.RevealText())});
    ++noted_.actions["ticket.issue"];
  }
}

Result<proto::token::Exchange::Out> Life::Exchange(World& world, const World::App& app,
                                                   const std::string& ticket) {
  return world.Call(world.token(), &core::TokenService::Exchange, kWeb,
                    {app.id, app.secret.Clone(), {}, SecretBytes(ticket), {}});
}

std::string Life::ExchangeReason(World& world, const World::App& app, const std::string& ticket) {
  const auto out = Exchange(world, app, ticket);
  return out.ok() ? "" : out.error().reason;
}

void Life::Redeem(World& world, size_t which) {
  if (which >= noted_.tickets.size()) return;
  TicketNote& note = noted_.tickets[which];
  note.tried = true;
  const auto out = Exchange(world, wiki_, note.ticket);
  note.redeemed = out.ok();
  if (!out.ok()) return;
  ++noted_.actions["ticket.exchange"];
  GrantNote grant;
  grant.grant = out->grant;
  grant.present = out->refresh_token->RevealText();
  noted_.grants.push_back(std::move(grant));
}

void Life::Withdraw(World& world) {
  noted_.rotate_tried = true;
  const auto rotated = world.Call(world.client(), &core::ClientService::RotateClientSecret,
                                  World::Root(), {blog_.id});
  if (rotated.ok()) {
    noted_.rotated_secret = rotated->client_secret.RevealText();
    ++noted_.actions["client.rotate_secret"];
  }
  {
    Dialogue dialogue;
    noted_.remove_tried = true;
    dialogue.Begun(
        world.enrol().RemoveOtp(World::Root(), {{"alice"}, "old", {}, {}}, dialogue.Sink()));
    world.Settle();
    if (dialogue.turn.has_value() && dialogue.turn->done.has_value()) {
      noted_.removed = true;
      ++noted_.actions["otp.remove"];
    }
  }
  if (noted_.bob.id.empty()) return;
  noted_.bob.end_tried = true;
  const auto ended =
      world.Call(world.login(), &core::LoginService::End, World::Root(), {noted_.bob.id, {}, {}});
  if (!ended.ok()) return;
  noted_.bob.ended = true;
  ++noted_.actions["login.end"];
}

void Life::Checkpoint(World& world) {
  (void)static_cast<store::SqliteStore&>(world.store()).Checkpoint().ok();
}

// --- what must hold

void Life::Check() try {
  Part world(state_dir_, 2);
  CheckTrail(world);
  CheckFactors(world);
  CheckLogin(world, noted_.alice, "alice");
  CheckLogin(world, noted_.bob, "bob");
  CheckTickets(world);
  CheckKeys(world);
  CheckGrants(world);
  CheckHealth(world);
} catch (const std::runtime_error& failed) {
  ADD_FAILURE() << "the store is of no more use: " << failed.what();
}

void Life::CheckTrail(World& world) {
  const auto chain = world.store().CheckChain({}, 10'000);
  ASSERT_TRUE(chain.ok()) << chain.error().text;
  EXPECT_TRUE(chain->done);
  EXPECT_FALSE(chain->broken_at.has_value()) << chain->why;
  std::map<std::string, int> there;
  for (const core::AuditRecord& record : world.Trail()) {
    if (record.entry.outcome == core::Outcome::kAllowed) ++there[record.entry.action];
  }
  for (const auto& [action, count] : noted_.actions) EXPECT_GE(there[action], count) << action;
}

void Life::CheckFactors(World& world) {
  const auto otps = world.store().ListOtps("alice");
  const auto keys = world.store().ListKeys("alice");
  ASSERT_TRUE(otps.ok() && keys.ok());
  if (!noted_.otp_code.empty()) {
    EXPECT_TRUE(HasName(*otps, "tablet"));
    EXPECT_EQ(LoginReason(world, "alice", noted_.otp_code), "replayed_code");
  }
  EXPECT_TRUE(noted_.remove_tried || HasName(*otps, "old"));
  EXPECT_FALSE(noted_.removed && HasName(*otps, "old"));
  EXPECT_TRUE(!noted_.key_enrolled || HasName(*keys, "green"));
  for (const core::KeyRecord& key : *keys) {
    if (key.name == "blue") {
      EXPECT_GE(key.counter, noted_.counter);
    }
  }
  if (!noted_.enrol_code.empty()) {
    Dialogue dialogue;
    proto::enrol::EnrolOtp::In in;
    in.name = "first";
    world.host.callers[kBobUid].session_known = true;
    dialogue.Begun(world.enrol().EnrolOtp(World::Bob(), std::move(in), dialogue.Sink()));
    world.Settle();
    EXPECT_TRUE(dialogue.turn.has_value() && dialogue.turn->ask.has_value()) << dialogue.reason();
  }
}

std::string Life::LoginReason(World& world, const std::string& user, const std::string& code) {
  Dialogue dialogue;
  world.Begin(dialogue, World::Root(), user, "sshd");
  if (dialogue.asks(proto::Ask::Kind::kCode)) world.Answer(dialogue, code);
  return dialogue.granted() != nullptr ? "" : dialogue.reason();
}

void Life::CheckLogin(World& world, LoginNote& note, const std::string& user) {
  const auto lives = [&] {
    const auto list = world.Call(world.login(), &core::LoginService::List, World::Root(), {});
    return list.ok() && std::ranges::any_of(list->logins, [&](const auto& login) {
             return login.user == user && login.state == proto::LoginInfo::State::kLive;
           });
  };
  if (note.handle.empty()) return;
  const std::string code = world.Code(user == "alice" ? "phone" : "bobs");
  EXPECT_EQ(LoginReason(world, user, code), "replayed_code");
  if (note.id.empty()) {
    const bool tried = note.confirm_tried;
    Confirm(world, note, user);
    EXPECT_TRUE(!note.id.empty() || (tried && lives())) << "a handle was lost";
  } else {
    EXPECT_TRUE(note.end_tried || lives());
    EXPECT_FALSE(note.ended && lives());
  }
  const std::string first = std::exchange(note.id, "");
  Confirm(world, note, user);
  EXPECT_EQ(note.id, "") << "a handle was redeemed twice";
  note.id = first;
}

void Life::CheckTickets(World& world) {
  for (TicketNote& note : noted_.tickets) {
    const std::string reason = ExchangeReason(world, wiki_, note.ticket);
    if (note.redeemed) {
      EXPECT_EQ(reason, "ticket_used");
    } else if (note.tried) {
      EXPECT_TRUE(reason.empty() || reason == "ticket_used") << reason;
    } else {
      EXPECT_EQ(reason, "");
    }
    EXPECT_EQ(ExchangeReason(world, wiki_, note.ticket), "ticket_used");
  }
  const std::string old = ExchangeReason(world, blog_, "tkt_none");
  if (!noted_.rotated_secret.empty()) {
    EXPECT_EQ(old, "invalid_client");
    World::App now = Copy(blog_);
    now.secret = SecretBytes(noted_.rotated_secret);
    EXPECT_EQ(ExchangeReason(world, now, "tkt_none"), "ticket_unknown");
  } else if (!noted_.rotate_tried) {
    EXPECT_EQ(old, "ticket_unknown");
  }
}

void Life::CheckHealth(World& world) {
  world.Advance(30'000);
  EXPECT_EQ(LoginReason(world, "alice", world.Code("phone")), "");
  const auto chain = world.store().CheckChain({}, 10'000);
  EXPECT_TRUE(chain.ok() && !chain->broken_at.has_value());
}

}  // namespace fob::testing
