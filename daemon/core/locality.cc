#include "daemon/core/locality.h"

#include <algorithm>

#include "daemon/core/ports/host.h"

namespace fob::core {
namespace {

// tty1 to tty63, with or without /dev/ before it: the virtual terminals of a seat.
bool IsSeatTerminal(std::string_view tty) {
  if (tty.starts_with("/dev/")) tty.remove_prefix(5);
  if (!tty.starts_with("tty")) return false;
  tty.remove_prefix(3);
  if (tty.empty() || tty.size() > 2 || tty.front() == '0') return false;
  return std::ranges::all_of(tty, [](char c) { return c >= '0' && c <= '9'; }) && tty <= (tty.size() == 2 ? "63" : "9");
}

}  // namespace

std::string_view LocalityName(Locality locality) {
  switch (locality) {
    case Locality::kLocal: return "local";
    case Locality::kRemote: return "remote";
    case Locality::kUnknown: return "unknown";
  }
  return "unknown";
}

Locality LocalityOf(std::string_view rhost, std::string_view tty, const CallerFacts& caller, bool trusted) {
  if (!rhost.empty()) return Locality::kRemote;
  if (caller.session_known) {
    if (caller.session_remote) return Locality::kRemote;
    // Whoever speaks for itself must be the one who sits there now.
    if (!caller.seat.empty() && (trusted || caller.session_active)) return Locality::kLocal;
  }
  return trusted && IsSeatTerminal(tty) ? Locality::kLocal : Locality::kUnknown;
}

}  // namespace fob::core
