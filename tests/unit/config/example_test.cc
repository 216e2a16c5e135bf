// The shipped example is the documentation of fobd.toml: it must be true.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "daemon/config/sections.h"
#include "daemon/config/settings_text.h"
#include "test_paths.h"

namespace fob::config {
namespace {

std::string ReadExample() {
  std::ifstream file(FOB_SOURCE_DIR "/daemon/config/fobd.toml.example");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool IsCommentedSetting(const std::string& line) {
  return line.size() > 1 && line[0] == '#' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z'));
}

// Commented settings begin with '#' and no blank; prose has one.
std::string WithEverySetting(const std::string& example) {
  std::istringstream in(example);
  std::string out;
  for (std::string line; std::getline(in, line);) out += (IsCommentedSetting(line) ? line.substr(1) : line) + "\n";
  return out;
}

std::map<std::string, std::set<std::string>> KeysBySection(const std::string& text) {
  std::map<std::string, std::set<std::string>> out;
  std::string section;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("[")) {
      section = line.substr(line.find_first_not_of('['));
      section.resize(section.find(']'));
      out[""].insert(section);
    } else if (const size_t equals = line.find(" = "); equals != std::string::npos && line[0] != '#') {
      out[section].insert(line.substr(0, equals));
    }
  }
  return out;
}

TEST(Example, ParsesAndHoldsTheDefaults) {
  const auto parsed = ParseSettings(ReadExample(), "fobd.toml.example");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  const core::Settings defaults;
  EXPECT_EQ(parsed->socket, defaults.socket);
  EXPECT_EQ(parsed->state_dir, defaults.state_dir);
  EXPECT_EQ(parsed->master_key, defaults.master_key);
  EXPECT_EQ(parsed->worker, defaults.worker);
  EXPECT_EQ(parsed->trusted_uids, defaults.trusted_uids);
  EXPECT_TRUE(parsed->callers.empty());
  EXPECT_EQ(parsed->elevation_services, defaults.elevation_services);
  EXPECT_EQ(parsed->login_lifetime, defaults.login_lifetime);
  EXPECT_EQ(parsed->confirm_within, defaults.confirm_within);
  EXPECT_EQ(parsed->ticket_lifetime, defaults.ticket_lifetime);
  EXPECT_EQ(parsed->refresh_grace, defaults.refresh_grace);
  EXPECT_EQ(parsed->key_lead, defaults.key_lead);
  EXPECT_EQ(parsed->enrol_code_lifetime, defaults.enrol_code_lifetime);
  EXPECT_EQ(parsed->ceremony_timeout, defaults.ceremony_timeout);
  EXPECT_EQ(parsed->touch_timeout, defaults.touch_timeout);
  EXPECT_EQ(parsed->totp_window, defaults.totp_window);
  EXPECT_EQ(parsed->pin_floor, defaults.pin_floor);
  EXPECT_EQ(parsed->deny_counter_regress, defaults.deny_counter_regress);
  EXPECT_EQ(parsed->announce_touch, defaults.announce_touch);
  EXPECT_EQ(parsed->max_connections, defaults.max_connections);
  EXPECT_EQ(parsed->max_connections_per_uid, defaults.max_connections_per_uid);
}

TEST(Example, EndsWithARuleThatDenies) {
  const auto parsed = ParseSettings(ReadExample(), "fobd.toml.example");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  EXPECT_EQ(parsed->rules.back().action, core::Rule::Action::kDeny);
  EXPECT_TRUE(core::Policy::Create(parsed->rules).ok());
}

TEST(Example, ParsesWithEveryCommentedSetting) {
  const auto parsed = ParseSettings(WithEverySetting(ReadExample()), "fobd.toml.example");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  EXPECT_FALSE(parsed->callers.empty());
}

TEST(Example, ShowsEveryKeyAndNoOther) {
  const auto shown = KeysBySection(WithEverySetting(ReadExample()));
  std::map<std::string, std::set<std::string>> known;
  for (const Section& section : Sections()) {
    for (const std::string_view key : section.keys) known[std::string(section.name)].emplace(key);
  }
  EXPECT_EQ(shown, known);
}

// fobctl init replaces these lines.
TEST(Example, LinesOfInitStandAloneAtTheTop) {
  const std::string text = ReadExample();
  const size_t first_section = text.find("\n[");
  for (const std::string key : {"issuer", "rp_id", "socket", "state_dir", "master_key", "worker"}) {
    const size_t at = text.find("\n" + key + " = ");
    ASSERT_NE(at, std::string::npos) << key;
    EXPECT_LT(at, first_section) << key;
    EXPECT_EQ(text.find("\n" + key + " = ", at + 1), std::string::npos) << key;
  }
}

// A key that Sections() lists and nobody reads would be taken in silence: each must refuse a wrong type.
TEST(Example, EveryKeyIsRead) {
  for (const Section& section : Sections()) {
    for (const std::string_view key : section.keys) {
      const std::string line = std::string(key) + " = 1979-05-27\n";
      std::string text;
      if (section.name.empty()) {
        text = line;
      } else {
        text = (section.repeated ? "[[" : "[") + std::string(section.name) + (section.repeated ? "]]\n" : "]\n") + line;
      }
      if (key == "unenrolled") text += "require = \"key\"\n";
      const auto parsed = ParseSettings(text, "fobd.toml");
      ASSERT_FALSE(parsed.ok()) << key;
      EXPECT_NE(parsed.error().text.find("\"" + std::string(key) + "\" "), std::string::npos) << parsed.error().text;
      EXPECT_EQ(parsed.error().text.find("missing"), std::string::npos) << parsed.error().text;
    }
  }
}

}  // namespace
}  // namespace fob::config
