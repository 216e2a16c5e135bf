#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/encoding.h"
#include "base/random.h"
#include "base/write_fully.h"
#include "cli/fobd_program.h"
#include "cli/verbs.h"
#include "proto/json_fields.h"

namespace fob::cli {
namespace {

using proto::admin::Backup;

constexpr int64_t kBackupMs = 3'600'000;
constexpr int64_t kRestoreMs = 3'600'000;

struct Args {
  std::string file;
  bool with_master_key = false;
  std::string config = "/etc/fob/fobd.toml";
};

Error Failed(std::string_view what, const std::string& path) {
  const Code code = errno == EACCES || errno == EPERM || errno == EROFS ? Code::kNotPermitted
                    : errno == ENOENT                                   ? Code::kNotFound
                    : errno == EEXIST                                   ? Code::kConflict
                                                                        : Code::kInternal;
  return MakeError(code, "backup_file", fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

// A file that gets its name when it is complete and on the disk; before that it has a name of its own,
// which goes when this object does.
class Draft {
 public:
  static Result<Draft> Create(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
      return MakeError(Code::kConflict, "exists",
                       fmt::format("{} exists already: name another file, or remove it", path));
    }
    SystemRandom random;
    Draft draft;
    draft.path_ = path;
    draft.name_ = path + random.Id(".part-");
    draft.fd_.reset(::open(draft.name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!draft.fd_.valid()) {
      draft.name_.clear();
      return Failed("create", path);
    }
    return draft;
  }
  Draft(Draft&& other) noexcept
      : path_(std::move(other.path_)), name_(std::exchange(other.name_, "")), fd_(std::move(other.fd_)) {}
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  Status Add(ByteView bytes) {
    return WriteFully(fd_.get(), bytes) ? Ok() : Status(Failed("write", path_));
  }
  Status Complete() {
    if (::fsync(fd_.get()) != 0) return Failed("sync", path_);
    // link(2), unlike rename(2), never replaces what has the name by now.
    if (::link(name_.c_str(), path_.c_str()) != 0) return Failed("name", path_);
    const size_t slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0) return Failed("sync", folder);
    return Ok();
  }

 private:
  Draft() = default;
  std::string path_;
  std::string name_;
  UniqueFd fd_;
};

Status AskForMasterKey(Context& context) {
  context.terminal().Say(
      "The backup will hold the master key: whoever can read the file can read every secret in it.");
  FOB_TRY(const SecretBytes answer,
          context.terminal().Ask("Type yes to go on", /*echo=*/true, context.CeremonyDeadline()));
  if (answer.RevealText() == "yes") return Ok();
  return MakeError(Code::kCancelled, "not_wanted", "nothing was backed up");
}

Result<Output> MakeBackup(Context& context, const Args& args) {
  Backup::In in;
  if (args.with_master_key) {
    FOB_CHECK(AskForMasterKey(context));
    in.with_master_key = true;
  }
  FOB_TRY(Draft draft, Draft::Create(args.file));
  const int64_t deadline = proto::DeadlineIn(context.globals().timeout_ms.value_or(kBackupMs));
  FOB_TRY(proto::Connection connection, context.Connect(deadline));
  const auto take = [&](const Backup::Out& piece) -> Status {
    if (!piece.backup_data.has_value()) return Ok();
    FOB_TRY(Bytes bytes, Base64UrlDecode(piece.backup_data->RevealText()));
    const Status added = draft.Add(bytes);
    Wipe(bytes);
    return added;
  };
  auto out = connection.Stream<Backup>(in, deadline, [&](const Backup::Out& piece) {
    if (piece.total > 0)
      context.terminal().Progress(fmt::format("{} of {} KiB", piece.sent / 1024, piece.total / 1024));
    return take(piece);
  });
  context.terminal().ClearWait();
  if (!out.ok()) return out.error();
  FOB_CHECK(take(*out));
  if (out->sent != out->total)
    return MakeError(Code::kCorrupt, "backup_cut_off", "fobd sent less than it said: nothing was backed up");
  FOB_CHECK(draft.Complete());
  boost::json::object json;
  json["file"] = proto::Text(args.file, {});
  json["bytes"] = out->total;
  json["with_master_key"] = args.with_master_key;
  return MakeOutput(std::move(json), fmt::format("{}: {} bytes\n", Printable(args.file), out->total),
                    args.with_master_key ? "It holds the master key: keep it as you keep that."
                                         : "It is of no use without the master key: keep a copy of that elsewhere.");
}

// What fobd --restore ends with when nothing was restored (fobd(8)).
std::optional<Code> RefusalOf(int exit_code) {
  switch (exit_code) {
    case 1: return Code::kDenied;
    case 5: return Code::kNotPermitted;
    case 6: return Code::kNotFound;
    default: return std::nullopt;
  }
}

Result<Output> RestoreBackup(Context& context, const Args& args) {
  std::vector<std::string> words = {"--restore", args.file, "--config", args.config};
  if (args.with_master_key) words.push_back("--with-master-key");
  const int64_t deadline = proto::DeadlineIn(context.globals().timeout_ms.value_or(kRestoreMs));
  FOB_TRY(const FobdSaid fobd, RunFobd(context, std::move(words), deadline));
  if (const auto code = RefusalOf(fobd.code)) return MakeError(*code, "restore_refused", fobd.said);
  if (fobd.code != 0) return EndedOddly(fobd);
  boost::json::object json;
  json["file"] = proto::Text(args.file, {});
  json["message"] = proto::Text(fobd.said, {});
  return MakeOutput(std::move(json), fobd.said + "\n", "Start fobd again: systemctl start fobd");
}

}  // namespace

void AddBackupVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser
      .AddVerb("backup", "Write the store, while fobd runs, to a new file",
               [args](Context& context) { return MakeBackup(context, *args); })
      .Required("FILE,--file", args->file, "The file; it must not exist yet")
      .Flag("--with-master-key", args->with_master_key,
            "Put the master key into it too; asks first")
      .Example("sudo fobctl backup /root/fob-$(date +%F).backup");
  parser
      .AddVerb("restore", "Put a backup in the place of the store, while fobd is stopped",
               [args](Context& context) { return RestoreBackup(context, *args); })
      .Required("FILE,--file", args->file, "The backup")
      .Flag("--with-master-key", args->with_master_key, "Take the master key of the backup as well")
      .Defaulted("--config", args->config, "fobd's configuration")
      .Example("sudo systemctl stop fobd; sudo fobctl restore /root/fob-2025-01-31.backup");
}

}  // namespace fob::cli
