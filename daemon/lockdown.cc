#include "daemon/lockdown.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "sandbox/sandbox.h"

namespace fob {
namespace {

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

Status LockDown(const core::Settings& settings, const std::string& config) {
  sandbox::Paths paths;
  // NSS: its modules, their files and caches. Accounts are in files that are replaced, and so in
  // folders; what only root may read there, fobd's uid may not.
  paths.read = {"/usr", "/lib", "/lib64", "/etc", "/var/lib/sss", "/var/lib/extrausers",
                // Callers' processes and sessions.
                "/proc", "/run", "/sys/fs/cgroup", settings.attestation_roots,
                std::filesystem::absolute(config).parent_path()};
  if (const char* credentials = std::getenv("CREDENTIALS_DIRECTORY"); credentials != nullptr)
    paths.read.emplace_back(credentials);
  paths.devices = {"/dev/null", "/dev/urandom"};
  // Where touches are announced.
  for (int i = 1; settings.announce_touch && i <= 63; ++i)
    paths.devices.push_back("/dev/tty" + std::to_string(i));
  paths.write = {settings.state_dir, FolderOf(settings.master_key), FolderOf(settings.socket)};
  return sandbox::LockDaemon(paths);
}

Status LockRestore(const std::string& state_dir) {
  sandbox::Paths paths;
  paths.read = {"/usr", "/lib", "/lib64", "/etc"};  // libraries and their settings
  paths.devices = {"/dev/null", "/dev/urandom"};
  paths.write = {state_dir};
  return sandbox::LockDaemon(paths);
}

Status LockKeyPlacer(const std::string& file) {
  sandbox::Paths paths;
  paths.write = {FolderOf(file)};
  return sandbox::LockDaemon(paths);
}

}  // namespace fob
