#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/random.h"
#include "cli/setup_config.h"
#include "cli/setup_files.h"
#include "cli/verbs.h"
#include "proto/json_fields.h"

namespace fob::cli {
namespace {

constexpr size_t kMasterKeySize = 32;
constexpr const char* kWorkerSocket = "unix:/run/fob/keyd.sock";  // of fob-keyd.socket

struct Args {
  std::string issuer;
  std::optional<std::string> rp_id;
  std::string dir = "/etc/fob";
  std::string state = "/var/lib/fob";
};

// Absolute, from where fobctl was started. The last part is left as it is: a symbolic link there is
// refused later.
Result<std::string> Resolved(const std::string& path) {
  namespace fs = std::filesystem;
  if (path.starts_with('/')) return path;
  std::error_code failed;
  fs::path full = fs::current_path(failed) / path.substr(0, path.find_last_not_of('/') + 1);
  const bool dots = full.filename() == "." || full.filename() == "..";
  if (!failed) {
    full = dots ? fs::weakly_canonical(full, failed)
                : fs::weakly_canonical(full.parent_path(), failed) / full.filename();
  }
  if (!failed) return full.string();
  return MakeError(Code::kInvalidArgument, "usage",
                   fmt::format("{} cannot be resolved: {}", path, failed.message()));
}

// As a shell takes it for one word.
std::string Word(const std::string& text) {
  if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:") ==
      std::string::npos)
    return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

Result<Setup> SetupFrom(const Context& context, const Args& args) {
  FOB_TRY(const std::string host, IssuerHost(args.issuer));
  Setup setup;
  setup.issuer = args.issuer;
  setup.rp_id = args.rp_id.value_or(host);
  FOB_TRY(setup.config_dir, Resolved(args.dir));
  FOB_TRY(setup.state_dir, Resolved(args.state));
  FOB_TRY(setup.socket, Resolved(context.globals().socket.value_or(std::string(kDefaultSocket))));
  // A fobd of one's own trusts its owner; where PAM looks for fobd, root alone is trusted.
  if (::geteuid() != 0 && !setup.socket.starts_with("/run/fob/"))
    setup.trusted_uids = {::geteuid()};
  // Where systemd runs fobd, it runs its workers too (sd_booted(3)).
  if (setup.socket == kDefaultSocket && ::access("/run/systemd/system", F_OK) == 0) setup.worker = kWorkerSocket;
  FOB_CHECK(CheckSetup(setup));
  return setup;
}

Status CheckAbsent(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return Ok();
  return MakeError(Code::kConflict, "exists",
                   fmt::format("{} exists already; nothing was changed", path));
}

std::string NextSteps(const Setup& setup, const std::string& host) {
  const bool usual = setup.config_dir == "/etc/fob";
  std::string text;
  if (!WebMayUse(setup.rp_id, host)) {
    text += fmt::format(
        "Mind: browsers at {} will refuse keys of rp id {}, which is not part of that name.\n",
        host, setup.rp_id);
  }
  if (::geteuid() == 0 && DaemonOwner().uid == 0) {
    text += fmt::format(
        "Mind: there is no account \"fob\" yet; the files belong to root. Make it, and give it what "
        "is fobd's:\n"
        "  useradd --system --home-dir /var/lib/fob --shell /usr/sbin/nologin fob\n"
        "  chown fob: {} {}\n",
        Word(setup.state_dir), Word(setup.master_key_path()));
  }
  const std::string fobctl =
      setup.socket == kDefaultSocket ? "fobctl" : "fobctl --socket " + Word(setup.socket);
  text += fmt::format(
      "Keep a copy of {} apart from backups of {}: without it nothing there can be read.\n"
      "Next: look through {}, above all its rules, then\n"
      "  {}\n  {} status\n  {} otp enrol phone --user NAME",
      setup.master_key_path(), setup.state_dir, setup.config_path(),
      usual ? "systemctl enable --now fob-keyd.socket fobd.socket fobd.service" : "fobd --config " + Word(setup.config_path()),
      fobctl, fobctl);
  return text;
}

Result<Output> Init(Context& context, const Args& args) {
  FOB_TRY(const Setup setup, SetupFrom(context, args));
  FOB_CHECK(CheckAbsent(setup.config_path()));
  FOB_CHECK(CheckAbsent(setup.master_key_path()));
  FOB_TRY(const std::string config, ConfigText(setup));

  const Owner ourselves{::geteuid(), ::getegid()};
  const Owner daemon = DaemonOwner();
  // fobd reads its configuration and cannot change it; the key and the store are its own.
  FOB_TRY(const UniqueFd folder, OpenFolder(setup.config_dir, 0755, ourselves));
  FOB_TRY(const UniqueFd state, OpenFolder(setup.state_dir, 0700, daemon));
  SystemRandom random;
  const SecretBytes key = random.TakeSecret(kMasterKeySize);
  FOB_TRY(NewFile key_file, NewFile::Create(folder.get(), setup.config_dir, "master.key",
                                            key.Reveal(), 0400, daemon));
  FOB_TRY(NewFile config_file, NewFile::Create(folder.get(), setup.config_dir, "fobd.toml",
                                               AsBytes(config), 0644, ourselves));
  key_file.Keep();
  config_file.Keep();

  boost::json::object json;
  const std::pair<const char*, std::string> members[] = {
      {"config", setup.config_path()}, {"master_key", setup.master_key_path()},
      {"state_dir", setup.state_dir},  {"socket", setup.socket},
      {"issuer", setup.issuer},        {"rp_id", setup.rp_id}};
  for (const auto& [name, value] : members) json[name] = proto::Text(value, {});
  FOB_TRY(const std::string host, IssuerHost(setup.issuer));
  return MakeOutput(
      std::move(json),
      fmt::format("created {}\ncreated {}\n", setup.config_path(), setup.master_key_path()),
      NextSteps(setup, host));
}

}  // namespace

void AddInitVerb(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser
      .AddVerb("init", "Create fobd.toml and the master key, before fobd starts for the first time",
               [args](Context& context) { return Init(context, *args); })
      .Required("--issuer", args->issuer, "The https URL that tokens name as their issuer")
      .Optional("--rp-id", args->rp_id,
                "DNS name that security keys are enrolled for, for good [the issuer's host]")
      .Defaulted("--dir", args->dir, "Folder of fobd.toml and master.key")
      .Defaulted("--state", args->state, "Folder of the store")
      .Example("sudo fobctl init --issuer https://login.example.org --rp-id login.example.org")
      .Example(
          "fobctl init --issuer http://localhost:8080 --rp-id localhost --dir ~/fob/etc "
          "--state ~/fob/state --socket ~/fob/fobd.sock");
}

}  // namespace fob::cli
