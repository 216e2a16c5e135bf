#include "daemon/host/accounts.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace fob::host {
namespace {

constexpr size_t kLargestEntry = 1024 * 1024;
constexpr int kMostGroups = 65536;  // the kernel's own limit (NGROUPS_MAX)
constexpr size_t kLongestName = 256;

Error NoAccount(const std::string& who) {
  return MakeError(Code::kNotFound, "no_account", fmt::format("no account {}", who));
}

Error NssFailed(int error) {
  return MakeError(Code::kUnavailable, "nss", fmt::format("cannot look up accounts: {}", std::strerror(error)));
}

// Calls one of the get*_r functions with a buffer that grows until the entry fits. Returns its error.
template <typename Lookup>
int WithBuffer(std::vector<char>& buffer, const Lookup& lookup) {
  for (buffer.resize(4096);; buffer.resize(buffer.size() * 4)) {
    const int error = lookup(buffer);
    if (error == EINTR) continue;
    if (error != ERANGE || buffer.size() >= kLargestEntry) return error;
  }
}

std::string GroupName(gid_t gid) {
  std::vector<char> buffer;
  group entry{};
  group* found = nullptr;
  const int error = WithBuffer(buffer, [&](std::vector<char>& b) {
    return ::getgrgid_r(gid, &entry, b.data(), b.size(), &found);
  });
  return error == 0 && found != nullptr ? std::string(found->gr_name) : std::string();
}

Result<std::vector<std::string>> GroupsOf(const char* name, gid_t gid) {
  std::vector<gid_t> gids(64);
  int count = static_cast<int>(gids.size());
  while (::getgrouplist(name, gid, gids.data(), &count) < 0) {
    if (gids.size() >= size_t{kMostGroups}) return NssFailed(E2BIG);
    gids.resize(std::min<size_t>(kMostGroups, std::max(gids.size() * 4, static_cast<size_t>(count))));
    count = static_cast<int>(gids.size());
  }
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    if (std::string group = GroupName(gids[static_cast<size_t>(i)]); !group.empty()) names.push_back(std::move(group));
  }
  return names;
}

template <typename Lookup>
Result<core::Account> Find(const std::string& who, const Lookup& lookup) {
  std::vector<char> buffer;
  passwd entry{};
  passwd* found = nullptr;
  const int error =
      WithBuffer(buffer, [&](std::vector<char>& b) { return lookup(&entry, b.data(), b.size(), &found); });
  if (found == nullptr && (error == 0 || error == ENOENT || error == ESRCH)) return NoAccount(who);
  if (found == nullptr) return NssFailed(error);
  FOB_TRY(auto groups, GroupsOf(found->pw_name, found->pw_gid));
  return core::Account{found->pw_name, found->pw_uid, found->pw_gid, std::move(groups)};
}

bool CanBeAName(const std::string& name) {
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ':' || c == '/'; };
  return !name.empty() && name.size() <= kLongestName && std::ranges::none_of(name, unfit);
}

}  // namespace

Result<core::Account> NssAccounts::ByName(const std::string& name) const {
  if (!CanBeAName(name)) return NoAccount("of that name");
  return Find(name, [&](passwd* entry, char* buffer, size_t size, passwd** found) {
    return ::getpwnam_r(name.c_str(), entry, buffer, size, found);
  });
}

Result<core::Account> NssAccounts::ByUid(uint32_t uid) const {
  return Find(fmt::format("of uid {}", uid), [&](passwd* entry, char* buffer, size_t size, passwd** found) {
    return ::getpwuid_r(uid, entry, buffer, size, found);
  });
}

}  // namespace fob::host
