// Logins that do not succeed: errors, time, callers who go, factors that do.

#include "tests/unit/core/login_fixture.h"

namespace fob::core {
namespace {

class LoginEnds : public LoginFixture {};

// --- errors deny

TEST_F(LoginEnds, I1_EveryErrorOnTheWayIsARefusalNeverASkip) {
  world_.AddOtp("alice", "phone");
  const Error down = MakeError(Code::kUnavailable, "down", "it is down");
  // "lobby" skips the unenrolled and "cron" everybody: errors do not make anyone unenrolled, nor
  // known.
  for (const char* service : {"sshd", "lobby"}) {
    for (int step = 0; step < 4; ++step) {
      world_.host.account_error = step == 0 ? std::optional(down) : std::nullopt;
      world_.host.caller_error = step == 1 ? std::optional(down) : std::nullopt;
      world_.queue().read_error = step == 2 ? std::optional(down) : std::nullopt;
      Dialogue dialogue;
      world_.Begin(dialogue, World::Root(), "alice", service);
      if (step == 3) {
        world_.queue().write_error = down;
        world_.Answer(dialogue, dialogue.asks(AskKind::kChoice) || dialogue.asks(AskKind::kCode)
                                    ? world_.Code("phone")
                                    : "");
      }
      world_.queue().write_error.reset();
      EXPECT_EQ(dialogue.granted(), nullptr) << service << step;
      ASSERT_TRUE(dialogue.error.has_value()) << service << step;
      EXPECT_EQ(dialogue.error->code, Code::kUnavailable);
    }
  }
}

TEST_F(LoginEnds, I1_AStoreThatCannotWriteDelaysNoRefusal) {
  world_.queue().write_error = MakeError(Code::kUnavailable, "read_only", "the store is read-only");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "bob", "sshd");
  EXPECT_EQ(dialogue.reason(), "not_enrolled");
}

TEST_F(LoginEnds, I13_NotEnrolledAndCannotReadAreDifferentAnswers) {
  Dialogue unenrolled;
  world_.Begin(unenrolled, World::Root(), "bob", "sshd");
  world_.queue().read_error =
      MakeError(Code::kUnavailable, "store_unreadable", "the store cannot be read");
  Dialogue unreadable;
  world_.Begin(unreadable, World::Root(), "bob", "sshd");
  EXPECT_EQ(unenrolled.error->code, Code::kDenied);
  EXPECT_EQ(unenrolled.reason(), "not_enrolled");
  EXPECT_EQ(unreadable.error->code, Code::kUnavailable);
  EXPECT_EQ(unreadable.reason(), "store_unreadable");
  EXPECT_NE(unenrolled.error->text, unreadable.error->text);
}

TEST_F(LoginEnds, AnUnknownAccountAndOneThatChangedItsUidAreDenied) {
  Dialogue nobody;
  world_.Begin(nobody, World::Root(), "mallory", "sshd");
  EXPECT_EQ(nobody.reason(), "unknown_user");
  world_.AddOtp("alice", "phone");
  world_.host.accounts["alice"].uid = 2000;
  Dialogue changed;
  world_.Begin(changed, World::Root(), "alice", "sshd");
  EXPECT_EQ(changed.reason(), "user_changed");
  EXPECT_EQ(changed.error->code, Code::kDenied);
}

TEST_F(LoginEnds, AnotherSpellingOfTheNameIsTheSameUser) {
  world_.AddOtp("alice", "phone");
  world_.host.aliases["ALICE"] = "alice";
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "ALICE", "sshd");
  EXPECT_THAT(dialogue.prompt(), HasSubstr("for alice at"));
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_NE(dialogue.granted(), nullptr);
  EXPECT_EQ(dialogue.granted()->user, "ALICE") << "as it was asked for: PAM_USER stays what it is";
  // I18: and the same code.
  Dialogue replay;
  world_.Begin(replay, World::Root(), "alice", "sshd");
  world_.Answer(replay, world_.Code("phone"));
  EXPECT_EQ(replay.reason(), "replayed_code");
}

TEST_F(LoginEnds, I11_EveryFailureHasItsOwnReasonAndItsOwnMessage) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.AddKey("bob", "red");
  std::map<std::string, std::string> seen;  // text by reason
  const auto note = [&](const Dialogue& dialogue) {
    ASSERT_TRUE(dialogue.error.has_value());
    const Error& error = *dialogue.error;
    EXPECT_FALSE(error.text.empty());
    EXPECT_TRUE(seen.emplace(error.reason, error.text).second) << error.reason << " came up before";
  };
  const auto with_key = [&](const char* service, auto act) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", service);
    act(*world_.desk.current());
    world_.Settle();
    note(dialogue);
  };
  // What the worker tells of comes through as it is.
  for (const auto& [reason, text] :
       std::map<std::string, std::string>{{"pin_blocked", "the PIN of this key is blocked"},
                                          {"pin_floor", "too few PIN tries are left"},
                                          {"no_touch", "the key was not touched in time"},
                                          {"no_key", "no security key is plugged in"},
                                          {"no_pin_set", "this key has no PIN yet"},
                                          {"worker_gone", "the key worker ended"}}) {
    with_key("door", [&, r = reason, t = text](testing::Talk& talk) {
      talk.Fail(MakeError(Code::kDenied, r, t));
    });
  }
  with_key("door", [](testing::Talk& talk) { talk.Nothing(); });
  with_key("door", [&](testing::Talk& talk) { talk.Assert(key, 0, 11); });
  with_key("vault", [&](testing::Talk& talk) { talk.Assert(key, testing::kUp, 11); });
  with_key("door", [&](testing::Talk& talk) {
    proto::Assertion forged;
    forged.rp_id = key.rp_id;
    forged.credential_id = Base64UrlEncode(key.credential_id);
    forged.auth_data = "AQAAAAs";
    forged.signature = "AAAA";
    talk.Assert(std::move(forged));
  });
  with_key("door", [&](testing::Talk& talk) {
    KeyRecord other = key;
    other.credential_id.push_back(1);
    talk.Assert(other, testing::kUp, 11);
  });
  with_key("door", [&](testing::Talk& talk) { talk.Assert(key, testing::kUp, 3); });
  Dialogue no_answer;
  world_.Begin(no_answer, World::Root(), "alice", "door");
  world_.Advance(60'000);
  note(no_answer);
  const auto coded = [&](std::string_view code) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Answer(dialogue, code);
    if (dialogue.error.has_value()) note(dialogue);
  };
  coded("000000");
  const std::string good = world_.Code("phone");
  coded(good);
  coded(good);
  const auto at_once = [&](const char* user, const char* service, const Peer& peer) {
    Dialogue dialogue;
    world_.Begin(dialogue, peer, user, service);
    note(dialogue);
  };
  at_once("alice", "telnet", World::Root());
  at_once("bob", "screen", World::Root());
  at_once("bob", "sshd", World::Root());
  at_once("postgres", "sshd", World::Root());
  at_once("mallory", "sshd", World::Root());
  at_once("alice", "sshd", World::Bob());
  at_once("alice", "fob-web", World::Root());
  world_.host.accounts["alice"].uid = 2000;
  at_once("alice", "sshd", World::Root());
  world_.host.account_error =
      MakeError(Code::kUnavailable, "nss_silent", "the account database did not answer");
  at_once("alice", "sshd", World::Root());
  EXPECT_GE(seen.size(), 21u);
  std::map<std::string, std::string> by_text;
  for (const auto& [reason, text] : seen) {
    EXPECT_TRUE(by_text.emplace(text, reason).second)
        << reason << " and " << by_text[text] << " say the same";
  }
}

// --- time, and callers who go

TEST_F(LoginEnds, ACeremonyHasADeadlineThatTheCallerCanOnlyShorten) {
  world_.AddOtp("alice", "phone");
  const struct {
    std::optional<int64_t> asked;
    int64_t lasts;
  } rows[] = {{{}, 60'000}, {5'000, 5'000},      {600'000, 60'000}, {0, 1},
              {-5, 1},      {INT64_MAX, 60'000}, {INT64_MIN, 1}};
  for (const auto& row : rows) {
    Dialogue dialogue;
    auto in = At("sshd");
    in.timeout_ms = row.asked;
    world_.Begin(dialogue, World::Root(), std::move(in));
    if (row.lasts > 1) {
      world_.Advance(row.lasts - 1);
      EXPECT_EQ(world_.timers.pending(), 1u) << row.lasts;
    }
    world_.Advance(1);
    EXPECT_EQ(world_.timers.pending(), 0u);
    EXPECT_EQ(world_.LastEntry().detail, "timed_out");
    EXPECT_EQ(world_.LastEntry().outcome, Outcome::kFailed);
  }
}

TEST_F(LoginEnds, ALateAnswerGetsTheRefusal) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.Advance(60'000);
  EXPECT_EQ(dialogue.lasts, 1) << "nobody waits for a reply now";
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_TRUE(dialogue.error.has_value());
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
  EXPECT_EQ(dialogue.lasts, 2);
  EXPECT_EQ(dialogue.granted(), nullptr);
}

TEST_F(LoginEnds, TimeThatRunsOutInTheGatheringIsATimeout) {
  for (int step = 0; step < 2; ++step) {
    world_.host.hold = step == 0;
    world_.queue().hold = step == 1;
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Advance(60'000);
    world_.host.hold = world_.queue().hold = false;
    world_.Settle();
    ASSERT_TRUE(dialogue.error.has_value()) << step;
    EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
    EXPECT_EQ(dialogue.lasts, 1);
  }
}

TEST_F(LoginEnds, ATimeoutWhileAKeyBlinksStopsIt) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  ASSERT_EQ(world_.desk.alive(), 1);
  world_.Advance(60'000);
  EXPECT_EQ(world_.desk.alive(), 0);
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
}

TEST_F(LoginEnds, ATimeoutWhileAPinIsTypedLetsTheWorkerGo) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  world_.Advance(60'000);
  EXPECT_EQ(world_.desk.alive(), 0) << "the connection may stay open for long";
  world_.Answer(dialogue, "1234");
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(LoginEnds, I10_ACallerWhoGoesStopsTheKeyAtOnce) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  const auto talk = world_.desk.current();
  dialogue.Hang();
  EXPECT_FALSE(talk->alive);
  world_.Settle();
  EXPECT_EQ(world_.LastEntry().detail, "caller_gone");
  EXPECT_EQ(dialogue.lasts, 0) << "there is nobody to tell";
}

TEST_F(LoginEnds, ACallerMayGoAtAnyPoint) {
  world_.AddOtp("alice", "phone");
  for (int held = 0; held < 4; ++held) {
    world_.host.hold = held == 0;
    world_.queue().hold = held == 1;
    {
      Dialogue dialogue;
      world_.Begin(dialogue, World::Root(), "alice", "sshd");
      if (held == 2) {  // while the outcome is made durable
        world_.queue().hold = true;
        world_.Answer(dialogue, world_.Code("phone"));
      }
    }
    world_.host.hold = world_.queue().hold = false;
    world_.Settle();
    EXPECT_EQ(world_.timers.pending(), 0u);
  }
  // The login that was made durable stays unconfirmed, and dies so.
  const auto logins =
      *world_.store().ListLogins({std::nullopt, false, world_.clock.UnixSeconds(), "boot-1"});
  EXPECT_TRUE(logins.empty());
}

TEST_F(LoginEnds, ATimeoutInTheCommitChangesNothing) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.queue().hold = true;
  world_.Answer(dialogue, world_.Code("phone"));
  world_.Advance(60'000);
  world_.queue().hold = false;
  world_.Settle();
  EXPECT_NE(dialogue.granted(), nullptr);
}

// --- what changes meanwhile

TEST_F(LoginEnds, I8_AFactorThatWasRemovedBetweenBeginAndCommitIsRefused) {
  const OtpRecord otp = world_.AddOtp("alice", "phone");
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue code;
  world_.Begin(code, World::Root(), "alice", "sshd");
  ASSERT_TRUE(world_.store().RemoveOtp("alice", testing::kAliceUid, otp.id, {}).ok());
  world_.Answer(code, world_.Code("phone"));
  EXPECT_EQ(code.reason(), "factor_removed");
  EXPECT_EQ(code.error->code, Code::kDenied);

  Dialogue touch;
  world_.Begin(touch, World::Root(), "alice", "door");
  ASSERT_TRUE(world_.store().RemoveKey("alice", testing::kAliceUid, key.id, {}).ok());
  world_.desk.current()->Assert(key, testing::kUp, 11);
  world_.Settle();
  EXPECT_EQ(touch.reason(), "factor_removed");
}

TEST_F(LoginEnds, I8_AUserWhoWasRebondInTheMeantimeIsRefused) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  ASSERT_TRUE(world_.store().RebindUser("alice", 2000, {}).ok());
  world_.Answer(dialogue, world_.Code("phone"));
  EXPECT_EQ(dialogue.reason(), "user_changed");
}

}  // namespace
}  // namespace fob::core
