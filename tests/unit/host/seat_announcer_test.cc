#include "daemon/host/seat_announcer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "base/unique_fd.h"
#include "daemon/host/system_host.h"
#include "tests/unit/host/loop.h"

namespace fob::host {
namespace {

class Seats final : public Sessions {
 public:
  std::optional<LogindSession> Of(int32_t) const override { return std::nullopt; }
  std::vector<std::string> AtSeats() const override {
    ++asked;
    return terminals;
  }
  mutable std::atomic<int> asked = 0;
  std::vector<std::string> terminals;
};

// A terminal whose screen the test reads. Its name is a number, below /dev/pts.
struct Terminal {
  Terminal() {
    int screen = -1, line = -1;
    char path[64] = {};
    EXPECT_EQ(::openpty(&screen, &line, path, nullptr, nullptr), 0);
    screen_.reset(screen);
    line_.reset(line);
    name = std::filesystem::path(path).filename();
  }
  std::string Shown() {
    pollfd readable{screen_.get(), POLLIN, 0};
    if (::poll(&readable, 1, 0) <= 0) return "";
    char buffer[1024];
    const ssize_t got = ::read(screen_.get(), buffer, sizeof buffer);
    return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : "";
  }
  UniqueFd screen_, line_;
  std::string name;
};

class SeatAnnouncerTest : public ::testing::Test {
 protected:
  std::shared_ptr<Seats> seats_ = std::make_shared<Seats>();
  const SeatAnnouncer announcer_{seats_, "/dev/pts"};
};

TEST_F(SeatAnnouncerTest, I9_WhoeverSitsHereReadsIt) {
  Terminal one, two, other;
  seats_->terminals = {one.name, two.name};
  announcer_.Announce("alice at sudo", "");
  EXPECT_NE(one.Shown().find("fob: alice at sudo\r"), std::string::npos);
  EXPECT_NE(two.Shown().find("fob: alice at sudo\r"), std::string::npos);
  EXPECT_EQ(other.Shown(), "");
}

TEST_F(SeatAnnouncerTest, NotWhereThePromptStandsAlready) {
  Terminal one;
  seats_->terminals = {one.name};
  announcer_.Announce("x", one.name);
  announcer_.Announce("x", "/dev/" + one.name);
  EXPECT_EQ(one.Shown(), "");
}

TEST_F(SeatAnnouncerTest, WhatWouldSteerATerminalIsShownAsAQuestionMark) {
  Terminal one;
  seats_->terminals = {one.name};
  announcer_.Announce("program \x1b[2J\xc2\x9b\n.", "");
  EXPECT_NE(one.Shown().find("program ?[2J???."), std::string::npos);
}

TEST_F(SeatAnnouncerTest, ATerminalThatTakesNothingIsNotWaitedFor) {
  Terminal one;
  seats_->terminals = {one.name, "nosuch", "../etc/passwd", ""};
  for (int i = 0; i < 1000; ++i) announcer_.Announce(std::string(300, 'x'), "");
}

// Many touches at once are one line, and those of untrusted callers keep no trusted one's away.
TEST(HostAnnouncements, AreRareAndApartForTrustedCallersAndOthers) {
  Loop loop;
  const auto seats = std::make_shared<Seats>();
  SystemHost host({std::make_shared<NssAccounts>(), seats, ProcFiles()}, {.threads = 1},
                  loop.post());
  for (int i = 0; i < 10; ++i) host.AnnounceTouch({"others", "", false});
  for (int i = 0; i < 10; ++i) host.AnnounceTouch({"trusted", "", true});
  ASSERT_TRUE(loop.RunNext(2));
  host.AccountByUid(::getuid(), [](const Result<core::Account>&) {});
  ASSERT_TRUE(loop.RunNext());
  EXPECT_TRUE(loop.empty());
  EXPECT_EQ(seats->asked, 2);
}

}  // namespace
}  // namespace fob::host
