#include "web/http/request_parser.h"

#include <gtest/gtest.h>

namespace fob::web {
namespace {

RequestParser Fed(std::string_view text, MessageLimits limits = {}) {
  RequestParser parser(limits);
  parser.Feed(text);
  return parser;
}

int StatusOf(std::string_view text, MessageLimits limits = {}) {
  const RequestParser parser = Fed(text, limits);
  return parser.bad() ? parser.bad()->status : 0;
}

TEST(RequestParser, TakesARequestApart) {
  RequestParser parser({});
  const std::string text = "POST /token?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
  EXPECT_EQ(text.size(), parser.Feed(text));
  ASSERT_TRUE(parser.complete());
  EXPECT_TRUE(parser.keep_alive());
  const Request request = parser.Take();
  EXPECT_EQ("POST", request.method);
  EXPECT_EQ("/token", request.path);
  EXPECT_EQ("a=b", request.query);
  EXPECT_EQ("text/plain", request.Field("content-type"));
  EXPECT_EQ("hello", request.body.RevealText());
}

// RFC 9112 clause 2.2: some clients end a body with a line that belongs to nothing.
TEST(RequestParser, AnEmptyLineBeforeARequestIsNoPartOfIt) {
  const std::string text = "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  RequestParser whole({}), slow({});
  EXPECT_EQ(text.size(), whole.Feed(text));
  ASSERT_TRUE(whole.complete());
  EXPECT_EQ("/a", whole.Take().path);
  std::string held;
  for (const char c : text) {
    held += c;
    held.erase(0, slow.Feed(held));
    ASSERT_FALSE(slow.bad()) << slow.bad()->text;
  }
  EXPECT_TRUE(slow.complete());
  EXPECT_EQ(400, StatusOf("\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n")) << "one of them";
  EXPECT_EQ(400, StatusOf("\r GET /a HTTP/1.1\r\nHost: x\r\n\r\n"));
}

TEST(RequestParser, TakesItByteByByte) {
  const std::string text = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\n, w\r\n0\r\n\r\n";
  RequestParser parser({});
  std::string held;
  for (const char c : text) {
    ASSERT_FALSE(parser.complete());
    held += c;
    held.erase(0, parser.Feed(held));
    ASSERT_FALSE(parser.bad()) << parser.bad()->text;
  }
  ASSERT_TRUE(parser.complete());
  EXPECT_EQ("hello, w", parser.Take().body.RevealText());
}

TEST(RequestParser, TakesALastChunkThatComesFirstByteByByte) {
  for (const std::string_view chunk : {"0\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nX: y\r\n\r\n", "000\r\n\r\n"}) {
    RequestParser parser({});
    std::string held;
    for (const char c : "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunk)) {
      ASSERT_FALSE(parser.complete());
      held += c;
      held.erase(0, parser.Feed(held));
      ASSERT_FALSE(parser.bad()) << parser.bad()->text;
    }
    ASSERT_TRUE(parser.complete()) << chunk;
    EXPECT_TRUE(held.empty());
    EXPECT_EQ("", parser.Take().body.RevealText());
  }
}

TEST(RequestParser, TakesNothingFromATrailer) {
  RequestParser parser({});
  const std::string text =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\nCookie: a=b\r\n\r\n";
  EXPECT_EQ(text.size(), parser.Feed(text));
  ASSERT_TRUE(parser.complete());
  const Request request = parser.Take();
  EXPECT_EQ(2u, request.fields.size());
  EXPECT_FALSE(request.Field("x-forwarded-for") || request.Field("cookie"));
}

TEST(RequestParser, LeavesTheNextRequestAlone) {
  const std::string one = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  RequestParser parser({});
  EXPECT_EQ(one.size(), parser.Feed(one + "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ("/a", parser.Take().path);
}

TEST(RequestParser, RefusesWhatTwoReadersWouldReadInTwoWays) {
  EXPECT_EQ(400, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5x\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nauthorization: b\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n"));
  for (const std::string coding : {"gzip", "gzip, chunked", "chunked, chunked", "chunked;x", "chunked x", "chunked,", "identity", "\"chunked\""}) {
    EXPECT_EQ(501, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + coding + "\r\n\r\n")) << coding;
  }
  EXPECT_EQ(0, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"));
}

TEST(RequestParser, RefusesTargetsThatAreNoPath) {
  for (const std::string target : {"http://other/", "*", "host:443", "/a#b", "/a\\b", "/\x01", "/\xc3\xa9"}) {
    EXPECT_EQ(400, StatusOf("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n")) << target;
  }
}

TEST(RequestParser, NeedsAHostAndAKnownVersion) {
  EXPECT_EQ(400, StatusOf("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(0, StatusOf("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(505, StatusOf("GET / HTTP/2.0\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(400, StatusOf("\x16\x03\x01 what a TLS client says"));
}

TEST(RequestParser, HoldsToItsLimits) {
  const MessageLimits limits{1024, 100, 10};
  EXPECT_EQ(431, StatusOf("GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", limits));
  EXPECT_EQ(431, StatusOf("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(2000, 'a') + "\r\n\r\n", limits));
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 10; ++i) many += "A: b\r\n";
  EXPECT_EQ(431, StatusOf(many + "\r\n", limits));
  EXPECT_EQ(413, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", limits));
  EXPECT_EQ(413, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", limits));
  EXPECT_EQ(413, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'a') + "\r\n0\r\n\r\n",
                          limits));
}

TEST(RequestParser, CountsAHeadersBytesHoweverItIsCut) {
  const std::string fixed = "GET / HTTP/1.1\r\nHost: x\r\nA: \r\n\r\n";
  const MessageLimits limits{256, 100, 10};
  for (const size_t size : {limits.header_bytes, limits.header_bytes + 1}) {
    std::string text = fixed;
    text.insert(fixed.size() - 4, size - fixed.size(), 'a');
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      RequestParser parser(limits);
      std::string held = text.substr(0, cut);
      held.erase(0, parser.Feed(held));
      if (!parser.bad()) parser.Feed(held + text.substr(cut));
      EXPECT_EQ(size <= limits.header_bytes, parser.complete()) << size << " cut at " << cut;
      EXPECT_EQ(size > limits.header_bytes, parser.bad().has_value()) << size << " cut at " << cut;
    }
  }
}

TEST(RequestParser, CountsWhatStandsAroundAChunkHoweverItIsCut) {
  const MessageLimits limits{256, 100, 10};
  const std::string header = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const size_t size : {limits.header_bytes, limits.header_bytes + 1}) {
    const auto filled = [&](std::string before, const std::string& after) { return before + std::string(size - before.size() - after.size(), 'b') + after; };
    for (const std::string& text : {header + filled("1;a=", "\r\n") + "a\r\n0\r\n\r\n", header + "1\r\na" + filled("\r\n1;a=", "\r\n") + "a\r\n0\r\n\r\n",
                                    header + filled("0;a=", "\r\n\r\n"), header + "1\r\na" + filled("\r\n0\r\nA: ", "\r\n\r\n")}) {
      for (size_t cut = 0; cut <= text.size(); ++cut) {
        RequestParser parser(limits);
        std::string held = text.substr(0, cut);
        held.erase(0, parser.Feed(held));
        EXPECT_LE(parser.bad() ? 0 : held.size(), limits.header_bytes);
        if (!parser.bad()) parser.Feed(held + text.substr(cut));
        EXPECT_EQ(size <= limits.header_bytes, parser.complete()) << text << " cut at " << cut;
        EXPECT_EQ(size > limits.header_bytes, parser.bad().has_value()) << text << " cut at " << cut;
      }
    }
  }
}

TEST(RequestParser, KnowsWhenTheClientWaitsForConsent) {
  const RequestParser parser = Fed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(417, StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: magic\r\n\r\n"));
}

TEST(RequestParser, HttpOneZeroClosesUnlessItSaysOtherwise) {
  EXPECT_FALSE(Fed("GET / HTTP/1.0\r\n\r\n").keep_alive());
  EXPECT_TRUE(Fed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive());
  EXPECT_FALSE(Fed("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").keep_alive());
}

}  // namespace
}  // namespace fob::web
