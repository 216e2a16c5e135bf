#include "web/oauth/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "web/oauth/text.h"

namespace fob::web {
namespace {

Form Parsed(std::string_view text) {
  auto form = Form::Parse(text);
  EXPECT_TRUE(form.ok()) << text;
  return form.ok() ? *std::move(form) : Form();
}

TEST(Form, DecodesNamesAndValues) {
  const Form form = Parsed("a=1&b=x+y%26z&%63=%C3%A9&d&=e");
  EXPECT_EQ("1", form.Text("a"));
  EXPECT_EQ("x y&z", form.Text("b"));
  EXPECT_EQ("\xc3\xa9", form.Text("c"));
  EXPECT_FALSE(form.Has("d"));
  EXPECT_EQ("e", form.Text(""));
}

TEST(Form, ParametersWithoutAValueAreAbsent) {
  const Form form = Parsed("scope=&state=x");
  EXPECT_FALSE(form.Has("scope"));
  EXPECT_EQ(std::nullopt, form.MaybeText("scope"));
  EXPECT_EQ("x", form.MaybeText("state"));
}

TEST(Form, RemembersWhatCameTwice) {
  const Form form = Parsed("a=1&b=2&a=3&a=4");
  EXPECT_EQ("1", form.Text("a"));
  EXPECT_THAT(form.duplicated(), ::testing::ElementsAre("a"));
}

TEST(Form, RefusesWhatIsDamaged) {
  for (const std::string text : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "a=%c0%80", "a=%ed%a0%80", "%=a"}) {
    EXPECT_FALSE(Form::Parse(text).ok()) << text;
  }
  std::string many;
  for (size_t i = 0; i <= Form::kMostFields; ++i) many += "a" + std::to_string(i) + "=1&";
  EXPECT_FALSE(Form::Parse(many).ok());
}

TEST(Text, TellsOriginsAsBrowsersDo) {
  EXPECT_EQ("https://app.example.org", OriginOf("HTTPS://App.Example.org:443/callback?x"));
  EXPECT_EQ("http://127.0.0.1:8080", OriginOf("http://127.0.0.1:8080/"));
  for (const std::string uri : {"ftp://x/", "https://", "https://a b/", "https://a;script-src/", "https://user@host/", "x:y", "https://a,b"}) {
    EXPECT_EQ(std::nullopt, OriginOf(uri)) << uri;
  }
}

TEST(Text, TellsPrivateSchemes) {
  EXPECT_EQ("com.example.app:", SchemeOf("com.example.app:/callback"));
  EXPECT_EQ(std::nullopt, SchemeOf("; script-src *:"));
  EXPECT_EQ(std::nullopt, SchemeOf("nothing"));
}

TEST(Text, TellsTheIssuersPath) {
  EXPECT_EQ("", PathOf("https://login.example.org"));
  EXPECT_EQ("", PathOf("https://login.example.org/"));
  EXPECT_EQ("/fob", PathOf("https://example.org/fob/"));
}

}  // namespace
}  // namespace fob::web
