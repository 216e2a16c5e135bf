#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "proto/messages.h"

// A key worker parses what USB sends, and may be overtaken by it: what it says is cut to its limits
// before it is told, stored or audited.
namespace fob::core {

// How much of one call's progress is read at all, and how much of it is told.
inline constexpr int kMaxProgress = 1000, kMaxToldProgress = 40;

// At most `longest` bytes of printable ASCII, "?" for what is not, as it goes to terminals.
std::string Shown(std::string_view text, size_t longest);

// Names of devices are short and printable.
void Tidy(proto::Progress& progress);
void Tidy(proto::PinNeeded& needed);
void Tidy(proto::Assertion& assertion);
// Transports are a few short words, of those that WebAuthn clause 5.8.4 may know. kCorrupt/
// "bad_worker": a format that no attestation has.
Status Tidy(proto::MadeCredential& credential);

// The same, and its lists are short; false: it cannot be named, and is to be left out.
bool Tidy(proto::Device& device);

// With a reason of the interface's kind and a short, printable text; "bad_worker" otherwise.
Error Tidied(Error error);

}  // namespace fob::core
