#include "daemon/host/accounts.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

namespace fob::host {
namespace {

constexpr size_t kLargestEntry = 16 * 1024 * 1024;
constexpr size_t kMostGroups = 65536;  // the kernel's own limit (NGROUPS_MAX)
constexpr size_t kLongestUserName = 256;

Error NoAccount(const std::string& who) {
  return MakeError(Code::kNotFound, "no_account", fmt::format("no account {}", who));
}

Error NssFailed(int error) {
  return MakeError(Code::kUnavailable, "nss", fmt::format("cannot look up accounts: {}", std::strerror(error)));
}

// Calls one of the get*_r functions with a buffer that grows until the entry fits. Returns its error.
template <typename Lookup>
int WithBuffer(std::vector<char>& buffer, const Lookup& lookup) {
  buffer.resize(4096);
  for (;;) {
    const int error = lookup(buffer);
    if (error == EINTR) continue;
    if (error != ERANGE || buffer.size() >= kLargestEntry) return error;
    buffer.resize(std::min(buffer.size() * 4, kLargestEntry));
  }
}

// Nothing: there is no group of that number.
Result<std::optional<std::string>> GroupName(const GroupCalls& calls, gid_t gid) {
  std::vector<char> buffer;
  group entry{};
  group* found = nullptr;
  const int error = WithBuffer(buffer, [&](std::vector<char>& b) {
    return calls.by_gid(gid, &entry, b.data(), b.size(), &found);
  });
  if (error != 0) return NssFailed(error);
  if (found == nullptr) return std::optional<std::string>();
  return std::optional<std::string>(found->gr_name);
}

// getgrouplist has no way to say that a source failed: it lists what the others know. What we lack
// ourselves it leaves in errno.
bool RanShort(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

Result<std::vector<gid_t>> GroupIds(const GroupCalls& calls, const char* name, gid_t gid) {
  std::vector<gid_t> gids(64);
  for (;;) {
    int count = static_cast<int>(gids.size());
    errno = 0;
    const int listed = calls.list(name, gid, gids.data(), &count);
    if (RanShort(errno)) return NssFailed(errno);
    const auto size = static_cast<size_t>(std::max(count, 0));
    if (listed >= 0 && size <= gids.size()) {
      gids.resize(size);
      return gids;
    }
    if (size <= gids.size()) return NssFailed(ENOMEM);  // refused, and not for want of room
    if (size > kMostGroups) return NssFailed(E2BIG);
    gids.resize(size);
  }
}

Result<std::vector<std::string>> GroupsOf(const GroupCalls& calls, const char* user, gid_t gid) {
  FOB_TRY(const auto gids, GroupIds(calls, user, gid));
  std::vector<std::string> names;
  for (const gid_t each : gids) {
    FOB_TRY(auto name, GroupName(calls, each));
    if (name.has_value()) names.push_back(*std::move(name));
  }
  return names;
}

template <typename Lookup>
Result<core::Account> Find(const GroupCalls& calls, core::Host::Groups wanted, const std::string& who, const Lookup& lookup) {
  std::vector<char> buffer;
  passwd entry{};
  passwd* found = nullptr;
  const int error =
      WithBuffer(buffer, [&](std::vector<char>& b) { return lookup(&entry, b.data(), b.size(), &found); });
  if (found == nullptr && (error == 0 || error == ENOENT || error == ESRCH)) return NoAccount(who);
  if (found == nullptr) return NssFailed(error);
  core::Account account{found->pw_name, found->pw_uid, found->pw_gid, {}};
  if (wanted == core::Host::Groups::kLookUp) {
    FOB_TRY(account.groups, GroupsOf(calls, found->pw_name, found->pw_gid));
  }
  return account;
}

bool CanBeAName(const std::string& name) {
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ':' || c == '/'; };
  return !name.empty() && name.size() <= kLongestUserName && std::ranges::none_of(name, unfit);
}

}  // namespace

Result<core::Account> NssAccounts::ByName(const std::string& name, Groups groups) const {
  if (!CanBeAName(name)) return NoAccount("of that name");
  return Find(calls_, groups, name, [&](passwd* entry, char* buffer, size_t size, passwd** found) {
    return ::getpwnam_r(name.c_str(), entry, buffer, size, found);
  });
}

Result<core::Account> NssAccounts::ByUid(uint32_t uid, Groups groups) const {
  return Find(calls_, groups, fmt::format("of uid {}", uid), [&](passwd* entry, char* buffer, size_t size, passwd** found) {
    return ::getpwuid_r(uid, entry, buffer, size, found);
  });
}

}  // namespace fob::host
