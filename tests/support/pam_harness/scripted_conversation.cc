#include "tests/support/pam_harness/scripted_conversation.h"

#include <gtest/gtest.h>
#include <string.h>

#include <cstdlib>
#include <utility>

namespace fob::testing {
namespace {

std::string Describe(int style, const std::string& text) {
  switch (style) {
    case PAM_PROMPT_ECHO_OFF:
      return "hidden: " + text;
    case PAM_PROMPT_ECHO_ON:
      return "shown: " + text;
    case PAM_ERROR_MSG:
      return "error: " + text;
    case PAM_TEXT_INFO:
      return "info: " + text;
    default:
      return "style " + std::to_string(style) + ": " + text;
  }
}

}  // namespace

ScriptedConversation& ScriptedConversation::Add(Line line) {
  lines_.push_back(std::move(line));
  return *this;
}

ScriptedConversation& ScriptedConversation::Info(std::string text) {
  return Add({PAM_TEXT_INFO, std::move(text), nullptr, PAM_SUCCESS, nullptr});
}

ScriptedConversation& ScriptedConversation::Error(std::string text) {
  return Add({PAM_ERROR_MSG, std::move(text), nullptr, PAM_SUCCESS, nullptr});
}

ScriptedConversation& ScriptedConversation::Hidden(std::string prompt, std::string answer) {
  return Add(
      {PAM_PROMPT_ECHO_OFF, std::move(prompt), [answer] { return answer; }, PAM_SUCCESS, nullptr});
}

ScriptedConversation& ScriptedConversation::Shown(std::string prompt, std::string answer) {
  return Add(
      {PAM_PROMPT_ECHO_ON, std::move(prompt), [answer] { return answer; }, PAM_SUCCESS, nullptr});
}

ScriptedConversation& ScriptedConversation::Shown(std::string prompt,
                                                  std::function<std::string()> answer) {
  return Add({PAM_PROMPT_ECHO_ON, std::move(prompt), std::move(answer), PAM_SUCCESS, nullptr});
}

ScriptedConversation& ScriptedConversation::Cancel(std::string prompt) {
  return Add({0, std::move(prompt), nullptr, PAM_CONV_ERR, nullptr});
}

ScriptedConversation& ScriptedConversation::NoAnswer(std::string prompt) {
  return Add({0, std::move(prompt), nullptr, PAM_SUCCESS, nullptr});
}

ScriptedConversation& ScriptedConversation::During(std::function<void()> what) {
  lines_.back().during = std::move(what);
  return *this;
}

ScriptedConversation& ScriptedConversation::AnyInfo() {
  any_info_ = true;
  return *this;
}

ScriptedConversation& ScriptedConversation::AnyError() {
  any_error_ = true;
  return *this;
}

int ScriptedConversation::Callback(int count, const pam_message** messages,
                                   pam_response** responses, void* self) {
  auto* answers =
      static_cast<pam_response*>(std::calloc(static_cast<size_t>(count), sizeof(pam_response)));
  for (int i = 0; i < count; ++i) {
    const int result = static_cast<ScriptedConversation*>(self)->Hear(*messages[i], answers[i]);
    if (result == PAM_SUCCESS) continue;
    for (int j = 0; j < i; ++j) std::free(answers[j].resp);
    std::free(answers);
    return result;
  }
  *responses = answers;
  return PAM_SUCCESS;
}

int ScriptedConversation::Hear(const pam_message& message, pam_response& response) {
  const std::string heard = Describe(message.msg_style, message.msg);
  seen_.push_back(heard);
  const bool expected = next_ < lines_.size() &&
                        std::string(message.msg).find(lines_[next_].text) != std::string::npos &&
                        (lines_[next_].style == message.msg_style || lines_[next_].style == 0);
  if (!expected) {
    if (any_info_ && message.msg_style == PAM_TEXT_INFO) return PAM_SUCCESS;
    if (any_error_ && message.msg_style == PAM_ERROR_MSG) return PAM_SUCCESS;
    ADD_FAILURE() << "the conversation's script expects "
                  << (next_ < lines_.size() ? Describe(lines_[next_].style, lines_[next_].text)
                                            : "nothing more")
                  << "\nand was given " << heard;
    return PAM_CONV_ERR;
  }
  const Line& line = lines_[next_++];
  if (line.during) line.during();
  if (line.answer) {
    if (const auto answer = line.answer()) response.resp = ::strdup(answer->c_str());
  }
  return line.result;
}

void ScriptedConversation::Finish() {
  if (std::exchange(finished_, true)) return;
  for (; next_ < lines_.size(); ++next_) {
    ADD_FAILURE() << "the conversation never came to "
                  << Describe(lines_[next_].style, lines_[next_].text);
  }
}

}  // namespace fob::testing
