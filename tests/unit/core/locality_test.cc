#include "daemon/core/locality.h"

#include <gtest/gtest.h>

#include "daemon/core/ports/host.h"

namespace fob::core {
namespace {

CallerFacts AtSeat(bool active) {
  CallerFacts facts;
  facts.session_known = true;
  facts.session_active = active;
  facts.seat = "seat0";
  return facts;
}

CallerFacts OverNetwork() {
  CallerFacts facts;
  facts.session_known = true;
  facts.session_remote = true;
  facts.session_active = true;
  return facts;
}

CallerFacts Seatless() {
  CallerFacts facts;
  facts.session_known = true;
  facts.session_active = true;
  return facts;
}

TEST(Locality, I9_WhatCountsIsRhostThenTheSessionThenTheTerminalOfATrustedCaller) {
  constexpr auto kLocal = Locality::kLocal;
  constexpr auto kRemote = Locality::kRemote;
  constexpr auto kUnknown = Locality::kUnknown;
  CallerFacts odd = AtSeat(true);
  odd.session_remote = true;
  const struct {
    const char* what;
    std::string_view rhost;
    std::string_view tty;
    CallerFacts caller;
    Locality trusted;
    Locality untrusted;
  } rows[] = {
      {"nothing is known", "", "", {}, kUnknown, kUnknown},
      {"rhost beats everything", "198.51.100.7", "tty1", AtSeat(true), kRemote, kRemote},
      {"rhost localhost is remote, too", "localhost", "", AtSeat(true), kRemote, kRemote},
      {"active session of a seat", "", "", AtSeat(true), kLocal, kLocal},
      {"session in the background of a seat", "", "", AtSeat(false), kLocal, kUnknown},
      {"the same, with a claimed terminal", "", "tty1", AtSeat(false), kLocal, kUnknown},
      {"remote session", "", "pts/0", OverNetwork(), kRemote, kRemote},
      {"remote session beats a terminal", "", "tty1", OverNetwork(), kRemote, kRemote},
      {"remote beats the seat", "", "", odd, kRemote, kRemote},
      {"session without seat", "", "", Seatless(), kUnknown, kUnknown},
      {"session without seat on a terminal", "", "tty2", Seatless(), kLocal, kUnknown},
      {"first terminal of the seat", "", "tty1", {}, kLocal, kUnknown},
      {"last terminal of the seat", "", "tty63", {}, kLocal, kUnknown},
      {"a path", "", "/dev/tty9", {}, kLocal, kUnknown},
      {"tty0 is the current one, whichever", "", "tty0", {}, kUnknown, kUnknown},
      {"beyond the last", "", "tty64", {}, kUnknown, kUnknown},
      {"far beyond", "", "tty99", {}, kUnknown, kUnknown},
      {"three digits", "", "tty100", {}, kUnknown, kUnknown},
      {"leading zero", "", "tty01", {}, kUnknown, kUnknown},
      {"the controlling terminal", "", "tty", {}, kUnknown, kUnknown},
      {"serial line", "", "ttyS0", {}, kUnknown, kUnknown},
      {"USB serial line", "", "ttyUSB0", {}, kUnknown, kUnknown},
      {"pseudo-terminal", "", "pts/3", {}, kUnknown, kUnknown},
      {"X display", "", ":0", {}, kUnknown, kUnknown},
      {"a name that only begins so", "", "tty1x", {}, kUnknown, kUnknown},
      {"a name that only ends so", "", "/tmp/tty1", {}, kUnknown, kUnknown},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(LocalityOf(row.rhost, row.tty, row.caller, true), row.trusted) << row.what;
    EXPECT_EQ(LocalityOf(row.rhost, row.tty, row.caller, false), row.untrusted) << row.what;
  }
}

TEST(Locality, Names) {
  EXPECT_EQ(LocalityName(Locality::kLocal), "local");
  EXPECT_EQ(LocalityName(Locality::kRemote), "remote");
  EXPECT_EQ(LocalityName(Locality::kUnknown), "unknown");
}

}  // namespace
}  // namespace fob::core
