#include "devices/worker/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <functional>

#include "devices/fido/ceremony.h"
#include "devices/fido/failure.h"
#include "devices/fido/key_care.h"
#include "devices/worker/calls.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

namespace fob::worker {
namespace {

constexpr std::string_view kInterface = "org.fobd.Worker";
constexpr int kSendTimeoutMs = 2000;  // fobd reads at once, or is in trouble

class Server {
 public:
  Server(UniqueFd socket, fido::KeyRing& ring)
      : socket_(std::move(socket)),
        ceremony_(ring, socket_.get(), Teller()),
        care_(ring, socket_.get(), Teller()) {}

  int Run() {
    for (;;) {
      auto message = reader_.Next();
      if (!message.ok()) return Refuse(message.error());
      if (message->has_value()) {
        auto call = ParseCall(**message);
        if (!call.ok()) return Refuse(call.error());
        if (!Serve(*std::move(call))) return AtEnd() ? 0 : 1;
        continue;
      }
      const auto space = reader_.Space();
      const ssize_t got = ::recv(socket_.get(), space.data(), space.size(), 0);
      if (got > 0) {
        reader_.Filled(static_cast<size_t>(got));
      } else if (got == 0) {
        return reader_.partial() ? 1 : 0;
      } else if (errno != EINTR) {
        return 1;
      }
    }
  }

 private:
  // False: fobd is gone, or talks out of turn.
  bool Serve(WorkerCall call) {
    return std::visit([this](auto& request) { return Answer(request); }, call);
  }

  bool Answer(const fido::AssertionRequest& request) {
    tell_ = &Server::Tell<proto::worker::GetAssertion>;
    return Reply(ceremony_.GetAssertion(request), AssertionReply);
  }
  bool Answer(const fido::CredentialRequest& request) {
    tell_ = &Server::Tell<proto::worker::MakeCredential>;
    return Reply(ceremony_.MakeCredential(request), CredentialReply);
  }
  bool Answer(const ListRequest& request) {
    return Reply(care_.List(request.timeout_ms), ListReply);
  }
  bool Answer(const fido::PinChange& change) {
    tell_ = &Server::Tell<proto::worker::ChangePin>;
    return Reply(care_.ChangePin(change), [](Unit) { return proto::worker::ChangePin::Out{{}, true}; });
  }
  bool Answer(const ResetRequest& request) {
    tell_ = &Server::Tell<proto::worker::ResetDevice>;
    return Reply(care_.Reset(request.path, request.timeout_ms),
                 [](Unit) { return proto::worker::ResetDevice::Out{{}, true}; });
  }

  template <typename T, typename Make>
  bool Reply(Result<T> outcome, Make make) {
    if (!outcome.ok()) return ReplyError(outcome.error());
    return !broken_ && Send(Encode(make(*std::move(outcome)), false));
  }
  bool ReplyError(const Error& error) {
    if (broken_) return false;
    // Only the socket interrupts: nobody is left to read this, but a peer that merely shut its side
    // down.
    const bool cancelled = error.reason == fido::FailureName(fido::Failure::kCancelled);
    const bool sent = Send(proto::EncodeError(kInterface, error));
    return sent && !cancelled;
  }

  // fobd is gone, as opposed to talking out of turn.
  bool AtEnd() const {
    char byte = 0;
    const ssize_t got = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

  std::function<void(const fido::Progress&)> Teller() {
    return [this](const fido::Progress& progress) { (this->*tell_)(progress); };
  }

  template <typename Method>
  void Tell(const fido::Progress& progress) {
    typename Method::Out out;
    out.progress = ProgressMessage(progress);
    Send(Encode(out, true));
  }

  // What is not of the protocol ends the worker: the next ceremony gets a fresh one.
  int Refuse(const Error& error) {
    const std::string_view name = error.reason;
    if (name == "unknown_method") {
      Send(proto::EncodeServiceError("MethodNotFound", "method", error.text));
    } else if (name == "expected_more") {
      Send(proto::EncodeServiceError("ExpectedMore", "", ""));
    } else if (name == "bad_parameter") {
      Send(proto::EncodeServiceError("InvalidParameter", "parameter",
                                     error.text.substr(0, error.text.find(':'))));
    } else {
      Send(proto::EncodeError(kInterface, error));
    }
    return 1;
  }

  template <typename Out>
  static SecretBytes Encode(const Out& out, bool continues) {
    return proto::EncodeReply(proto::ToJson(out, proto::WipingStorage()), continues);
  }

  bool Send(const SecretBytes& frame) {
    ByteView rest = frame.Reveal();
    while (!rest.empty() && !broken_) {
      const ssize_t sent =
          ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) {
        rest = rest.subspan(static_cast<size_t>(sent));
      } else if (errno == EAGAIN) {
        pollfd writable{socket_.get(), POLLOUT, 0};
        broken_ = ::poll(&writable, 1, kSendTimeoutMs) == 0;
      } else if (errno != EINTR) {
        broken_ = true;
      }
    }
    return !broken_;
  }

  const UniqueFd socket_;
  proto::FrameReader reader_;
  fido::Ceremony ceremony_;
  fido::KeyCare care_;
  // Progress is a reply of the method that runs.
  void (Server::*tell_)(const fido::Progress&) = &Server::Tell<proto::worker::GetAssertion>;
  bool broken_ = false;
};

// Calls block; the descriptor that came may not.
bool MakeBlocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

}  // namespace

int RunWorker(UniqueFd socket, fido::KeyRing& ring) {
  if (!MakeBlocking(socket.get())) return 1;
  return Server(std::move(socket), ring).Run();
}

}  // namespace fob::worker
