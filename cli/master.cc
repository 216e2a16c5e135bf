#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/random.h"
#include "cli/setup_files.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

using proto::admin::RotateMasterKey;

constexpr size_t kMasterKeySize = 32;
constexpr int64_t kRotateMs = 600'000;

Error Failed(const std::string& path) {
  const Code code = errno == EACCES || errno == EPERM ? Code::kNotPermitted
                    : errno == ENOENT                 ? Code::kNotFound
                                                      : Code::kInternal;
  return MakeError(code, "master_key_file", fmt::format("{}: {}", path, std::strerror(errno)));
}

// The master key's file and folder, as fobd names them.
struct Place {
  std::string path;
  std::string folder_path;
  std::string name;
  UniqueFd folder;
  Owner owner{};
};

Result<Place> Find(const std::string& path) {
  Place place;
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0)
    return MakeError(Code::kCorrupt, "master_key_file", "fobd names no file of a master key");
  place.path = path;
  place.folder_path = path.substr(0, slash);
  place.name = path.substr(slash + 1);
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return Failed(path);
  place.owner = {info.st_uid, info.st_gid};
  FOB_TRY(place.folder, OpenFolder(place.folder_path, 0755, place.owner));
  return place;
}

// A new key beside the present one, unless an interrupted change has left one there.
Status PutNewKey(const Place& place) {
  struct stat info {};
  if (::fstatat(place.folder.get(), (place.name + ".new").c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
    return Ok();
  SystemRandom random;
  const SecretBytes key = random.TakeSecret(kMasterKeySize);
  FOB_TRY(NewFile file, NewFile::Create(place.folder.get(), place.folder_path, place.name + ".new",
                                        key.Reveal(), 0400, place.owner));
  file.Keep();
  return Ok();
}

Status MoveNewKey(const Place& place) {
  const std::string from = place.name + ".new";
  if (::renameat(place.folder.get(), from.c_str(), place.folder.get(), place.name.c_str()) != 0)
    return Failed(place.path + ".new");
  if (::fsync(place.folder.get()) != 0) return Failed(place.folder_path);
  return Ok();
}

Result<Output> Rotate(Context& context) {
  const int64_t deadline = proto::DeadlineIn(context.globals().timeout_ms.value_or(kRotateMs));
  FOB_TRY(proto::Connection connection, context.Connect(deadline));
  const auto rotate = [&] {
    auto out = connection.Stream<RotateMasterKey>({}, deadline, [&](const RotateMasterKey::Out& so_far) {
      context.terminal().Progress(fmt::format("{} secrets sealed anew", so_far.resealed));
      return Ok();
    });
    context.terminal().ClearWait();
    return out;
  };
  FOB_TRY(const auto where, connection.Call<proto::admin::MasterKey>({}, deadline));
  if (where.credential) {  // fobd says why not
    FOB_CHECK(rotate());
  }
  FOB_TRY(const Place place, Find(where.path));
  FOB_CHECK(PutNewKey(place));
  FOB_TRY(RotateMasterKey::Out out, rotate());
  if (out.move_due) {
    FOB_CHECK(MoveNewKey(place));
    FOB_TRY(const auto settled, rotate());  // fobd forgets the former key
    out.move_due = settled.move_due;
  }
  return MakeOutput(ToJson(out),
                    fmt::format("{} now holds master key {}; {} secrets were sealed anew\n",
                                Printable(place.path), Printable(out.key_id), out.resealed),
                    "Keep a copy of it apart from backups. Backups of before need the former key.");
}

}  // namespace

void AddMasterVerbs(Parser& parser) {
  parser.AddGroup("master", "The key that secrets at rest are sealed under");
  parser
      .AddVerb("master rotate",
               "Change the master key while fobd runs; go on with a change that was interrupted",
               Rotate)
      .Example("sudo fobctl master rotate");
}

}  // namespace fob::cli
