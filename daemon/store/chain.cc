#include "daemon/store/chain.h"

#include "daemon/store/columns.h"

namespace fob::store {
namespace {

constexpr uint8_t kVersion = 1;

void AppendNumber(uint64_t value, int bytes, Bytes& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<uint8_t>(value >> shift));
}

void AppendNumber(int64_t value, Bytes& out) { AppendNumber(static_cast<uint64_t>(value), 8, out); }

void AppendField(std::string_view field, Bytes& out) {
  AppendNumber(field.size(), 4, out);
  out.insert(out.end(), field.begin(), field.end());
}

}  // namespace

Bytes CanonicalEntry(int64_t seq, const core::AuditEntry& entry) {
  Bytes out;
  out.reserve(256);
  out.push_back(kVersion);
  AppendNumber(seq, out);
  AppendNumber(entry.at, out);
  AppendField(entry.action, out);
  AppendField(NameOf(entry.outcome), out);
  AppendField(entry.user, out);
  AppendNumber(entry.caller_uid, out);
  AppendNumber(entry.caller_pid, out);
  AppendField(entry.service, out);
  AppendField(entry.tty, out);
  AppendField(entry.rhost, out);
  AppendField(entry.subject, out);
  AppendField(entry.rule, out);
  AppendField(entry.detail, out);
  return out;
}

Bytes ChainStart() { return Bytes(32, 0); }

Bytes ChainHash(const core::Hasher& hasher, const Bytes& previous, int64_t seq,
                const core::AuditEntry& entry) {
  Bytes input = previous;
  const Bytes canonical = CanonicalEntry(seq, entry);
  input.insert(input.end(), canonical.begin(), canonical.end());
  return hasher.Sha256(input);
}

}  // namespace fob::store
