#include "tests/support/process_memory/process_memory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <thread>

#include "base/unique_fd.h"

namespace fob::testing {
namespace {

std::string Around(std::string_view text, size_t at, size_t size) {
  const size_t from = at < 40 ? 0 : at - 40;
  std::string shown(text.substr(from, at - from + size + 40));
  for (char& c : shown) {
    if (std::isprint(static_cast<unsigned char>(c)) == 0) c = '.';
  }
  return shown;
}

}  // namespace

std::vector<std::string> FindIn(std::string_view where, std::string_view text,
                                const std::vector<PlantedSecret>& secrets) {
  std::vector<std::string> found;
  for (const PlantedSecret& secret : secrets) {
    for (size_t at = text.find(secret.bytes); at != text.npos;
         at = text.find(secret.bytes, at + 1)) {
      found.push_back(secret.name + " in " + std::string(where) + ", among \"" +
                      Around(text, at, secret.bytes.size()) + "\"");
    }
  }
  return found;
}

std::optional<std::vector<std::string>> FindInMemory(pid_t pid,
                                                     const std::vector<PlantedSecret>& secrets) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const UniqueFd memory(::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::ifstream maps(folder + "/maps");
  if (!memory.valid() || !maps) return std::nullopt;
  std::vector<std::string> found;
  size_t mappings = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long long begin = 0, end = 0;
    char rights[5] = "";
    if (std::sscanf(line.c_str(), "%llx-%llx %4s", &begin, &end, rights) != 3) continue;
    if (rights[0] != 'r' || rights[1] != 'w') continue;
    std::string content(end - begin, '\0');
    size_t have = 0;
    while (have < content.size()) {
      const ssize_t got = ::pread(memory.get(), content.data() + have, content.size() - have,
                                  static_cast<off_t>(begin + have));
      if (got <= 0) break;
      have += static_cast<size_t>(got);
    }
    if (have > 0) ++mappings;
    const size_t name = line.find_first_of("[/");
    const std::string where = name == line.npos ? "an unnamed mapping" : line.substr(name);
    const auto some = FindIn(where, std::string_view(content).substr(0, have), secrets);
    found.insert(found.end(), some.begin(), some.end());
  }
  if (mappings == 0) return std::nullopt;
  return found;
}

LastMoment::LastMoment(pid_t pid) : pid_(pid) {
  attached_ = ::ptrace(PTRACE_SEIZE, pid, nullptr,
                       reinterpret_cast<void*>(static_cast<uintptr_t>(PTRACE_O_TRACEEXIT))) == 0;
}

bool LastMoment::Wait() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (attached_ && std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    const pid_t got = ::waitpid(pid_, &status, __WALL | WNOHANG);
    if (got < 0) break;
    if (got == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // waitpid has no deadline
      continue;
    }
    if (!WIFSTOPPED(status)) break;
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) return ending_ = true;
    const bool event = status >> 16 != 0;
    ::ptrace(PTRACE_CONT, pid_, nullptr,
             reinterpret_cast<void*>(static_cast<uintptr_t>(event ? 0 : WSTOPSIG(status))));
  }
  attached_ = false;
  return false;
}

LastMoment::~LastMoment() {
  if (!attached_) return;
  if (!ending_) {
    ::kill(pid_, SIGKILL);
    Wait();
  }
  ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
}

}  // namespace fob::testing
