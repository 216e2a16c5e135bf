#include <gtest/gtest.h>

#include <map>

#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages_json.h"
#include "tests/unit/proto/all_codes.h"

namespace fob::proto {
namespace {

std::string Nested(size_t depth, std::string_view open, std::string_view close, std::string_view inner) {
  std::string out;
  for (size_t i = 0; i < depth; ++i) out += open;
  out += inner;
  for (size_t i = 0; i < depth; ++i) out += close;
  return out;
}

bool Parses(std::string_view text) { return ParseObject(text).ok(); }

TEST(ParseObject, OneObjectExactly) {
  for (const std::string_view good : {"{}", " {\"a\":1} ", "{\"a\":[1,2,{}],\"b\":null}", "{\"a\":\"\\u0000\"}", "\t\r\n{}"}) {
    EXPECT_TRUE(Parses(good)) << good;
  }
  for (const std::string_view bad :
       {"", " ", "[]", "1", "\"a\"", "null", "{", "}", "{}{}", "{} x", "{}[]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{'a':1}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":tru}", "{\"a\":\"\n\"}",
        "{/**/}", "{}//", "{\"a\":[1,]}", "\xef\xbb\xbf{}", "{\"a\":\"\\x\"}"}) {
    EXPECT_FALSE(Parses(bad)) << bad;
  }
  EXPECT_FALSE(Parses(std::string_view("{}\0", 3)));
}

TEST(ParseObject, DuplicateKeysAreRefusedAtEveryDepth) {
  for (const std::string_view bad : {"{\"a\":1,\"a\":1}", "{\"a\":{\"b\":1,\"b\":2}}", "{\"a\":[{\"b\":1,\"b\":2}]}",
                                     "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":1,\"\\u0061\":2}"}) {
    const auto parsed = ParseObject(bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_EQ(parsed.error().text, "a key that stands twice in one object");
  }
  EXPECT_TRUE(Parses("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}"));
}

TEST(ParseObject, EightDeepAndNoDeeper) {
  EXPECT_TRUE(Parses(Nested(kMaxDepth, "{\"a\":", "}", "1")));
  EXPECT_FALSE(Parses(Nested(kMaxDepth + 1, "{\"a\":", "}", "1")));
  EXPECT_TRUE(Parses("{\"a\":" + Nested(kMaxDepth - 1, "[", "]", "") + "}"));
  EXPECT_FALSE(Parses("{\"a\":" + Nested(kMaxDepth, "[", "]", "") + "}"));
  EXPECT_EQ(ParseObject(Nested(kMaxDepth + 1, "{\"a\":", "}", "1")).error().text, "JSON nested more than 8 deep");
  EXPECT_FALSE(Parses("{\"a\":" + std::string(60'000, '[')));
}

TEST(ParseObject, OnlyValidUtf8) {
  EXPECT_TRUE(Parses("{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91\"}"));
  for (const std::string_view bad : {"{\"a\":\"\xff\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}",
                                     "{\"a\":\"\xf4\x90\x80\x80\"}", "{\"\x80\":1}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00x\"}"}) {
    EXPECT_FALSE(Parses(bad)) << bad;
  }
}

TEST(ParseObject, SizesAreBounded) {
  const std::string head = "{\"a\":\"";
  EXPECT_TRUE(Parses(head + std::string(kMaxMessage - head.size() - 2, 'x') + "\"}"));
  EXPECT_FALSE(Parses(head + std::string(kMaxMessage - head.size() - 1, 'x') + "\"}"));
  const auto members = [](size_t count) {
    std::string out = "{";
    for (size_t i = 0; i < count; ++i) out += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
    return out + "}";
  };
  EXPECT_TRUE(Parses(members(kMaxKeys)));
  EXPECT_FALSE(Parses(members(kMaxKeys + 1)));
  EXPECT_FALSE(Parses("{\"" + std::string(257, 'k') + "\":1}"));
}

TEST(ParseObject, HugeNumbersAreNoIntegers) {
  using In = login::Begin::In;
  const auto timeout = [](std::string_view number) -> std::optional<int64_t> {
    const auto object = ParseObject("{\"user\":\"a\",\"service\":\"b\",\"timeout_ms\":" + std::string(number) + "}");
    if (!object.ok()) return std::nullopt;
    const auto in = FromJson<In>(*object, Unknown::kRefuse);
    return in.ok() ? in->timeout_ms : std::nullopt;
  };
  EXPECT_EQ(timeout("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(timeout("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(timeout("0"), 0);
  for (const std::string_view other : {"9223372036854775808", "-9223372036854775809", "1e3", "1.0", "1e999", "-0.5", "\"1\"",
                                       "true", "[1]", "18446744073709551616"}) {
    EXPECT_EQ(timeout(other), std::nullopt) << other;
  }
  EXPECT_EQ(timeout(std::string(5000, '9')), std::nullopt);
}

TEST(FromJson, NamesTheFieldThatIsWrong) {
  const std::map<std::string_view, std::string_view> cases = {
      {"{\"service\":\"b\"}", "user"},
      {"{\"user\":1,\"service\":\"b\"}", "user"},
      {"{\"user\":null,\"service\":\"b\"}", "user"},
      {"{\"user\":\"a\",\"service\":[\"b\"]}", "service"},
      {"{\"user\":\"a\",\"service\":\"b\",\"vouched\":\"password\"}", "vouched"},
      {"{\"user\":\"a\",\"service\":\"b\",\"vouched\":[1]}", "vouched"},
      {"{\"user\":\"a\",\"service\":\"b\",\"admin\":true}", "admin"},
  };
  for (const auto& [text, field] : cases) {
    const auto in = FromJson<login::Begin::In>(*ParseObject(text), Unknown::kRefuse);
    ASSERT_FALSE(in.ok()) << text;
    EXPECT_EQ(in.error().code, Code::kInvalidArgument) << text;
    EXPECT_EQ(in.error().text, field) << text;
  }
}

TEST(FromJson, ServersRefuseUnknownFieldsAndClientsIgnoreThem) {
  const auto object = *ParseObject("{\"user\":\"a\",\"service\":\"b\",\"new\":1}");
  EXPECT_EQ(FromJson<login::Begin::In>(object, Unknown::kRefuse).error().reason, "unknown_parameter");
  EXPECT_TRUE(FromJson<login::Begin::In>(object, Unknown::kIgnore).ok());
  const auto nested = *ParseObject("{\"info\":{\"kind\":\"touch\",\"message\":\"m\",\"new\":1}}");
  EXPECT_FALSE(FromJson<login::Begin::Out>(nested, Unknown::kRefuse).ok());
  EXPECT_TRUE(FromJson<login::Begin::Out>(nested, Unknown::kIgnore).ok());
}

TEST(FromJson, NullStandsForAnAbsentOptional) {
  const auto in = FromJson<login::Begin::In>(*ParseObject("{\"user\":\"a\",\"service\":\"b\",\"tty\":null}"), Unknown::kRefuse);
  ASSERT_TRUE(in.ok());
  EXPECT_FALSE(in->tty.has_value());
}

TEST(FromJson, UnknownWordsOfAnEnumAreRefused) {
  EXPECT_FALSE(FromJson<login::Begin::Out>(*ParseObject("{\"info\":{\"kind\":\"dance\",\"message\":\"m\"}}"), Unknown::kIgnore).ok());
  EXPECT_FALSE(FromJson<login::Begin::Out>(*ParseObject("{\"info\":{\"kind\":1,\"message\":\"m\"}}"), Unknown::kIgnore).ok());
}

TEST(ParseCall, ReadsTheEnvelope) {
  const auto call = ParseCall(R"({"method":"org.fobd.Login.End","parameters":{"login":"x"},"more":true})");
  ASSERT_TRUE(call.ok());
  EXPECT_EQ(call->method, "org.fobd.Login.End");
  EXPECT_TRUE(call->more);
  EXPECT_FALSE(call->oneway);
  EXPECT_EQ(call->parameters.size(), 1u);
  EXPECT_TRUE(ParseCall(R"({"method":"a"})")->parameters.empty());
  EXPECT_TRUE(ParseCall(R"({"method":"a","parameters":null,"more":null,"upgrade":false})").ok());
  EXPECT_TRUE(ParseCall(R"({"method":"a","oneway":true})")->oneway);
}

TEST(ParseCall, RefusesWhatIsNoCall) {
  for (const std::string_view bad :
       {"{}", R"({"method":1})", R"({"method":null})", R"({"method":"a","parameters":[]})", R"({"method":"a","parameters":"x"})",
        R"({"method":"a","more":1})", R"({"method":"a","oneway":"yes"})", R"({"method":"a","upgrade":true})",
        R"({"method":"a","more":true,"oneway":true})", R"({"method":"a","extra":1})", R"({"method":"a","method":"b"})"}) {
    EXPECT_FALSE(ParseCall(bad).ok()) << bad;
  }
}

TEST(ParseReply, ReadsTheEnvelope) {
  const auto reply = ParseReply(R"({"parameters":{"a":1},"continues":true,"later":1})");
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->continues);
  EXPECT_EQ(reply->error, "");
  EXPECT_EQ(ParseReply(R"({"error":"org.fobd.Login.Denied"})")->error, "org.fobd.Login.Denied");
  EXPECT_TRUE(ParseReply("{}").ok());
  for (const std::string_view bad : {R"({"error":""})", R"({"error":1})", R"({"continues":1})", R"({"parameters":1})"}) {
    EXPECT_FALSE(ParseReply(bad).ok()) << bad;
  }
}

TEST(Errors, EveryCodeThereAndBack) {
  for (const Code code : kAllCodes) {
    const SecretBytes frame = EncodeError("org.fobd.Token", MakeError(code, "a_reason", "A text."));
    const std::string_view text = frame.RevealText();
    const auto reply = ParseReply(text.substr(0, text.size() - 1));
    ASSERT_TRUE(reply.ok());
    const Error error = ErrorFromReply(*reply);
    EXPECT_EQ(error.code, code) << text;
    EXPECT_EQ(error.reason, "a_reason");
    EXPECT_EQ(error.text, "A text.");
  }
}

Error FromText(std::string_view text) { return ErrorFromReply(*ParseReply(text)); }

TEST(Errors, OfTheVarlinkService) {
  EXPECT_EQ(FromText(R"({"error":"org.varlink.service.PermissionDenied"})").code, Code::kNotPermitted);
  const Error error = FromText(R"({"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"user"}})");
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_EQ(error.reason, "InvalidParameter");
  EXPECT_EQ(error.text, "the daemon answered InvalidParameter: user");
}

TEST(Errors, UnknownOnesAreInternal) {
  for (const std::string_view text : {R"({"error":"org.fobd.Login.Surprise"})", R"({"error":"x"})", R"({"error":"."})",
                                      R"({"error":"org.fobd.Login.DENIED","parameters":{"message":7}})"}) {
    EXPECT_EQ(FromText(text).code, Code::kInternal) << text;
    EXPECT_FALSE(FromText(text).text.empty()) << text;
  }
}

TEST(EncodeFrame, LargeMessagesAreWhole) {
  for (const size_t size : {size_t{1}, size_t{1000}, size_t{1023}, size_t{1024}, size_t{5000}, size_t{60'000}}) {
    const SecretBytes frame = EncodeCall("a.B", {{"x", std::string(size, 'y')}}, false);
    const std::string_view text = frame.RevealText();
    ASSERT_EQ(text.back(), '\0');
    const auto call = ParseCall(text.substr(0, text.size() - 1));
    ASSERT_TRUE(call.ok()) << size;
    EXPECT_EQ(call->parameters.at("x").as_string().size(), size);
  }
}

}  // namespace
}  // namespace fob::proto
