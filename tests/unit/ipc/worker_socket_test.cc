// Key workers that a service manager starts: a connection each, and no process that is ours to kill.

#include "daemon/ipc/worker_socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>

#include "daemon/ipc/loop.h"
#include "daemon/ipc/worker_desk.h"

namespace fob::ipc {
namespace {

using std::chrono::milliseconds;

class WorkerSocketTest : public ::testing::Test {
 protected:
  WorkerSocketTest() : path_("/tmp/fob-workers-" + std::to_string(::getpid())) { std::filesystem::remove(path_); }
  ~WorkerSocketTest() override { std::filesystem::remove(path_); }

  // As systemd listens for a unit of Accept=yes.
  void Listen(int backlog = 16) {
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    ASSERT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener_.get(), backlog), 0);
  }
  UniqueFd Accept() {
    pollfd waiting{listener_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, 5000) == 1 ? UniqueFd(::accept(listener_.get(), nullptr, nullptr)) : UniqueFd();
  }
  bool NobodyWaits() {
    pollfd waiting{listener_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 0;
  }
  static bool AtEnd(const UniqueFd& worker) {
    pollfd gone{worker.get(), POLLIN, 0};
    char byte = 0;
    return ::poll(&gone, 1, 5000) == 1 && ::read(worker.get(), &byte, 1) == 0;
  }
  void Turn() {
    loop_.context().restart();
    loop_.context().run_for(milliseconds(20));
  }
  WorkerDesk MakeDesk() { return WorkerDesk(loop_, std::make_unique<WorkerSocket>(path_)); }

  const std::string path_;
  UniqueFd listener_;
  Loop loop_;
};

TEST_F(WorkerSocketTest, AConnectionIsAWorker) {
  Listen();
  auto worker = WorkerSocket(path_).Start();
  ASSERT_TRUE(worker.ok()) << worker.error().text;
  EXPECT_FALSE(worker->pidfd.valid());
  const UniqueFd accepted = Accept();
  ASSERT_TRUE(accepted.valid());
  worker->socket.reset();
  EXPECT_TRUE(AtEnd(accepted));
}

TEST_F(WorkerSocketTest, OneIdleWorkerIsKeptConnectedAndReplacedWhenItEnds) {
  Listen();
  WorkerDesk desk = MakeDesk();
  ASSERT_TRUE(desk.Prepare().ok());
  UniqueFd idle = Accept();
  ASSERT_TRUE(idle.valid());
  ASSERT_TRUE(desk.Prepare().ok());
  EXPECT_TRUE(NobodyWaits()) << "one is enough";
  idle.reset();
  ASSERT_TRUE(desk.Prepare().ok());
  EXPECT_TRUE(Accept().valid()) << "the one that ended was not replaced";
}

TEST_F(WorkerSocketTest, ACeremonyTakesTheIdleWorkerAndItsEndIsEndOfFile) {
  Listen();
  WorkerDesk desk = MakeDesk();
  ASSERT_TRUE(desk.Prepare().ok());
  const UniqueFd worker = Accept();
  auto conversation = desk.Start();
  ASSERT_TRUE(conversation.ok());
  Turn();
  EXPECT_TRUE(Accept().valid()) << "none is ready for the next ceremony";
  conversation->reset();
  Turn();
  EXPECT_TRUE(AtEnd(worker));
}

TEST_F(WorkerSocketTest, I1_ThatThereIsNoWorkerIsSaid) {
  auto worker = WorkerSocket(path_).Start();
  ASSERT_FALSE(worker.ok());
  EXPECT_EQ(worker.error().code, Code::kUnavailable);
  EXPECT_EQ(worker.error().reason, "worker_start");
  EXPECT_NE(worker.error().text.find("is fob-keyd.socket started?"), std::string::npos) << worker.error().text;
  Listen(0);
  // A service manager that accepts no more is not waited for.
  std::vector<UniqueFd> waiting;
  for (int i = 0; i < 64 && worker.error().text.find("started?") != std::string::npos; ++i) {
    auto more = WorkerSocket(path_).Start();
    if (!more.ok()) {
      worker = more.error();
      break;
    }
    waiting.push_back(std::move(more->socket));
  }
  EXPECT_EQ(worker.error().reason, "worker_start");
  EXPECT_EQ(worker.error().text.find("started?"), std::string::npos) << worker.error().text;
}

// Whoever else listened there would be sent PINs.
TEST_F(WorkerSocketTest, I5_AnotherAccountsSocketIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to listen as another account";
  ASSERT_EQ(::seteuid(65534), 0);
  Listen();
  ASSERT_EQ(::seteuid(0), 0);
  const auto worker = WorkerSocket(path_).Start();
  ASSERT_FALSE(worker.ok());
  EXPECT_NE(worker.error().text.find("uid 65534"), std::string::npos) << worker.error().text;
}

}  // namespace
}  // namespace fob::ipc
