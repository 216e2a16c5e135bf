#include "web/config/settings.h"

#include <gtest/gtest.h>

#include "test_paths.h"

namespace fob::web {
namespace {

std::string Problem(std::string_view text) {
  const auto settings = ParseSettings(text, "f.toml");
  return settings.ok() ? "" : settings.error().text;
}

TEST(Settings, TheExampleIsGoodAndShowsTheDefaults) {
  const auto shown = LoadSettings(FOB_SOURCE_DIR "/web/config/fob-webd.toml.example");
  ASSERT_TRUE(shown.ok()) << shown.error().text;
  const Settings defaults;
  EXPECT_EQ(defaults.fobd, shown->fobd);
  EXPECT_EQ(defaults.lines, shown->lines);
  EXPECT_EQ(defaults.call_ms, shown->call_ms);
  EXPECT_EQ(defaults.metrics_from, shown->metrics_from);
  EXPECT_EQ(defaults.access_log, shown->access_log);
  EXPECT_EQ(defaults.limits.connections, shown->limits.connections);
  EXPECT_EQ(defaults.limits.connections_per_address, shown->limits.connections_per_address);
  EXPECT_EQ(defaults.limits.message.header_bytes, shown->limits.message.header_bytes);
  EXPECT_EQ(defaults.limits.message.body_bytes, shown->limits.message.body_bytes);
  EXPECT_EQ(defaults.limits.header_ms, shown->limits.header_ms);
  EXPECT_EQ(defaults.limits.body_ms, shown->limits.body_ms);
  EXPECT_EQ(defaults.limits.idle_ms, shown->limits.idle_ms);
  EXPECT_EQ(defaults.limits.write_ms, shown->limits.write_ms);
  ASSERT_EQ(1u, shown->listen.size());
  EXPECT_EQ("127.0.0.1:8080", shown->listen.front().address);
}

TEST(Settings, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ("f.toml:2:6: unknown key wrog", Problem("call_seconds = 3\nwrog=1"));
  EXPECT_EQ("f.toml:1:16: call_seconds must be a whole number from 1 to 60", Problem("call_seconds = 61"));
  EXPECT_EQ("f.toml:1:14: access_log must be true or false", Problem("access_log = 1"));
  EXPECT_EQ("f.toml:1:11: proxies must be a list of texts", Problem("proxies = 7"));
  EXPECT_EQ("f.toml:1:12: proxies: \"nonsense\" is no IP address, no range such as 10.0.0.0/8, and not \"unix\"",
            Problem("proxies = [\"nonsense\"]"));
  EXPECT_EQ("f.toml:2:11: x:99999: not an address such as 127.0.0.1:8080 or [::1]:8080", Problem("[[listen]]\naddress = \"x:99999\""));
  EXPECT_EQ("f.toml:1:1: each [[listen]] names an address or a socket", Problem("[[listen]]\ntls = false"));
  EXPECT_EQ("f.toml:1:1: [tls] needs certificate and key", Problem("[tls]\nkey = \"/k\""));
  EXPECT_NE("", Problem("[[listen]]\naddress = \"127.0.0.1:1\"\ntls = true"));
  EXPECT_NE("", Problem("[limits]\nheader_byte = 3"));
  EXPECT_NE("", Problem("broken"));
  EXPECT_NE("", Problem("[[["));
}

// Whoever reaches it may be believed as a proxy ("unix"): no other account does unless it is told so.
TEST(Settings, ASocketIsForItsOwnGroup) {
  const auto settings = ParseSettings("[[listen]]\nsocket = \"/run/x\"", "f.toml");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(0660u, settings->listen.front().mode);
}

}  // namespace
}  // namespace fob::web
