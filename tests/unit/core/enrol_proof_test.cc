// Who may change factors, what must be proved first, and what ends it.

#include "tests/unit/core/enrol_fixture.h"

namespace fob::core {
namespace {

class EnrolProof : public EnrolFixture {};

// --- who must prove what

TEST_F(EnrolProof, OthersProveAnEnrolledFactorFirst) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.Sit(testing::kAliceUid);
  Dialogue by_code;
  EnrolOtp(by_code, World::Alice(), "tablet");
  ASSERT_TRUE(by_code.asks(AskKind::kChoice)) << by_code.reason();
  EXPECT_FALSE(by_code.turn->offer.has_value()) << "no secret before the proof";
  world_.Answer(by_code, world_.Code("phone"));
  ASSERT_TRUE(by_code.turn.has_value() && by_code.turn->offer.has_value()) << by_code.reason();
  world_.Answer(by_code, world_.Code("tablet"));
  EXPECT_TRUE(by_code.turn->done.has_value());
  EXPECT_EQ(Otps("alice"), 2u);

  Dialogue by_key;
  EnrolKey(by_key, World::Alice(), "red");
  world_.Answer(by_key, "");
  world_.desk.current()->Assert(key, testing::kUp, 11);
  world_.Settle();
  ASSERT_NE(world_.desk.current(), nullptr);
  world_.desk.current()->Made("red credential", testing::kUp);
  world_.Settle();
  EXPECT_TRUE(by_key.turn.has_value() && by_key.turn->done.has_value()) << by_key.reason();
  EXPECT_EQ(Keys("alice"), 2u);
  // Both the proof and the change are in the trail.
  const auto trail = world_.Trail();
  EXPECT_EQ(trail.at(trail.size() - 2).entry.action, "enrol.prove");
  EXPECT_EQ(trail.at(trail.size() - 2).entry.subject, key.id);
  EXPECT_EQ(trail.back().entry.action, "key.enrol");
}

TEST_F(EnrolProof, AProofThatFailsChangesNothing) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.Sit(testing::kAliceUid);
  Dialogue wrong;
  EnrolOtp(wrong, World::Alice(), "tablet");
  world_.Answer(wrong, "000000");
  EXPECT_EQ(wrong.reason(), "wrong_code");
  Dialogue untouched;
  RemoveKey(untouched, World::Alice(), "blue");
  world_.Answer(untouched, "");
  world_.desk.current()->Assert(key, 0, 11);
  world_.Settle();
  EXPECT_EQ(untouched.reason(), "not_present");
  EXPECT_EQ(Keys("alice"), 1u);
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolProof, I18_ACodeThatProvedIsUsed) {
  world_.AddOtp("alice", "phone");
  world_.AddOtp("alice", "tablet");
  const std::string code = world_.Code("phone");
  Dialogue remove;
  RemoveOtp(remove, World::Alice(), "tablet");
  world_.Answer(remove, code);
  ASSERT_TRUE(remove.turn.has_value() && remove.turn->done.has_value()) << remove.reason();
  Dialogue again;
  RemoveOtp(again, World::Alice(), "phone");
  world_.Answer(again, code);
  EXPECT_EQ(again.reason(), "replayed_code");
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolProof, I8_TheProvingFactorMustStillBeThereInTheEnd) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Alice(), "tablet");
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_TRUE(world_.store().RemoveOtp("alice", testing::kAliceUid, "phone", {}).ok());
  world_.Answer(dialogue, world_.Code("tablet"));
  EXPECT_EQ(dialogue.reason(), "factor_removed");
  EXPECT_EQ(Otps("alice"), 0u);
}

TEST_F(EnrolProof, TheFirstFactorComesWithAnEnrolmentCodeOnce) {
  const std::string code = NewCode("alice");
  Dialogue wrong;
  EnrolOtp(wrong, World::Alice(), "phone");
  ASSERT_TRUE(wrong.asks(AskKind::kEnrolCode));
  world_.Answer(wrong, "AAAA-AAAA-AAAA-AAAA");
  EXPECT_EQ(wrong.reason(), "wrong_enrol_code");

  Dialogue good;
  EnrolOtp(good, World::Alice(), "phone");
  std::string typed = code;
  for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  world_.Answer(good, typed);
  ASSERT_TRUE(good.turn.has_value() && good.turn->offer.has_value()) << good.reason();
  world_.Answer(good, world_.Code("phone"));
  EXPECT_TRUE(good.turn->done.has_value());

  ASSERT_TRUE(world_.store().RemoveOtp("alice", testing::kAliceUid, "phone", {}).ok());
  Dialogue again;
  EnrolOtp(again, World::Alice(), "phone");
  world_.Answer(again, code);
  EXPECT_EQ(again.reason(), "wrong_enrol_code") << "it is consumed";
}

TEST_F(EnrolProof, AnEnrolmentCodeIsOfOneUserAndOfItsTime) {
  const std::string code = NewCode("alice");
  Dialogue other;
  EnrolOtp(other, World::Bob(), "phone");
  world_.Answer(other, code);
  EXPECT_EQ(other.reason(), "wrong_enrol_code");
  const std::string newer = NewCode("alice");
  Dialogue replaced;
  EnrolOtp(replaced, World::Alice(), "phone");
  world_.Answer(replaced, code);
  EXPECT_EQ(replaced.reason(), "wrong_enrol_code") << "a new one replaces the old one";
  world_.Advance(24 * 3600 * 1000);
  Dialogue late;
  EnrolOtp(late, World::Alice(), "phone");
  world_.Answer(late, newer);
  EXPECT_EQ(late.reason(), "wrong_enrol_code");
}

TEST_F(EnrolProof, TwoAtOnceWithOneEnrolmentCodeAreOneEnrolment) {
  const std::string code = NewCode("alice");
  Dialogue one;
  Dialogue two;
  EnrolOtp(one, World::Alice(), "phone");
  EnrolOtp(two, World::Alice(), "tablet");
  world_.Answer(one, code);
  world_.Answer(two, code);
  world_.Answer(one, world_.Code("phone"));
  world_.Answer(two, world_.Code("tablet"));
  EXPECT_TRUE(one.turn.has_value() && one.turn->done.has_value());
  EXPECT_EQ(two.reason(), "enrol_code");
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolProof, AnEnrolmentCodeIsForTheFirstFactorAlone) {
  world_.AddKey("alice", "blue");
  NewCode("alice");
  // Her key cannot be asked from afar: the code is no way around it, neither to enrol nor to
  // remove.
  Dialogue add;
  EnrolOtp(add, World::Alice(), "phone");
  EXPECT_EQ(add.reason(), "no_factor");
  Dialogue remove;
  RemoveKey(remove, World::Alice(), "blue");
  EXPECT_EQ(remove.reason(), "no_factor");
  EXPECT_EQ(Keys("alice"), 1u);
}

TEST_F(EnrolProof, I5_OthersActForThemselvesAlone) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  using Begin = std::function<void(Dialogue&)>;
  const Begin begins[] = {
      [&](Dialogue& d) { EnrolKey(d, World::Bob(), "x", "alice"); },
      [&](Dialogue& d) { EnrolOtp(d, World::Bob(), "x", "alice"); },
      [&](Dialogue& d) { RemoveKey(d, World::Bob(), "blue", "alice"); },
      [&](Dialogue& d) { RemoveOtp(d, World::Bob(), "phone", "alice"); },
      [&](Dialogue& d) { TestKey(d, World::Bob(), "blue", "alice"); },
      [&](Dialogue& d) { EnrolKey(d, World::Bob(), "x", "nobody-of-that-name"); },
      [&](Dialogue& d) { EnrolKey(d, World::Postgres(), "x", "alice"); },
  };
  for (const auto& begin : begins) {
    Dialogue dialogue;
    begin(dialogue);
    ASSERT_TRUE(dialogue.error.has_value());
    EXPECT_EQ(dialogue.error->code, Code::kNotPermitted);
    EXPECT_EQ(dialogue.reason(), "other_user") << "not even whether such a user exists";
  }
  EXPECT_EQ(world_.desk.talks.size(), 0u);
  // Bob's own factors are not alice's: her names mean nothing to him.
  Dialogue own;
  RemoveKey(own, World::Bob(), "blue");
  EXPECT_EQ(own.reason(), "no_such_key");
}

TEST_F(EnrolProof, I9_NobodyWakesKeysFromAfar) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  for (int place = 0; place < 3; ++place) {
    if (place == 1) world_.Remote(testing::kAliceUid);
    if (place == 2) world_.Sit(testing::kAliceUid, false);
    Dialogue test;
    TestKey(test, World::Alice(), "blue");
    EXPECT_EQ(test.reason(), "key_not_here") << place;
    Dialogue add;
    EnrolKey(add, World::Alice(), "red");
    EXPECT_EQ(add.reason(), "key_not_here") << place;
    Dialogue otp;
    EnrolOtp(otp, World::Alice(), "tablet");
    EXPECT_TRUE(otp.asks(AskKind::kCode)) << "the code alone";
  }
  EXPECT_EQ(world_.desk.talks.size(), 0u);
  world_.Sit(testing::kAliceUid);
  Dialogue here;
  TestKey(here, World::Alice(), "blue");
  EXPECT_EQ(world_.desk.busy(), 1);
}

TEST_F(EnrolProof, I9_UnlessPolicyNamesTheService) {
  world_.settings.rules.insert(world_.settings.rules.begin(), Rule());
  world_.settings.rules.front().services = {"fobctl"};
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  TestKey(dialogue, World::Alice(), "blue");
  EXPECT_EQ(world_.desk.busy(), 1);
}

// --- names and limits

TEST_F(EnrolProof, NamesAreChecked) {
  for (const std::string& bad : {std::string(), std::string(65, 'x'), std::string("a\nb")}) {
    Dialogue key;
    EnrolKey(key, World::Root(), bad, "alice");
    EXPECT_EQ(key.reason(), "bad_name");
    Dialogue otp;
    EnrolOtp(otp, World::Root(), bad, "alice");
    EXPECT_EQ(otp.reason(), "bad_name");
    Dialogue remove;
    RemoveKey(remove, World::Alice(), bad);
    EXPECT_EQ(remove.reason(), "bad_name");
    Dialogue test;
    TestKey(test, World::Alice(), bad);
    EXPECT_EQ(test.reason(), "bad_name");
  }
  Dialogue user;
  EnrolKey(user, World::Alice(), "x", std::string(100'000, 'u'));
  EXPECT_EQ(user.reason(), "bad_user");
}

TEST_F(EnrolProof, ANameStandsForOneFactorOfAUser) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  Dialogue key;
  EnrolKey(key, World::Root(), "blue", "alice");
  EXPECT_EQ(key.reason(), "name_taken");
  EXPECT_EQ(key.error->code, Code::kConflict);
  Dialogue otp;
  EnrolOtp(otp, World::Root(), "phone", "alice");
  EXPECT_EQ(otp.reason(), "name_taken");
  Dialogue bobs;
  EnrolOtp(bobs, World::Root(), "phone", "bob");
  EXPECT_EQ(bobs.reason(), "");
  // Taken while the ceremony went on.
  Dialogue late;
  EnrolOtp(late, World::Root(), "tablet", "alice");
  world_.AddOtp("alice", "tablet");
  world_.Answer(late, world_.Code("tablet"));
  EXPECT_EQ(late.reason(), "name_taken");
}

TEST_F(EnrolProof, AUserHasAtMost32KeysAnd8Otps) {
  for (int i = 0; i < 32; ++i) world_.AddKey("alice", std::string(static_cast<size_t>(i) + 1, 'k'));
  for (int i = 0; i < 8; ++i) world_.AddOtp("alice", "otp" + std::to_string(i));
  Dialogue key;
  EnrolKey(key, World::Root(), "one more", "alice");
  EXPECT_EQ(key.reason(), "too_many_factors");
  EXPECT_EQ(key.error->code, Code::kExhausted);
  Dialogue otp;
  EnrolOtp(otp, World::Root(), "one more", "alice");
  EXPECT_EQ(otp.reason(), "too_many_factors");
}

// --- time, callers, errors

TEST_F(EnrolProof, TimeAndCallersEndItAnywhere) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.Sit(testing::kAliceUid);
  for (const bool gone : {false, true}) {
    for (int at = 0; at < 6; ++at) {
      Dialogue dialogue;
      world_.host.hold = at == 0;
      if (at < 4) {
        EnrolKey(dialogue, at < 3 ? World::Alice() : World::Root(), "red", "alice");
        if (at == 2) world_.Answer(dialogue, "");
      } else {
        EnrolKey(dialogue, World::Root(), "red", "alice");
        world_.desk.current()->NeedPin(8);
        if (at == 5) world_.Answer(dialogue, "1234");
      }
      if (gone) {
        dialogue.Hang();
      } else {
        world_.timers.Advance(60'000);
      }
      world_.host.hold = false;
      world_.Settle();
      EXPECT_EQ(world_.desk.alive(), 0) << at;
      EXPECT_EQ(world_.timers.pending(), 0u) << at;
      EXPECT_EQ(world_.LastEntry().detail, gone ? "caller_gone" : "timed_out") << at;
    }
  }
  EXPECT_EQ(Keys("alice"), 1u);
}

TEST_F(EnrolProof, ALateAnswerGetsTheRefusal) {
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "phone", "alice");
  world_.Advance(60'000);
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_TRUE(dialogue.error.has_value());
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
  EXPECT_EQ(Otps("alice"), 0u);
}

TEST_F(EnrolProof, I1_I13_ErrorsAreRefusalsAndNoReasonToTakeAnybodyForNew) {
  const Error down = MakeError(Code::kUnavailable, "down", "it is down");
  world_.AddOtp("alice", "phone");
  NewCode("alice");
  for (int step = 0; step < 3; ++step) {
    world_.host.account_error = step == 0 ? std::optional(down) : std::nullopt;
    world_.host.caller_error = step == 1 ? std::optional(down) : std::nullopt;
    world_.queue().read_error = step == 2 ? std::optional(down) : std::nullopt;
    Dialogue dialogue;
    EnrolOtp(dialogue, World::Alice(), "tablet");
    EXPECT_EQ(dialogue.reason(), "down") << step;
    EXPECT_FALSE(dialogue.asks(AskKind::kEnrolCode));
  }
  world_.queue().read_error.reset();
  Dialogue full;
  EnrolOtp(full, World::Root(), "tablet", "alice");
  world_.queue().write_error = down;
  world_.Answer(full, world_.Code("tablet"));
  EXPECT_EQ(full.reason(), "down");
  world_.queue().write_error.reset();
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolProof, AnAccountThatChangedItsUidIsBlockedUntilItIsRebound) {
  world_.AddOtp("alice", "phone");
  world_.host.accounts["alice"].uid = 2000;
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "tablet", "alice");
  EXPECT_EQ(dialogue.reason(), "user_changed");
  EXPECT_EQ(dialogue.error->code, Code::kConflict);
}

TEST_F(EnrolProof, AnEnrolmentCodeLivesAMinuteTo30Days) {
  const auto create = [&](std::optional<int64_t> ms) {
    return world_.Call(world_.enrol(), &EnrolService::CreateCode, World::Root(), {"alice", ms});
  };
  for (const int64_t bad :
       {int64_t{0}, int64_t{59'999}, int64_t{30} * 24 * 3600 * 1000 + 1000, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(create(bad).error().reason, "bad_lifetime") << bad;
  }
  EXPECT_EQ(create(60'000)->expires_at, world_.clock.UnixSeconds() + 60);
  EXPECT_EQ(create({})->expires_at, world_.clock.UnixSeconds() + 24 * 3600);
  EXPECT_EQ(world_.LastEntry().action, "enrol_code.create");
}

TEST_F(EnrolProof, ListsStayWithTheirUser) {
  world_.AddKey("alice", "blue");
  world_.AddKey("bob", "red");
  world_.AddOtp("alice", "phone");
  const auto keys = [&](const Peer& peer, std::optional<std::string> user) {
    auto out = world_.Call(world_.enrol(), &EnrolService::ListKeys, peer, {std::move(user), {}, {}});
    return out.ok() ? std::to_string(out->keys.size()) : out.error().reason;
  };
  EXPECT_EQ(keys(World::Root(), {}), "2");
  EXPECT_EQ(keys(World::Root(), "alice"), "1");
  EXPECT_EQ(keys(World::Alice(), {}), "1");
  EXPECT_EQ(keys(World::Alice(), "alice"), "1");
  EXPECT_EQ(keys(World::Alice(), "bob"), "other_user");
  EXPECT_EQ(keys(World::Postgres(), {}), "0");
  const auto otps = world_.Call(world_.enrol(), &EnrolService::ListOtps, World::Bob(), {"alice", {}, {}});
  EXPECT_EQ(otps.error().reason, "other_user");
}

TEST_F(EnrolProof, RenamingTakesAProof) {
  world_.AddKey("alice", "blue");
  world_.AddKey("bob", "red");
  world_.AddOtp("alice", "phone");
  const auto rename = [&](const Peer& peer, std::optional<std::string> user, std::string key,
                          std::string name, std::string code = "") {
    Dialogue dialogue;
    dialogue.Begun(world_.enrol().RenameKey(peer, {std::move(user), std::move(key), std::move(name), {}, {}},
                                            dialogue.Sink()));
    world_.Settle();
    if (!code.empty()) world_.Answer(dialogue, code);
    if (dialogue.asks(proto::Ask::Kind::kCode) || dialogue.asks(proto::Ask::Kind::kChoice))
      return std::string("asked");
    return dialogue.done() != nullptr ? dialogue.done()->key->name : dialogue.reason();
  };
  EXPECT_EQ(rename(World::Alice(), {}, "blue", "navy"), "asked");
  EXPECT_EQ(rename(World::Alice(), {}, "blue", "navy", "wrong"), "wrong_code");
  EXPECT_EQ(world_.LastEntry().subject, "blue") << "what it was about";
  EXPECT_EQ(world_.LastEntry().detail, "wrong_code totp") << "and what did not prove it";
  EXPECT_EQ(rename(World::Alice(), {}, "blue", "navy", world_.Code("phone")), "navy");
  EXPECT_EQ(rename(World::Root(), "alice", "navy", "blue"), "blue") << "an administrator proves nothing";
  EXPECT_EQ(rename(World::Bob(), "alice", "navy", "mine"), "other_user");
  EXPECT_EQ(rename(World::Alice(), {}, "red", "mine"), "no_such_key") << "another's key";
  EXPECT_EQ(rename(World::Alice(), {}, "navy", ""), "bad_name");
  EXPECT_EQ(rename(World::Alice(), {}, std::string(65, 'x'), "ok"), "bad_name");
  EXPECT_EQ(world_.LastEntry().action, "key.rename");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kFailed);
}

}  // namespace
}  // namespace fob::core
