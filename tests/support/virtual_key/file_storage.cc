#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "base/unique_fd.h"
#include "tests/support/virtual_key/key_store.h"

namespace fob::testing {
namespace {

constexpr size_t kMaxStateSize = 16u << 20;

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + strerror(errno));
}

}  // namespace

std::optional<Bytes> FileStorage::Load() {
  const UniqueFd fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) {
    if (errno == ENOENT) return std::nullopt;
    Fail("cannot open " + path_);
  }
  Bytes out;
  uint8_t chunk[8192];
  while (true) {
    const ssize_t got = read(fd.get(), chunk, sizeof chunk);
    if (got < 0) Fail("cannot read " + path_);
    if (got == 0) return out;
    Append(out, ByteView(chunk, static_cast<size_t>(got)));
    if (out.size() > kMaxStateSize)
      throw std::runtime_error(path_ + " is too large to be a state file");
  }
}

void FileStorage::Save(ByteView state) {
  const std::string temporary = path_ + ".new";
  {
    const UniqueFd fd(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) Fail("cannot create " + temporary);
    size_t done = 0;
    while (done < state.size()) {
      const ssize_t put = write(fd.get(), state.data() + done, state.size() - done);
      if (put < 0) Fail("cannot write " + temporary);
      done += static_cast<size_t>(put);
    }
    if (fchmod(fd.get(), 0600) != 0 || fsync(fd.get()) != 0) Fail("cannot sync " + temporary);
  }
  if (rename(temporary.c_str(), path_.c_str()) != 0) Fail("cannot replace " + path_);
  const size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const UniqueFd directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || fsync(directory.get()) != 0) Fail("cannot sync " + folder);
}

}  // namespace fob::testing
