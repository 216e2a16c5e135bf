#include "tests/support/fault_vfs/fault_vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include "tests/support/fault_vfs/disk_image.h"

namespace fob::testing {
namespace {

using Fault = FaultVfs::Fault;

// What an operation does, as far as faults care.
enum class Kind { kLook, kWrite, kSync, kChange };

bool Exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Bytes ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

struct FaultVfs::State {
  struct OnDisk {
    std::shared_ptr<DiskImage> image;  // of the file of that name; none: removed
    std::shared_ptr<DiskImage> ghost;  // one whose removal is not certain
  };
  struct File {
    sqlite3_file base;
    State* state;
    DiskImage* image;  // none: a file that is gone with the process
    sqlite3_file* real;
  };

  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  mutable std::recursive_mutex mutex;
  Fault fault = Fault::kNone;
  int64_t at = 0;
  int64_t count = 0;
  bool struck = false;
  std::map<std::string, OnDisk> disk;
  std::vector<std::shared_ptr<DiskImage>> kept;  // that open files may point to

  // The fault that befalls the operation that is about to happen.
  Fault Next(Kind kind) {
    if (struck && fault == Fault::kPowerLoss) return fault;
    if (struck && fault == Fault::kNoSpace && kind != Kind::kLook) return fault;
    const bool prone = fault == Fault::kIoError || fault == Fault::kNone ||
                       (fault == Fault::kShortWrite && kind == Kind::kWrite) ||
                       (fault == Fault::kNoSpace && kind != Kind::kLook) ||
                       (fault == Fault::kPowerLoss && kind != Kind::kLook);
    if (!prone || ++count != at || struck) return Fault::kNone;
    struck = true;
    return fault;
  }
  int Fail(Kind kind, int error) {
    const Fault next = Next(kind);
    if (next == Fault::kNone) return SQLITE_OK;
    return next == Fault::kNoSpace && kind == Kind::kWrite ? SQLITE_FULL : error;
  }

  static File& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static State& Of(sqlite3_vfs* one) { return *static_cast<State*>(one->pAppData); }
  static const sqlite3_io_methods kMethods;

  static int Open(sqlite3_vfs* one, const char* name, sqlite3_file* out, int flags, int* out_flags);
  static int Delete(sqlite3_vfs* one, const char* name, int sync_folder);
  static int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at);
};

int FaultVfs::State::Open(sqlite3_vfs* one, const char* name, sqlite3_file* out, int flags,
                          int* out_flags) {
  State& state = Of(one);
  const std::lock_guard lock(state.mutex);
  out->pMethods = nullptr;
  File& file = Of(out);
  file.state = &state;
  file.image = nullptr;
  file.real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(out) + sizeof(File));
  const bool kept = name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0;
  const bool there = kept && Exists(name);
  if (const int failed = state.Fail(kept && !there ? Kind::kChange : Kind::kLook, SQLITE_CANTOPEN);
      failed != SQLITE_OK) {
    return failed;
  }
  if (kept) {
    OnDisk& entry = state.disk[name];
    if (entry.image == nullptr) {
      entry.image = std::make_shared<DiskImage>(there ? DiskImage(ReadAll(name)) : DiskImage());
      state.kept.push_back(entry.image);
    }
    file.image = entry.image.get();
  }
  const int code = state.real->xOpen(state.real, name, file.real, flags, out_flags);
  if (file.real->pMethods != nullptr) out->pMethods = &kMethods;
  return code;
}

int FaultVfs::State::Delete(sqlite3_vfs* one, const char* name, int sync_folder) {
  State& state = Of(one);
  const std::lock_guard lock(state.mutex);
  if (const int failed = state.Fail(Kind::kChange, SQLITE_IOERR_DELETE); failed != SQLITE_OK)
    return failed;
  OnDisk& entry = state.disk[name];
  if (entry.image == nullptr && Exists(name))
    entry.image = std::make_shared<DiskImage>(ReadAll(name));
  if (entry.image != nullptr && entry.image->named())
    entry.ghost = sync_folder != 0 ? nullptr : entry.image;
  entry.image = nullptr;
  return state.real->xDelete(state.real, name, sync_folder);
}

int FaultVfs::State::Write(sqlite3_file* one, const void* data, int size, sqlite3_int64 at) {
  File& file = Of(one);
  const std::lock_guard lock(file.state->mutex);
  const bool powered = !file.state->struck;
  const Fault fault = file.state->Next(Kind::kWrite);
  // The one at which the power goes may be on its way already.
  const bool lost = fault == Fault::kPowerLoss && powered;
  if (fault == Fault::kShortWrite) size /= 2;
  const auto* bytes = static_cast<const uint8_t*>(data);
  if (file.image != nullptr && (fault == Fault::kNone || fault == Fault::kShortWrite || lost))
    file.image->Write(at, {bytes, static_cast<size_t>(size)});
  if (fault == Fault::kNoSpace) return SQLITE_FULL;
  if (fault == Fault::kIoError || fault == Fault::kPowerLoss) return SQLITE_IOERR_WRITE;
  const int code = file.real->pMethods->xWrite(file.real, data, size, at);
  return fault == Fault::kShortWrite && code == SQLITE_OK ? SQLITE_FULL : code;
}

// The calls that only pass on, or fail as a whole.
#define FOB_REAL(method, ...) file.real->pMethods->method(file.real __VA_OPT__(, ) __VA_ARGS__)
#define FOB_OR_FAIL(kind, error)                                                 \
  File& file = Of(one);                                                          \
  const std::lock_guard lock(file.state->mutex);                                 \
  if (const int failed = file.state->Fail(kind, error); failed != SQLITE_OK) return failed

const sqlite3_io_methods FaultVfs::State::kMethods = {
    2,
    [](sqlite3_file* one) {
      File& file = Of(one);
      return FOB_REAL(xClose);
    },
    [](sqlite3_file* one, void* data, int size, sqlite3_int64 at) {
      FOB_OR_FAIL(Kind::kLook, SQLITE_IOERR_READ);
      return FOB_REAL(xRead, data, size, at);
    },
    &State::Write,
    [](sqlite3_file* one, sqlite3_int64 size) {
      FOB_OR_FAIL(Kind::kChange, SQLITE_IOERR_TRUNCATE);
      if (file.image != nullptr) file.image->Truncate(size);
      return FOB_REAL(xTruncate, size);
    },
    [](sqlite3_file* one, int) {
      File& file = Of(one);
      const std::lock_guard lock(file.state->mutex);
      const int failed = file.state->Fail(Kind::kSync, SQLITE_IOERR_FSYNC);
      // The real files are never synced: what is certain is in the image.
      if (file.image != nullptr && (failed == SQLITE_OK || file.state->fault != Fault::kPowerLoss))
        file.image->Sync(failed == SQLITE_OK);
      return failed;
    },
    [](sqlite3_file* one, sqlite3_int64* size) {
      FOB_OR_FAIL(Kind::kLook, SQLITE_IOERR_FSTAT);
      return FOB_REAL(xFileSize, size);
    },
    [](sqlite3_file* one, int level) {
      FOB_OR_FAIL(Kind::kLook, SQLITE_IOERR_LOCK);
      return FOB_REAL(xLock, level);
    },
    [](sqlite3_file* one, int level) {
      File& file = Of(one);
      return FOB_REAL(xUnlock, level);
    },
    [](sqlite3_file* one, int* out) {
      FOB_OR_FAIL(Kind::kLook, SQLITE_IOERR_CHECKRESERVEDLOCK);
      return FOB_REAL(xCheckReservedLock, out);
    },
    [](sqlite3_file* one, int operation, void* argument) {
      File& file = Of(one);
      return FOB_REAL(xFileControl, operation, argument);
    },
    [](sqlite3_file* one) {
      File& file = Of(one);
      return FOB_REAL(xSectorSize);
    },
    [](sqlite3_file* one) {
      File& file = Of(one);
      return FOB_REAL(xDeviceCharacteristics);
    },
    [](sqlite3_file* one, int page, int size, int extend, void volatile** out) {
      FOB_OR_FAIL(extend != 0 ? Kind::kChange : Kind::kLook, SQLITE_IOERR_SHMMAP);
      return FOB_REAL(xShmMap, page, size, extend, out);
    },
    [](sqlite3_file* one, int offset, int count, int flags) {
      File& file = Of(one);
      return FOB_REAL(xShmLock, offset, count, flags);
    },
    [](sqlite3_file* one) {
      File& file = Of(one);
      FOB_REAL(xShmBarrier);
    },
    [](sqlite3_file* one, int remove) {
      File& file = Of(one);
      return FOB_REAL(xShmUnmap, remove);
    },
    nullptr,
    nullptr,
};

FaultVfs::FaultVfs() : state_(std::make_unique<State>()) {
  state_->real = sqlite3_vfs_find(nullptr);
  sqlite3_vfs& vfs = state_->vfs;
  vfs = *state_->real;
  vfs.szOsFile += static_cast<int>(sizeof(State::File));
  vfs.pNext = nullptr;
  vfs.zName = "fob-faults";
  vfs.pAppData = state_.get();
  vfs.xOpen = &State::Open;
  vfs.xDelete = &State::Delete;
  vfs.xAccess = [](sqlite3_vfs* one, const char* name, int flags, int* out) {
    State& state = State::Of(one);
    const std::lock_guard lock(state.mutex);
    const int failed = state.Fail(Kind::kLook, SQLITE_IOERR_ACCESS);
    return failed != SQLITE_OK ? failed : state.real->xAccess(state.real, name, flags, out);
  };
  vfs.xFullPathname = [](sqlite3_vfs* one, const char* name, int size, char* out) {
    State& state = State::Of(one);
    return state.real->xFullPathname(state.real, name, size, out);
  };
  Install();
}

FaultVfs::~FaultVfs() { Uninstall(); }

void FaultVfs::Install() { sqlite3_vfs_register(&state_->vfs, 1); }

void FaultVfs::Uninstall() {
  sqlite3_vfs_register(state_->real, 1);
  sqlite3_vfs_unregister(&state_->vfs);
}

void FaultVfs::Arm(Fault fault, int64_t operation) {
  const std::lock_guard lock(state_->mutex);
  state_->fault = fault;
  state_->at = operation;
  state_->count = 0;
  state_->struck = false;
  state_->disk.clear();
  state_->kept.clear();
}

int64_t FaultVfs::operations() const {
  const std::lock_guard lock(state_->mutex);
  return state_->count;
}

void FaultVfs::LosePower(bool some, uint64_t seed) {
  const std::lock_guard lock(state_->mutex);
  std::mt19937_64 random(seed);
  for (const auto& [path, entry] : state_->disk) {
    const DiskImage* left = entry.image.get();
    // A name that was never synced may be lost, and one that was removed be back.
    const bool unnamed = left != nullptr && !left->named() && !(some && random() % 2 == 0);
    if (left == nullptr || unnamed) left = some && random() % 2 == 0 ? nullptr : entry.ghost.get();
    ::unlink((path + "-shm").c_str());
    if (left == nullptr) {
      ::unlink(path.c_str());
      continue;
    }
    // In its place, so that the file keeps its mode.
    const Bytes content = left->Left(some, random);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + path);
  }
}

}  // namespace fob::testing
