#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "proto/envelope.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

namespace fob::testing {

// A stand-in for fobd on a Unix socket that plays a script, one step after the other, on its own
// thread:
//
//   ScriptedDaemon daemon(folder / "fobd.sock");
//   daemon.Accept().Expect<Begin>(check).Ask(Kind::kCode, "Code: ", true)
//         .Expect<Continue>(check).Grant(Outcome::kLogin, "alice", "handle").ExpectClosed();
//   daemon.Start();
//   ... a client talks to it ...
//   daemon.Finish();
//
// Each wait is bounded. Finish(), which the destructor calls, fails the test when a step failed,
// when the script was not used up, or when a client called that the script does not know of.
class ScriptedDaemon {
 public:
  // Binds and listens at once: a client that connects before Start() waits.
  explicit ScriptedDaemon(std::string path);
  ~ScriptedDaemon();
  ScriptedDaemon(const ScriptedDaemon&) = delete;
  ScriptedDaemon& operator=(const ScriptedDaemon&) = delete;

  const std::string& path() const { return path_; }

  // --- what the client must do
  ScriptedDaemon& Accept();
  // The next call is Method, with "more" exactly where it streams, and its parameters are exactly
  // those of the interface; `check` looks at them (with EXPECT_...).
  template <typename Method>
  ScriptedDaemon& Expect(std::function<void(const typename Method::In&)> check = nullptr) {
    return ExpectCall(Method::kName, [check](const boost::json::object& parameters) -> std::string {
      auto in = proto::FromJson<typename Method::In>(parameters, proto::Unknown::kRefuse);
      if (!in.ok()) return "bad parameter " + in.error().text;
      if (check) check(*in);
      return "";
    });
  }
  ScriptedDaemon& ExpectClosed();  // the client hangs up, having said nothing more

  // --- what the daemon says
  ScriptedDaemon& Info(proto::Info::Kind kind, std::string message);
  ScriptedDaemon& Ask(proto::Ask::Kind kind, std::string prompt, bool echo);
  ScriptedDaemon& Grant(proto::Granted::Outcome outcome, std::string user, std::string handle = "");
  ScriptedDaemon& Refuse(Code code, std::string reason,
                         std::string message);  // an error of org.fobd.Login
  template <typename Out>
  ScriptedDaemon& Reply(const Out& out) {
    return Frame(boost::json::serialize(boost::json::object{{"parameters", proto::ToJson(out)}}));
  }
  ScriptedDaemon& Frame(std::string text);   // any text, with the NUL behind it
  ScriptedDaemon& Raw(std::string bytes);    // any bytes
  ScriptedDaemon& Flood(std::string bytes);  // again and again, until the client hangs up
  // --- what the daemon does
  ScriptedDaemon& Close();          // hangs up
  ScriptedDaemon& StopListening();  // and removes its socket
  ScriptedDaemon& Run(std::function<void()> what);

  void Start();
  void Finish();

 private:
  using Step = std::function<std::string()>;  // what went wrong, empty when nothing did

  ScriptedDaemon& Add(std::string name, Step step);
  ScriptedDaemon& ExpectCall(std::string_view method,
                             std::function<std::string(const boost::json::object&)> check);
  std::string WaitFor(int fd, short events);
  std::string Write(std::string_view bytes);
  void Play();

  std::string path_;
  UniqueFd listener_;
  UniqueFd stop_;
  UniqueFd peer_;
  proto::FrameReader reader_;
  std::vector<std::pair<std::string, Step>> steps_;
  std::thread thread_;
  std::mutex mutex_;  // guards played_ and problem_
  std::condition_variable moved_;
  size_t played_ = 0;
  std::string problem_;
  bool finished_ = false;
};

}  // namespace fob::testing
