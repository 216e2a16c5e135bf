// scripted-worker BEHAVIOUR: talks to fobd on descriptor 0 as a key worker does, or as it should
// not.

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

extern char** environ;

namespace {

using fob::proto::worker::GetAssertion;

void Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(0, bytes.data(), bytes.size());
    if (written <= 0) std::exit(0);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void Reply(const GetAssertion::Out& out, bool continues) {
  Write(fob::proto::EncodeReply(fob::proto::ToJson(out), continues).RevealText());
}

// The next call; the program ends at end-of-file.
fob::proto::Call Next() {
  static fob::proto::FrameReader reader;
  for (;;) {
    auto message = reader.Next();
    if (!message.ok()) std::exit(3);
    if (message->has_value()) {
      auto call = fob::proto::ParseCall(**message);
      if (!call.ok()) std::exit(3);
      return *std::move(call);
    }
    const auto space = reader.Space();
    const ssize_t size = ::read(0, space.data(), space.size());
    if (size <= 0) std::exit(0);
    reader.Filled(static_cast<size_t>(size));
  }
}

GetAssertion::Out Touch() {
  GetAssertion::Out out;
  out.progress = fob::proto::Progress{fob::proto::Progress::Kind::kTouch, "scripted", {}};
  return out;
}

GetAssertion::Out Pin() {
  GetAssertion::Out out;
  out.pin_needed = fob::proto::PinNeeded{"scripted", 5, {}};
  return out;
}

GetAssertion::Out Assertion(std::string device) {
  GetAssertion::Out out;
  out.assertion.emplace();
  out.assertion->rp_id = "login.example.org";
  out.assertion->credential_id = "AA";
  out.assertion->auth_data = "AA";
  out.assertion->signature = "AA";
  out.assertion->device = std::move(device);
  return out;
}

// What it was started with: descriptors, environment, blocked signals.
std::string Inheritance() {
  std::set<std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code failed;
    const auto target = std::filesystem::read_symlink(entry.path(), failed);
    if (!failed && target.string().find("/proc/") != 0) open.insert(entry.path().filename());
  }
  std::string text = "fds";
  for (const std::string& fd : open) text += " " + fd;
  text += environ[0] == nullptr ? ", no environment" : ", an environment";
  sigset_t blocked;
  ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
  text += ::sigismember(&blocked, SIGTERM) == 1 ? ", SIGTERM blocked" : ", nothing blocked";
  return text;
}

[[noreturn]] void Forever() {
  for (;;) ::poll(nullptr, 0, 1000);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view behaviour = argc > 1 ? argv[1] : "";
  ::alarm(60);  // whatever happens, it does not outlive the tests for long
  if (behaviour == "dies") return 1;
  if (behaviour == "deaf") Forever();
  const auto call = Next();
  if (behaviour == "dies later") return 1;
  if (behaviour == "mute") return Next(), 0;
  if (behaviour == "garbage") Write(std::string_view("this is no reply\0", 17));
  if (behaviour == "empty") Write(std::string_view("\0", 1));
  if (behaviour == "other type")
    Write(std::string_view("{\"parameters\":{\"assertion\":7}}\0", 31));
  if (behaviour == "cut") return Write("{\"parameters\":{\"asser"), 0;
  if (behaviour == "endless") {
    for (;;) Write(std::string(4096, 'x'));
  }
  if (behaviour == "floods") {
    for (;;) Reply(Touch(), true);
  }
  if (behaviour == "refuses") {
    Write(fob::proto::EncodeError("org.fobd.Worker",
                                  fob::MakeError(fob::Code::kDenied, "no_touch", "not touched"))
              .RevealText());
  }
  if (behaviour == "shouts") {  // long and ill-formed words
    auto touch = Touch();
    touch.progress->device = std::string(20'000, '\x1b');
    touch.progress->kind = fob::proto::Progress::Kind::kWrongKey;
    Reply(touch, true);
    Write(fob::proto::EncodeError("org.fobd.Worker",
                                  fob::MakeError(fob::Code::kDenied, std::string(20'000, 'r'),
                                                 std::string(20'000, '\x1b')))
              .RevealText());
  }
  if (behaviour == "tells") Reply(Assertion(Inheritance()), false);
  if (behaviour == "answers") {
    Reply(Touch(), true);
    Reply(Assertion("scripted"), false);
  }
  if (behaviour == "asks") {
    Reply(Pin(), false);
    const auto second = Next();
    Reply(Assertion(second.parameters.contains("pin") ? "with a pin" : "without"), false);
  }
  if (behaviour == "foretells") {  // two replies in one go
    std::string both(fob::proto::EncodeReply(fob::proto::ToJson(Pin()), false).RevealText());
    both += fob::proto::EncodeReply(fob::proto::ToJson(Assertion("foretold")), false).RevealText();
    Write(both);
    (void)Next();  // the second call; it says nothing more
  }
  if (behaviour == "babbles") {
    Reply(Pin(), false);
    Write(std::string(200 * 1024, 'x'));
  }
  (void)Next();
  return 0;
}
