#include "daemon/core/policy.h"

#include <gtest/gtest.h>

namespace fob::core {
namespace {

Rule Named(std::string name) {
  Rule rule;
  rule.name = std::move(name);
  return rule;
}

Policy Make(std::vector<Rule> rules) {
  rules.push_back(Named("last"));
  return *Policy::Create(std::move(rules));
}

const Account kAlice{"alice", 1000, 1000, {"alice", "staff", "wheel"}};

std::string Decision(const Policy& policy, std::string service,
                     Locality locality = Locality::kUnknown, const Account& account = kAlice) {
  return policy.Decide({std::move(service), &account, locality}).name;
}

TEST(Policy, TheLastRuleMustMatchEverything) {
  EXPECT_EQ(Policy::Create({}).error().reason, "no_last_rule");
  const auto narrowed = [](auto narrow) {
    Rule rule = Named("last");
    narrow(rule);
    std::vector<Rule> rules = {Named("first")};
    rules.push_back(rule);
    return Policy::Create(std::move(rules));
  };
  EXPECT_FALSE(narrowed([](Rule& rule) { rule.services = {"sshd"}; }).ok());
  EXPECT_FALSE(narrowed([](Rule& rule) { rule.groups = {"staff"}; }).ok());
  EXPECT_FALSE(narrowed([](Rule& rule) { rule.users = {"alice"}; }).ok());
  EXPECT_FALSE(narrowed([](Rule& rule) { rule.locality = Locality::kLocal; }).ok());
  EXPECT_TRUE(narrowed([](Rule&) {}).ok());
}

TEST(Policy, ARuleThatNobodyFilledDenies) {
  EXPECT_EQ(Rule().action, Rule::Action::kDeny);
  EXPECT_EQ(Rule().unenrolled, Rule::Unenrolled::kDeny);
}

TEST(Policy, TheFirstMatchWins) {
  Rule one = Named("one");
  one.services = {"sudo"};
  Rule two = Named("two");
  two.services = {"sudo", "su"};
  const Policy policy = Make({one, two});
  EXPECT_EQ(Decision(policy, "sudo"), "one");
  EXPECT_EQ(Decision(policy, "su"), "two");
  EXPECT_EQ(Decision(policy, "sshd"), "last");
  EXPECT_EQ(Decision(Make({two, one}), "sudo"), "two");
}

TEST(Policy, TellsWhetherAnyRuleNamesAGroup) {
  Rule service = Named("service");
  service.services = {"sudo"};
  EXPECT_FALSE(Make({service}).NamesGroups());
  Rule both = service;
  both.groups = {"wheel"};
  EXPECT_TRUE(Make({service, both}).NamesGroups());
}

TEST(Policy, EveryConditionOfARuleMustHold) {
  Rule rule = Named("rule");
  rule.services = {"sudo", "su"};
  rule.groups = {"wheel", "admins"};
  rule.users = {"alice", "carol"};
  rule.locality = Locality::kLocal;
  const Policy policy = Make({rule});
  EXPECT_EQ(Decision(policy, "sudo", Locality::kLocal), "rule");
  EXPECT_EQ(Decision(policy, "sshd", Locality::kLocal), "last");
  EXPECT_EQ(Decision(policy, "sudo", Locality::kRemote), "last");
  EXPECT_EQ(Decision(policy, "sudo", Locality::kUnknown), "last");
  EXPECT_EQ(Decision(policy, "sudo", Locality::kLocal, {"bob", 1001, 1001, {"wheel"}}), "last");
  EXPECT_EQ(Decision(policy, "sudo", Locality::kLocal, {"alice", 1000, 1000, {"staff"}}), "last");
  EXPECT_EQ(Decision(policy, "sudo", Locality::kLocal, {"carol", 1002, 1002, {"admins"}}), "rule");
}

TEST(Policy, NamesAreComparedWhole) {
  Rule rule = Named("rule");
  rule.services = {"su"};
  const Policy policy = Make({rule});
  for (const std::string service : {"sudo", "s", "SU", "su ", ""})
    EXPECT_EQ(Decision(policy, service), "last");
  Rule group = Named("group");
  group.groups = {"staff"};
  EXPECT_EQ(Decision(Make({group}), "x", Locality::kLocal, {"dave", 1, 1, {"staf", "staffs"}}),
            "last");
  EXPECT_EQ(Decision(Make({group}), "x", Locality::kLocal, {"dave", 1, 1, {}}), "last");
}

TEST(Policy, I9_OnlyLocalWakesAKeyUnlessTheRuleNamesTheService) {
  Rule general = Named("general");
  Rule service = Named("service");
  service.services = {"sshd"};
  Rule group = Named("group");
  group.groups = {"staff"};
  group.users = {"alice"};
  group.locality = Locality::kRemote;
  for (const Rule* rule : {&general, &group}) {
    EXPECT_TRUE(MayWakeKey(*rule, Locality::kLocal, "sshd", true));
    EXPECT_FALSE(MayWakeKey(*rule, Locality::kRemote, "sshd", true));
    EXPECT_FALSE(MayWakeKey(*rule, Locality::kUnknown, "sshd", true));
  }
  for (const Locality locality : {Locality::kLocal, Locality::kRemote, Locality::kUnknown}) {
    EXPECT_TRUE(MayWakeKey(service, locality, "sshd", true));
    // Who is not trusted names whatever service it likes.
    EXPECT_EQ(MayWakeKey(service, locality, "sshd", false), locality == Locality::kLocal);
    EXPECT_EQ(MayWakeKey(service, locality, kOwnService, false), locality != Locality::kRemote);
  }
}

}  // namespace
}  // namespace fob::core
