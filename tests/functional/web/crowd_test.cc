// Very many connections, most of which mean no good.
#include <sys/resource.h>
#include <unistd.h>

#include "tests/functional/web/gateway_fixture.h"

namespace fob::testing {
namespace {

class Crowd : public Gateway {
 protected:
  explicit Crowd(const std::string& limits = "connections = 16000\nconnections_per_address = 16000\nidle_seconds = 300\n")
      : Gateway("[limits]\n" + limits) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  // Connections that have been answered once and stay.
  std::vector<HttpConnection> Idle(int count) {
    std::vector<HttpConnection> idle;
    for (int i = 0; i < count; ++i) {
      HttpConnection connection(socket_.port());
      connection.Send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
      EXPECT_EQ(404, connection.Receive().status) << i;
      idle.push_back(std::move(connection));
    }
    return idle;
  }
};

TEST_F(Crowd, TenThousandIdleOnesFitInTheirMemory) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 12'000) GTEST_SKIP() << "this host allows " << limit.rlim_cur << " descriptors";
  auto idle = Idle(10'000);
  const int64_t rss = webd_->rss_kib();
  RecordProperty("rss_kib", static_cast<int>(rss));
  std::printf("fob-webd with 10,000 idle connections: %ld KiB\n", static_cast<long>(rss));
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(rss, 64 * 1024);
#endif
  EXPECT_EQ(200, browser_.Get("/healthz").status);
  idle.back().Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(200, idle.back().Receive().status);
}

class Full : public Crowd {
 protected:
  Full() : Crowd("connections = 50\nconnections_per_address = 1000\nheader_seconds = 300\n") {}
};

TEST_F(Full, SlowAttackersMakeRoomForOthers) {
  std::vector<HttpConnection> slow;
  for (int i = 0; i < 200; ++i) {
    HttpConnection connection(socket_.port());
    connection.Send("GET /healthz HTTP/1.1\r\nX: ");
    slow.push_back(std::move(connection));
    if (i % 20 == 0) {
      EXPECT_EQ(200, browser_.Get("/healthz").status) << i;
    }
  }
  EXPECT_EQ(200, browser_.Get("/healthz").status);
  EXPECT_TRUE(slow.front().Ended()) << "whoever waits longest goes";
}

class Alone : public Crowd {
 protected:
  Alone() : Crowd("connections_per_address = 10\n") {}
};

TEST_F(Alone, OneAddressHasItsShare) {
  auto mine = Idle(10);
  HttpConnection one_more(socket_.port());
  one_more.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(0, one_more.Receive().status);
  mine.pop_back();
  for (int i = 0; i < 100; ++i) {
    HttpConnection again(socket_.port());
    again.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    if (again.Receive().status == 200) return;
    ::usleep(10'000);
  }
  FAIL() << "a place that is free is not given";
}

}  // namespace
}  // namespace fob::testing
