#include "daemon/config/settings_text.h"

#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/config/minimal.h"

namespace fob::config {
namespace {

using core::Factor;
using core::Locality;
using core::Rule;

std::string ErrorOf(std::string_view text) {
  const auto parsed = ParseSettings(text, "fobd.toml");
  if (parsed.ok()) return "no error";
  EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
  EXPECT_EQ(parsed.error().reason, "bad_config");
  return parsed.error().text;
}

TEST(ParseSettings, MinimalFileHasTheDefaults) {
  const auto parsed = ParseSettings(Minimal(), "fobd.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  const core::Settings defaults;
  EXPECT_EQ(parsed->issuer, "https://login.example.org");
  EXPECT_EQ(parsed->rp_id, "login.example.org");
  EXPECT_EQ(parsed->socket, defaults.socket);
  EXPECT_EQ(parsed->trusted_uids, defaults.trusted_uids);
  EXPECT_EQ(parsed->login_lifetime, defaults.login_lifetime);
  ASSERT_EQ(parsed->rules.size(), 1u);
  EXPECT_EQ(parsed->rules[0].name, "rule 1");
  EXPECT_EQ(parsed->rules[0].line, 4);
  EXPECT_EQ(parsed->rules[0].action, Rule::Action::kDeny);
}

TEST(ParseSettings, ReadsEveryKey) {
  const auto parsed = ParseSettings(R"(
issuer = "http://localhost:8080/fob"
rp_id = "localhost"
socket = "/tmp/demo/fobd.sock"
state_dir = "/tmp/demo/state"
master_key = "/tmp/demo/master.key"
worker = ["/tmp/demo/keyd", "--key", "--key"]
trusted_uids = [1000, 0]
elevation_services = ["doas"]
[timing]
login_lifetime = 11
confirm_within = 12
ticket_lifetime = 13
refresh_grace = 7
key_lead = 77
enrol_code_lifetime = 14
ceremony_timeout = 15
touch_timeout = 10
[factors]
totp_window = 0
pin_floor = 3
counter_regress = "warn"
[announce]
touch = "nobody"
[limits]
max_connections = 20
max_connections_per_uid = 10
[[caller]]
uid = 113
services = ["postgresql"]
[[rule]]
name = "first"
service = ["sshd", "login"]
group = "staff"
user = ["ada", "grace"]
locality = "remote"
require = "key+uv | totp|key"
unenrolled = "skip"
[[rule]]
action = "skip"
)",
                                    "fobd.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  const core::Settings& s = *parsed;
  EXPECT_EQ(s.issuer, "http://localhost:8080/fob");
  EXPECT_EQ(s.rp_id, "localhost");
  EXPECT_EQ(s.socket, "/tmp/demo/fobd.sock");
  EXPECT_EQ(s.state_dir, "/tmp/demo/state");
  EXPECT_EQ(s.master_key, "/tmp/demo/master.key");
  EXPECT_EQ(s.worker, (std::vector<std::string>{"/tmp/demo/keyd", "--key", "--key"}));
  EXPECT_EQ(s.trusted_uids, (std::set<uint32_t>{0, 1000}));
  EXPECT_EQ(s.elevation_services, (std::set<std::string>{"doas"}));
  EXPECT_EQ(s.login_lifetime, 11);
  EXPECT_EQ(s.confirm_within, 12);
  EXPECT_EQ(s.ticket_lifetime, 13);
  EXPECT_EQ(s.refresh_grace, 7);
  EXPECT_EQ(s.key_lead, 77);
  EXPECT_EQ(s.enrol_code_lifetime, 14);
  EXPECT_EQ(s.ceremony_timeout, 15);
  EXPECT_EQ(s.touch_timeout, 10);
  EXPECT_EQ(s.totp_window, 0);
  EXPECT_EQ(s.pin_floor, 3);
  EXPECT_FALSE(s.deny_counter_regress);
  EXPECT_FALSE(s.announce_touch);
  EXPECT_EQ(s.max_connections, 20);
  EXPECT_EQ(s.max_connections_per_uid, 10);
  ASSERT_EQ(s.callers.size(), 1u);
  EXPECT_EQ(s.callers[0].uid, 113u);
  EXPECT_EQ(s.callers[0].services, std::vector<std::string>{"postgresql"});
  ASSERT_EQ(s.rules.size(), 2u);
  EXPECT_EQ(s.rules[0].name, "first");
  EXPECT_EQ(s.rules[0].services, (std::vector<std::string>{"sshd", "login"}));
  EXPECT_EQ(s.rules[0].groups, std::vector<std::string>{"staff"});
  EXPECT_EQ(s.rules[0].users, (std::vector<std::string>{"ada", "grace"}));
  EXPECT_EQ(s.rules[0].locality, Locality::kRemote);
  EXPECT_EQ(s.rules[0].action, Rule::Action::kRequire);
  EXPECT_EQ(s.rules[0].require, (std::vector<core::FactorPath>{{Factor::kKeyUv}, {Factor::kTotp}, {Factor::kKey}}));
  EXPECT_EQ(s.rules[0].unenrolled, Rule::Unenrolled::kSkip);
  EXPECT_EQ(s.rules[1].action, Rule::Action::kSkip);
}

struct Bad {
  std::string_view middle;  // stands from line 3 on
  std::string_view error;
};
std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << bad.middle; }

class BadSettings : public ::testing::TestWithParam<Bad> {};

TEST_P(BadSettings, StopsWithLineAndColumn) { EXPECT_EQ(ErrorOf(Minimal(GetParam().middle)), GetParam().error); }

INSTANTIATE_TEST_SUITE_P(
    Keys, BadSettings,
    ::testing::Values(
        Bad{"sokcet = \"/a/b\"", "fobd.toml:3:1: unknown key \"sokcet\" at the top of the file; did you mean \"socket\"?"},
        Bad{"  zzz = 1", "fobd.toml:3:3: unknown key \"zzz\" at the top of the file"},
        Bad{"[timing]\nticket_lifetme = 3",
            "fobd.toml:4:1: unknown key \"ticket_lifetme\" in [timing]; did you mean \"ticket_lifetime\"?"},
        Bad{"pin_floor = 2", "fobd.toml:3:1: unknown key \"pin_floor\" at the top of the file; it belongs in [factors]"},
        Bad{"[limits]\nsocket = \"/a\"",
            "fobd.toml:4:1: unknown key \"socket\" in [limits]; it belongs at the top of the file, before any [section]"},
        Bad{"[timings]\n", "fobd.toml:3:2: unknown key \"timings\" at the top of the file; did you mean \"timing\"?"},
        Bad{"\"a\\nb\" = 1", "fobd.toml:3:1: unknown key \"a?b\" at the top of the file"},
        Bad{"[[caller]]\nuid = 5\nservices = [\"a\"]\nservice = \"b\"",
            "fobd.toml:6:1: unknown key \"service\" in [[caller]]; did you mean \"services\"?"},
        Bad{"[[timing]]\nlogin_lifetime = 3", "fobd.toml:3:1: \"timing\" must be written as [timing]"},
        Bad{"[caller]\nuid = 3", "fobd.toml:3:1: \"caller\" must be written as [[caller]]"},
        Bad{"limits = 3", "fobd.toml:3:10: \"limits\" must be written as [limits]"},
        Bad{"caller = [3]", "fobd.toml:3:11: \"caller\" must be a table, and is a whole number"}));

INSTANTIATE_TEST_SUITE_P(
    Types, BadSettings,
    ::testing::Values(
        Bad{"socket = 3", "fobd.toml:3:10: \"socket\" must be a text, and is a whole number"},
        Bad{"state_dir = [\"/a\"]", "fobd.toml:3:13: \"state_dir\" must be a text, and is a list"},
        Bad{"master_key = true", "fobd.toml:3:14: \"master_key\" must be a text, and is true or false"},
        Bad{"worker = \"/a\"", "fobd.toml:3:10: \"worker\" must be a list of texts, and is a text"},
        Bad{"worker = [\"/a\", 3]", "fobd.toml:3:17: \"worker\" must be a list of texts, and is a whole number"},
        Bad{"worker = []", "fobd.toml:3:10: \"worker\" must not be an empty list"},
        Bad{"trusted_uids = 0", "fobd.toml:3:16: \"trusted_uids\" must be a list of uids, and is a whole number"},
        Bad{"trusted_uids = [\"root\"]", "fobd.toml:3:17: \"trusted_uids\" must be a whole number, and is a text"},
        Bad{"trusted_uids = []",
            "fobd.toml:3:16: \"trusted_uids\" must not be an empty list: without a trusted uid nobody can log in or administer"},
        Bad{"elevation_services = \"sudo\"",
            "fobd.toml:3:22: \"elevation_services\" must be a list of texts, and is a text"},
        Bad{"[timing]\nlogin_lifetime = 1.5", "fobd.toml:4:18: \"login_lifetime\" must be a whole number, and is a fraction"},
        Bad{"[timing]\nlogin_lifetime = \"12h\"", "fobd.toml:4:18: \"login_lifetime\" must be a whole number, and is a text"},
        Bad{"[timing]\nconfirm_within = 2020-01-01",
            "fobd.toml:4:18: \"confirm_within\" must be a whole number, and is a date or time"},
        Bad{"[factors]\ncounter_regress = true", "fobd.toml:4:19: \"counter_regress\" must be \"deny\" or \"warn\""}));

INSTANTIATE_TEST_SUITE_P(
    Ranges, BadSettings,
    ::testing::Values(
        Bad{"[timing]\nlogin_lifetime = 0", "fobd.toml:4:18: \"login_lifetime\" must be 1 to 2678400, and is 0"},
        Bad{"[timing]\nconfirm_within = 3601", "fobd.toml:4:18: \"confirm_within\" must be 1 to 3600, and is 3601"},
        Bad{"[timing]\nticket_lifetime = -1", "fobd.toml:4:19: \"ticket_lifetime\" must be 1 to 300, and is -1"},
        Bad{"[timing]\nenrol_code_lifetime = 0", "fobd.toml:4:23: \"enrol_code_lifetime\" must be 1 to 2678400, and is 0"},
        Bad{"[timing]\nceremony_timeout = 601", "fobd.toml:4:20: \"ceremony_timeout\" must be 1 to 600, and is 601"},
        Bad{"[timing]\ntouch_timeout = 0", "fobd.toml:4:17: \"touch_timeout\" must be 1 to 600, and is 0"},
        Bad{"[timing]\nceremony_timeout = 20",
            "fobd.toml:4:20: \"ceremony_timeout\" must agree: a touch_timeout of 30 is longer than a ceremony_timeout of 20"},
        Bad{"[factors]\ntotp_window = 11", "fobd.toml:4:15: \"totp_window\" must be 0 to 10, and is 11"},
        Bad{"[factors]\npin_floor = 8", "fobd.toml:4:13: \"pin_floor\" must be 0 to 7, and is 8"},
        Bad{"[limits]\nmax_connections = 0", "fobd.toml:4:19: \"max_connections\" must be 1 to 65536, and is 0"},
        Bad{"[limits]\nmax_connections_per_uid = 70000",
            "fobd.toml:4:27: \"max_connections_per_uid\" must be 1 to 65536, and is 70000"},
        Bad{"[limits]\nmax_connections = 100",
            "fobd.toml:4:19: \"max_connections\" must agree: 128 connections of one uid are more than 100 in all"},
        Bad{"socket = \"/tmp/a\"\ntrusted_uids = [4294967295]",
            "fobd.toml:4:17: \"trusted_uids\" must be 0 to 4294967294, and is 4294967295"},
        Bad{"socket = \"/tmp/a\"\ntrusted_uids = [0, 0]", "fobd.toml:4:20: \"trusted_uids\" names 0 twice"}));

INSTANTIATE_TEST_SUITE_P(
    Values, BadSettings,
    ::testing::Values(
        Bad{"socket = \"fobd.sock\"", "fobd.toml:3:10: \"socket\" must be an absolute path"},
        Bad{"state_dir = \"/var/../etc\"",
            "fobd.toml:3:13: \"state_dir\" must be a path without \"//\", \".\", \"..\" or a last \"/\""},
        Bad{"worker = [\"fob-keyd\"]", "fobd.toml:3:10: \"worker\" must be an absolute path"},
        Bad{"elevation_services = [\"sudo\", \"../x\"]",
            "fobd.toml:3:31: \"elevation_services\" must be the name of a PAM service, such as \"sshd\""},
        Bad{"elevation_services = [\"sudo\", \"sudo\"]", "fobd.toml:3:31: \"elevation_services\" names \"sudo\" twice"},
        Bad{"trusted_uids = [0, 1000]",
            "fobd.toml:3:16: \"trusted_uids\" must be [0] when the socket is in /run/fob; use [[caller]] to grant a uid single "
            "services"},
        Bad{"socket = \"/var/run/fob/x.sock\"\ntrusted_uids = [1000]",
            "fobd.toml:4:16: \"trusted_uids\" must be [0] when the socket is in /run/fob; use [[caller]] to grant a uid single "
            "services"},
        Bad{"[[caller]]\nuid = 5", "fobd.toml:3:1: \"services\" is missing in [[caller]]"},
        Bad{"[[caller]]\nservices = [\"a\"]", "fobd.toml:3:1: \"uid\" is missing in [[caller]]"},
        Bad{"[[caller]]\nuid = -5\nservices = [\"a\"]", "fobd.toml:4:7: \"uid\" must be 0 to 4294967294, and is -5"},
        Bad{"[[caller]]\nuid = 5\nservices = [\"a\"]\n[[caller]]\nuid = 5\nservices = [\"b\"]",
            "fobd.toml:7:7: a second [[caller]] of uid 5"}));

INSTANTIATE_TEST_SUITE_P(
    Rules, BadSettings,
    ::testing::Values(
        Bad{"[[rule]]\nservice = \"a\"", "fobd.toml:3:1: a rule needs \"require\" or \"action\""},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = \"key\"\naction = \"skip\"",
            "fobd.toml:5:11: \"require\" and \"action\" exclude each other: keep one of them"},
        Bad{"[[rule]]\nservice = \"a\"\naction = \"allow\"", "fobd.toml:5:10: \"action\" must be \"skip\" or \"deny\""},
        Bad{"[[rule]]\nservice = \"a\"\naction = \"deny\"\nunenrolled = \"skip\"",
            "fobd.toml:6:14: \"unenrolled\" has a meaning beside \"require\" only"},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = \"totp\"\nunenrolled = \"allow\"",
            "fobd.toml:6:14: \"unenrolled\" must be \"deny\" or \"skip\""},
        Bad{"[[rule]]\nlocality = \"far\"\naction = \"deny\"",
            "fobd.toml:4:12: \"locality\" must be \"local\" or \"remote\" or \"unknown\""},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = \"key+uv | sms\"",
            "fobd.toml:5:21: \"require\" names an unknown factor \"sms\"; known are key, key+uv, totp, hotp and recovery"},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = \"password\"",
            "fobd.toml:5:12: \"require\" cannot name password: fobd does not verify it; known are key, key+uv, totp, hotp and recovery"},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = \"key | key\"", "fobd.toml:5:18: \"require\" names key twice"},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = \"key |\"",
            "fobd.toml:5:17: \"require\" has an empty alternative: write \"key+uv | key then totp\""},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = \"\"",
            "fobd.toml:5:12: \"require\" has an empty alternative: write \"key+uv | key then totp\""},
        Bad{"[[rule]]\nservice = \"a\"\nrequire = [\"key\"]", "fobd.toml:5:11: \"require\" must be a text, and is a list"},
        Bad{"[[rule]]\nservice = 5\naction = \"deny\"",
            "fobd.toml:4:11: \"service\" must be a text or a list of texts, and is a whole number"},
        Bad{"[[rule]]\nservice = []\naction = \"deny\"", "fobd.toml:4:11: \"service\" must not be an empty list"},
        Bad{"[[rule]]\nuser = \"a:b\"\naction = \"deny\"", "fobd.toml:4:8: \"user\" must be the name of an account or group"},
        Bad{"[[rule]]\ngroup = [\"a\", \"a\"]\naction = \"deny\"", "fobd.toml:4:15: \"group\" names \"a\" twice"},
        Bad{"[[rule]]\nname = \"\"\nuser = \"a\"\naction = \"deny\"",
            "fobd.toml:4:8: \"name\" must be 1 to 64 bytes without control characters"},
        Bad{"[[rule]]\nname = \"x\"\nuser = \"a\"\naction = \"deny\"\n[[rule]]\nname = \"x\"\nuser = \"b\"\naction = \"deny\"",
            "fobd.toml:8:8: a second rule of the name \"x\""},
        Bad{"[[rule]]\naction = \"skip\"",
            "fobd.toml:3:1: \"rule 1\" matches everything, so that the rules after it never apply"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, BadSettings,
    ::testing::Values(Bad{"socket = \"/a\"\nsocket = \"/b\"",
                        "fobd.toml:4:10: Error while parsing key-value pair: cannot redefine existing string 'socket'"},
                    Bad{"[timing]\n[timing]", "fobd.toml:4:1: Error while parsing table header: cannot redefine existing table 'timing'"}));

TEST(ParseSettings, MissingKeysRankBehindWrongOnes) {
  EXPECT_EQ(ErrorOf("isuer = \"https://a.example\"\nrp_id = \"a.example\"\n[[rule]]\naction = \"deny\"\n"),
            "fobd.toml:1:1: unknown key \"isuer\" at the top of the file; did you mean \"issuer\"?");
  EXPECT_EQ(ErrorOf("rp_id = \"a.example\"\n[[rule]]\naction = \"deny\"\n"),
            "fobd.toml:1:1: \"issuer\" is missing at the top of the file: run fobctl init, or set it");
}

TEST(ParseSettings, LastRuleMustMatchEverything) {
  EXPECT_EQ(ErrorOf(std::string(kHead) + "[[rule]]\nservice = \"sshd\"\naction = \"deny\"\n"),
            "fobd.toml:3:1: the last rule must match everything: no \"service\", \"group\", \"user\" or \"locality\"");
  EXPECT_EQ(ErrorOf(kHead), "fobd.toml:1:1: \"rule\" is missing at the top of the file: the policy needs at least a last "
                            "[[rule]] that matches everything");
}

TEST(ParseSettings, AnyBytesAreAnErrorAndNoCrash) {
  for (const std::string_view text : {std::string_view("\0", 1), std::string_view("\xff\xfe"), std::string_view("[["), std::string_view("[[[c"),
                                      std::string_view("a = \"\\u"), std::string_view("=")}) {
    EXPECT_TRUE(ErrorOf(text).starts_with("fobd.toml:1:")) << ErrorOf(text);
  }
  EXPECT_NE(ErrorOf("a = " + std::string(100'000, '[')), "no error");
}

}  // namespace
}  // namespace fob::config
