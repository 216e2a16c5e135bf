// What web apps ask of fobd all day, over its socket:
//   bench-tokens introspect SOCKET CLIENT SECRET SECONDS TOKEN...   one connection, many calls under way at once
//   bench-tokens refresh SOCKET CLIENT SECRET SECONDS TOKEN...      a thread a token, each its chain of refreshes
// Prints how many were answered a second; an answer that is not good is an error.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "proto/connection.h"
#include "proto/messages_json.h"

namespace {

using namespace fob;
using std::chrono::steady_clock;

constexpr size_t kUnderWay = 48;  // below what a connection may have waiting

struct Ask {
  std::string socket, client, secret;
  double seconds = 0;
  std::vector<std::string> tokens;
};

int Dial(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

double Introspect(const Ask& ask) {
  std::vector<std::string> calls;
  for (const std::string& token : ask.tokens) {
    const auto frame = proto::EncodeCall(
        proto::token::Introspect::kName,
        proto::ToJson(proto::token::Introspect::In{ask.client, SecretBytes(std::string_view(ask.secret)), std::nullopt,
                                                   SecretBytes(std::string_view(token))}),
        false);
    calls.emplace_back(frame.RevealText());
  }
  const int fd = Dial(ask.socket);
  if (fd < 0) return 0;
  std::vector<char> in(256 * 1024);
  std::string reply;
  size_t asked = 0, answered = 0;
  const auto start = steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(steady_clock::now() - start).count(); };
  bool open = true;
  while (open || answered < asked) {
    std::string out;
    while (open && asked - answered < kUnderWay) out += calls[asked++ % calls.size()];
    for (size_t at = 0; at < out.size();) {
      const ssize_t sent = ::write(fd, out.data() + at, out.size() - at);
      if (sent <= 0) return 0;
      at += static_cast<size_t>(sent);
    }
    const ssize_t got = ::read(fd, in.data(), in.size());
    if (got <= 0) return 0;
    for (const char* at = in.data(); at < in.data() + got;) {
      const char* const end = std::find(at, const_cast<const char*>(in.data() + got), '\0');
      reply.append(at, end);
      at = end + 1;
      if (end == in.data() + got) break;
      if (reply.find("\"active\":true") == std::string::npos) {
        std::fprintf(stderr, "bench-tokens: %s\n", reply.c_str());
        std::exit(1);
      }
      reply.clear();
      ++answered;
    }
    if (open && elapsed() > ask.seconds) open = false;
  }
  const double rate = static_cast<double>(answered) / elapsed();
  ::close(fd);
  return rate;
}

double Refresh(const Ask& ask) {
  std::atomic<uint64_t> done = 0;
  std::atomic<bool> over = false;
  std::vector<std::thread> apps;
  const auto start = steady_clock::now();
  for (const std::string& first : ask.tokens) {
    apps.emplace_back([&] {
      SecretBytes token{std::string_view(first)};
      auto connection = proto::Connection::Open(ask.socket, proto::DeadlineIn(10'000));
      while (connection.ok() && !over) {
        auto out = connection->Call<proto::token::Refresh>(
            {ask.client, SecretBytes(std::string_view(ask.secret)), {}, std::move(token), std::nullopt},
            proto::DeadlineIn(60'000));
        if (!out.ok()) {
          std::fprintf(stderr, "bench-tokens: %s\n", out.error().text.c_str());
          std::exit(1);
        }
        token = std::move(*out->refresh_token);
        ++done;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(ask.seconds));
  const uint64_t answered = done;
  const double rate = static_cast<double>(answered) / std::chrono::duration<double>(steady_clock::now() - start).count();
  over = true;
  for (std::thread& app : apps) app.join();
  return rate;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 2;
  const Ask ask{argv[2], argv[3], argv[4], std::atof(argv[5]), {argv + 6, argv + argc}};
  const double rate = std::string_view(argv[1]) == "refresh" ? Refresh(ask) : Introspect(ask);
  if (rate == 0) return 1;
  std::printf("{\"per_second\": %.1f}\n", rate);
  return 0;
}
