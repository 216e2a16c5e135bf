#include "daemon/host/sessions.h"

#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace fob::host {
namespace {

struct Freer {
  void operator()(char* text) const { std::free(text); }
};
using CText = std::unique_ptr<char, Freer>;

}  // namespace

std::optional<LogindSession> LogindSessions::Of(int32_t pid) const {
  // Without systemd no control group names a session, and looking for one takes a while.
  static const bool booted = ::sd_booted() > 0;
  if (!booted) return std::nullopt;
  char* text = nullptr;
  if (::sd_pid_get_session(pid, &text) < 0 || text == nullptr) return std::nullopt;
  const CText id(text);
  LogindSession session;
  session.id = id.get();
  const int remote = ::sd_session_is_remote(id.get());
  if (remote < 0) return std::nullopt;  // ended between the two questions
  session.remote = remote > 0;
  session.active = ::sd_session_is_active(id.get()) > 0;
  text = nullptr;
  if (::sd_session_get_seat(id.get(), &text) >= 0 && text != nullptr) session.seat = CText(text).get();
  return session;
}

std::vector<std::string> LogindSessions::AtSeats() const {
  std::vector<std::string> terminals;
  char** seats = nullptr;
  if (::sd_get_seats(&seats) < 0 || seats == nullptr) return terminals;
  for (char** seat = seats; *seat != nullptr; ++seat) {
    const CText name(*seat);
    char* text = nullptr;
    if (::sd_seat_get_active(name.get(), &text, nullptr) < 0 || text == nullptr) continue;
    const CText session(text);
    text = nullptr;
    if (::sd_session_get_tty(session.get(), &text) < 0 || text == nullptr) continue;
    terminals.emplace_back(CText(text).get());
  }
  std::free(seats);
  return terminals;
}

bool LogindSessions::IsThere(const std::string& id) const {
  // Nothing but logind's clear word makes it gone; one that is closing has lost its leader already.
  char* text = nullptr;
  const int known = ::sd_session_get_state(id.c_str(), &text);
  const CText state(text);
  if (known == -ENXIO) return false;
  return known < 0 || std::string_view(state.get()) != "closing";
}

}  // namespace fob::host
