#pragma once

#include <security/pam_appl.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fob::testing {

// The person at a host application, by a script: which messages and questions come in which order,
// and what is answered. A text is expected to contain what the script says. Finish(), which the
// destructor calls, fails the test when the script was not used up.
class ScriptedConversation {
 public:
  ScriptedConversation() = default;
  ~ScriptedConversation() { Finish(); }
  ScriptedConversation(const ScriptedConversation&) = delete;
  ScriptedConversation& operator=(const ScriptedConversation&) = delete;

  ScriptedConversation& Info(std::string text);
  ScriptedConversation& Error(std::string text);
  ScriptedConversation& Hidden(std::string prompt, std::string answer);  // typed without echo
  ScriptedConversation& Shown(std::string prompt, std::string answer);
  // An answer that is known only when it is asked for, such as a code of that moment.
  ScriptedConversation& Shown(std::string prompt, std::function<std::string()> answer);
  ScriptedConversation& Cancel(std::string prompt);    // the host answers PAM_CONV_ERR
  ScriptedConversation& NoAnswer(std::string prompt);  // the host answers success, and nothing
  // `what` runs inside the callback of the last message that was added.
  ScriptedConversation& During(std::function<void()> what);
  // Messages, or errors, that the script does not name are let pass.
  ScriptedConversation& AnyInfo();
  ScriptedConversation& AnyError();

  const pam_conv* conv() const { return &conv_; }
  // Each message as it came: "info: Touch your key".
  const std::vector<std::string>& seen() const { return seen_; }

  void Finish();
  // The script was played by a copy of this object in a child process, which checked it.
  void PlayedElsewhere() { finished_ = true; }

 private:
  struct Line {
    int style = 0;
    std::string text;
    std::function<std::optional<std::string>()> answer;
    int result = PAM_SUCCESS;
    std::function<void()> during;
  };

  static int Callback(int count, const pam_message** messages, pam_response** responses,
                      void* self);
  int Hear(const pam_message& message, pam_response& response);
  ScriptedConversation& Add(Line line);

  pam_conv conv_{&Callback, this};
  std::vector<Line> lines_;
  size_t next_ = 0;
  std::vector<std::string> seen_;
  bool any_info_ = false;
  bool any_error_ = false;
  bool finished_ = false;
};

}  // namespace fob::testing
