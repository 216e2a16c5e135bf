#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "proto/envelope.h"
#include "proto/json_fields.h"

namespace fob::cli {
namespace {

std::string_view WayOut(const Error& error) {
  if (IsUnreachable(error)) {
    return "Is it running? See: systemctl status fobd, or start it: fobd --config FILE. Another socket is named with --socket PATH "
           "or FOB_SOCKET.";
  }
  return "";
}

}  // namespace

Output MakeOutput(boost::json::object json, std::string_view text, std::string_view notice) {
  Output out;
  out.json = std::move(json);
  out.text.Append(text);
  out.notice = notice;
  return out;
}

Output SecretOutput(boost::json::object json, const SecretBytes& secret, std::string_view notice) {
  Output out = MakeOutput(std::move(json), "", notice);
  out.text.Append(secret);
  out.text.Append("\n");
  return out;
}

Status WriteAll(int fd, std::string_view text, int interrupt_fd) {
  // The reading end of a pipe would never be ready.
  const int flags = ::fcntl(fd, F_GETFL);
  const bool writable = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
  if (flags >= 0 && !writable) errno = EBADF;
  while (writable && !text.empty()) {
    pollfd fds[2] = {{fd, POLLOUT, 0}, {interrupt_fd, POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) break;
    if (fds[1].revents != 0) return MakeError(Code::kCancelled, "interrupted", "interrupted");
    if (fds[0].revents == 0) continue;
    // A pipe that is ready takes PIPE_BUF bytes without blocking.
    const ssize_t wrote = ::write(fd, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
    if (wrote >= 0) {
      text.remove_prefix(static_cast<size_t>(wrote));
    } else if (errno != EINTR && errno != EAGAIN) {
      break;
    }
  }
  if (text.empty()) return Ok();
  return MakeError(Code::kInternal, "write_failed",
                   fmt::format("cannot write the result: {}", std::strerror(errno)));
}

Status WriteJson(int fd, const boost::json::object& json, int interrupt_fd) {
  SecretBytes frame = proto::EncodeFrame(json);
  frame.RevealMutable().back() = '\n';  // in place of the frame's NUL
  return WriteAll(fd, frame.RevealText(), interrupt_fd);
}

boost::json::object ErrorJson(const Error& error) {
  boost::json::object body;
  body["code"] = proto::Text(CodeName(error.code), {});
  body["reason"] = proto::Text(error.reason, {});
  body["message"] = proto::Text(error.text, {});
  boost::json::object out;
  out["error"] = std::move(body);
  return out;
}

std::string ErrorText(const Error& error) {
  std::string out;
  std::string_view rest = error.text.empty() ? CodeName(error.code) : std::string_view(error.text);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    out += fmt::format("fobctl: {}\n", Printable(line));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  if (const auto way_out = WayOut(error); !way_out.empty())
    out += fmt::format("fobctl: {}\n", way_out);
  return out;
}

}  // namespace fob::cli
