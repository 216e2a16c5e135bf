#include "devices/fido/together.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <thread>

#include "base/unique_fd.h"

namespace fob::fido {

bool Together(const std::vector<std::function<void()>>& works, int interrupt_fd,
              std::atomic<bool>& stop) {
  // A semaphore of threads that are through.
  const UniqueFd through(::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE));
  std::vector<std::thread> threads;
  for (const auto& work : works) {
    threads.emplace_back([&work, &through] {
      work();
      const uint64_t one = 1;
      [[maybe_unused]] const ssize_t told = ::write(through.get(), &one, sizeof(one));
    });
  }
  for (size_t running = works.size(); through.valid() && running > 0;) {
    pollfd fds[] = {{through.get(), POLLIN, 0}, {stop ? -1 : interrupt_fd, POLLIN, 0}};
    ::poll(fds, std::size(fds), -1);
    if (fds[1].revents != 0) stop = true;
    if (fds[0].revents == 0) continue;
    uint64_t count = 0;
    if (::read(through.get(), &count, sizeof(count)) == sizeof(count)) --running;
  }
  for (std::thread& thread : threads) thread.join();
  return !stop;
}

}  // namespace fob::fido
