#include "daemon/host_check.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "daemon/config/worker_setting.h"
#include "daemon/crypto/aes_gcm_sealer.h"

namespace fob {
namespace {

using Problems = std::vector<std::string>;

bool Find(const std::string& what, const std::string& path, const char* way_out, struct stat& info, Problems& problems) {
  if (::stat(path.c_str(), &info) == 0) return true;
  const bool missing = errno == ENOENT;
  problems.push_back(fmt::format("{} {}: {}{}", what, path, std::generic_category().message(errno), missing ? way_out : ""));
  return false;
}

void CheckWorkerSocket(const std::string& path, Problems& problems) {
  struct stat info {};
  if (!Find("worker", path, ": security keys will not work; systemctl enable --now fob-keyd.socket", info, problems))
    return;
  if (!S_ISSOCK(info.st_mode)) problems.push_back(fmt::format("worker unix:{}: is no socket", path));
}

void CheckPasswordSocket(const core::Settings& settings, Problems& problems) {
  if (!settings.web_uid.has_value() || !settings.password_worker.empty()) return;
  struct stat info {};
  const std::string& path = settings.password_socket;
  const char* way_out = ": passwords of logins in a browser cannot be checked; systemctl enable --now fob-passwd.socket";
  if (!Find("password_socket", path, way_out, info, problems)) return;
  if (!S_ISSOCK(info.st_mode)) problems.push_back(fmt::format("password_socket {}: is no socket", path));
}

void CheckWorker(const core::Settings& settings, Problems& problems) {
  if (const auto path = config::WorkerSocketOf(settings)) return CheckWorkerSocket(std::string(*path), problems);
  if (settings.worker.empty()) return;
  struct stat info {};
  const std::string& path = settings.worker.front();
  if (!Find("worker", path, ": security keys will not work; set worker to where fob-keyd is", info, problems)) return;
  if (!S_ISREG(info.st_mode) || ::access(path.c_str(), X_OK) != 0)
    problems.push_back(fmt::format("worker {}: is no program that can be run", path));
  if ((info.st_mode & 0022) != 0)
    problems.push_back(fmt::format("worker {}: others may write to it (mode {:04o}); chmod go-w it", path, info.st_mode & 07777));
}

// The uid that fobd is to run as: the state folder's owner.
uid_t CheckStateDir(const core::Settings& settings, Problems& problems) {
  struct stat info {};
  if (!Find("state folder", settings.state_dir, ": fobctl init makes it", info, problems)) return ::geteuid();
  if (!S_ISDIR(info.st_mode)) problems.push_back(fmt::format("state folder {}: is no folder", settings.state_dir));
  if ((info.st_mode & 0022) != 0) {
    problems.push_back(fmt::format("state folder {}: others may write to it (mode {:04o}); make it 0700",
                                   settings.state_dir, info.st_mode & 07777));
  }
  if (::geteuid() != 0 && info.st_uid != ::geteuid())
    problems.push_back(fmt::format("state folder {}: belongs to uid {}", settings.state_dir, info.st_uid));
  return info.st_uid;
}

void CheckMasterKey(const core::Settings& settings, uid_t owner, Problems& problems) {
  struct stat info {};
  const std::string& path = settings.master_key;
  if (!Find("master key", path, ": put it back from its copy; fobctl init makes the first one", info, problems)) return;
  const bool of_root = info.st_uid == 0 && info.st_gid == 0;
  if (info.st_uid != owner && info.st_uid != 0) {
    problems.push_back(fmt::format("master key {}: belongs to uid {}, and the state folder to uid {}: one of them is wrong",
                                   path, info.st_uid, owner));
  }
  if ((info.st_mode & 07777 & ~(of_root ? 0640u : 0600u)) != 0)
    problems.push_back(fmt::format("master key {}: has mode {:04o}; make it 0400", path, info.st_mode & 07777));
  if (!S_ISREG(info.st_mode) || info.st_size != crypto::AesGcmSealer::kMasterKeySize)
    problems.push_back(fmt::format("master key {}: is no file of exactly 32 bytes", path));
}

}  // namespace

std::vector<std::string> CheckHost(const core::Settings& settings) {
  Problems problems;
  CheckWorker(settings, problems);
  CheckPasswordSocket(settings, problems);
  const uid_t owner = CheckStateDir(settings, problems);
  CheckMasterKey(settings, owner, problems);
  return problems;
}

}  // namespace fob
