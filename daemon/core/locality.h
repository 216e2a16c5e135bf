#pragma once

#include <string_view>

namespace fob::core {

struct CallerFacts;

// Where the person sits who logs in.
enum class Locality { kLocal, kRemote, kUnknown };

std::string_view LocalityName(Locality locality);  // "local"

// A PAM_RHOST that is not empty is remote; else the caller's logind session tells, which must be the active
// one of its seat unless the caller is trusted; else a trusted caller on a terminal of a seat (tty1 to tty63)
// is local; else nobody knows.
Locality LocalityOf(std::string_view rhost, std::string_view tty, const CallerFacts& caller, bool trusted);

}  // namespace fob::core
