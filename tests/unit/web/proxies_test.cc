#include "web/http/proxies.h"

#include <gtest/gtest.h>

namespace fob::web {
namespace {

Client Identified(const Proxies& proxies, std::string address, std::vector<std::pair<std::string, std::string>> fields) {
  Request request;
  request.client.address = std::move(address);
  request.fields = std::move(fields);
  proxies.Identify(request);
  return request.client;
}

Proxies Of(const std::vector<std::string>& texts) {
  auto proxies = Proxies::Parse(texts);
  EXPECT_TRUE(proxies.ok());
  return *proxies;
}

TEST(Proxies, WhoIsNoProxyIsNotBelieved) {
  const Client client = Identified(Of({}), "127.0.0.1", {{"x-forwarded-for", "192.0.2.1"}, {"x-forwarded-proto", "https"}});
  EXPECT_EQ("127.0.0.1", client.address);
  EXPECT_FALSE(client.secure);
  EXPECT_TRUE(client.forwarded);
}

TEST(Proxies, OfAChainTheLastStrangerCounts) {
  const Proxies proxies = Of({"127.0.0.1", "10.0.0.0/8", "unix", "2001:db8::/32"});
  EXPECT_EQ("192.0.2.1", Identified(proxies, "127.0.0.1", {{"x-forwarded-for", "6.6.6.6, 192.0.2.1, 10.1.2.3"}}).address);
  EXPECT_EQ("192.0.2.1", Identified(proxies, "unix", {{"x-forwarded-for", "192.0.2.1:4711"}}).address);
  EXPECT_EQ("2001:db9::1", Identified(proxies, "2001:db8::7", {{"x-forwarded-for", "[2001:db9::1]:99"}}).address);
  EXPECT_EQ("192.0.2.1", Identified(proxies, "127.0.0.1", {{"x-forwarded-for", "6.6.6.6"}, {"x-forwarded-for", "192.0.2.1"}}).address);
  EXPECT_EQ("127.0.0.1", Identified(proxies, "127.0.0.1", {{"x-forwarded-for", "192.0.2.1, <script>"}}).address);
}

TEST(Proxies, TheSchemeIsTheLastProxysWord) {
  const Proxies proxies = Of({"127.0.0.1"});
  EXPECT_TRUE(Identified(proxies, "127.0.0.1", {{"x-forwarded-proto", "https"}}).secure);
  EXPECT_FALSE(Identified(proxies, "127.0.0.1", {{"x-forwarded-proto", "https, http"}}).secure);
}

// Of a socket for both families the peer 127.0.0.1 is ::ffff:127.0.0.1.
TEST(Proxies, AMappedAddressIsTheOneOfIpv4) {
  const Proxies proxies = Of({"127.0.0.1", "::ffff:10.0.0.0/104"});
  EXPECT_TRUE(proxies.Contains("::ffff:127.0.0.1"));
  EXPECT_TRUE(proxies.Contains("10.1.2.3"));
  EXPECT_FALSE(proxies.Contains("11.1.2.3"));
  EXPECT_EQ("192.0.2.1", Identified(proxies, "127.0.0.1", {{"x-forwarded-for", "6.6.6.6, ::ffff:192.0.2.1, ::ffff:10.0.0.1"}}).address);
  EXPECT_FALSE(Of({"::/0"}).Contains("::ffff:127.0.0.1")) << "as little as 127.0.0.1";
}

TEST(Proxies, RefusesWhatIsNoAddress) {
  for (const std::string text : {"localhost", "::ffff:10.0.0.0/95", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129", ""}) {
    EXPECT_FALSE(Proxies::Parse({text}).ok()) << text;
  }
  EXPECT_FALSE(Of({"10.0.0.0/9"}).Contains("10.128.0.1"));
  EXPECT_TRUE(Of({"10.0.0.0/9"}).Contains("10.127.0.1"));
  EXPECT_TRUE(Of({"0.0.0.0/0"}).Contains("8.8.8.8"));
  EXPECT_FALSE(Of({"0.0.0.0/0"}).Contains("::1"));
}

}  // namespace
}  // namespace fob::web
