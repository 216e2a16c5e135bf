#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages_json.h"

namespace fob::proto {

inline SecretBytes Secret(std::string_view text) { return SecretBytes(text); }

Key BlueKey();
Otp PhoneOtp();

// The messages of one golden file, in order: a JSON array with one message a line, each line holding the
// message's exact bytes without the closing NUL.
using GoldenLines = std::vector<std::string>;

// One example of every message, by name of its golden file (the method's full name).
class Goldens {
 public:
  // Examples of one method: its call, then its replies.
  template <typename Method>
  class Example {
   public:
    explicit Example(GoldenLines& lines) : lines_(lines) {}

    Example& Call(const typename Method::In& in, bool more = false) {
      const std::string line = Keep(EncodeCall(Method::kName, ToJson(in), more));
      const auto call = ParseCall(line);
      EXPECT_TRUE(call.ok()) << line;
      if (!call.ok()) return *this;
      EXPECT_EQ(call->method, Method::kName);
      EXPECT_EQ(call->more, more);
      const auto again = FromJson<typename Method::In>(call->parameters, Unknown::kRefuse);
      EXPECT_TRUE(again.ok()) << line;
      if (again.ok()) {
        EXPECT_EQ(Text(EncodeCall(Method::kName, ToJson(*again), more)), line);
      }
      return *this;
    }
    Example& More(const typename Method::Out& out) { return Reply(out, true); }
    Example& Last(const typename Method::Out& out) { return Reply(out, false); }

   private:
    static std::string Text(const SecretBytes& frame) {
      const std::string_view text = frame.RevealText();
      EXPECT_LE(text.size(), kMaxMessage + 1);
      EXPECT_EQ(text.find('\0'), text.size() - 1) << "a frame ends with its only NUL";
      return std::string(text.substr(0, text.size() - 1));
    }
    std::string Keep(const SecretBytes& frame) { return lines_.emplace_back(Text(frame)); }

    Example& Reply(const typename Method::Out& out, bool continues) {
      const std::string line = Keep(EncodeReply(ToJson(out), continues));
      const auto reply = ParseReply(line);
      EXPECT_TRUE(reply.ok()) << line;
      if (!reply.ok()) return *this;
      EXPECT_EQ(reply->continues, continues);
      const auto again = FromJson<typename Method::Out>(reply->parameters, Unknown::kRefuse);
      EXPECT_TRUE(again.ok()) << line;
      if (again.ok()) {
        EXPECT_EQ(Text(EncodeReply(ToJson(*again), continues)), line);
      }
      return *this;
    }

    GoldenLines& lines_;
  };

  template <typename Method>
  Example<Method> Of() {
    return Example<Method>(files_[std::string(Method::kName)]);
  }
  GoldenLines& File(const std::string& name) { return files_[name]; }
  const std::map<std::string, GoldenLines>& files() const { return files_; }

 private:
  std::map<std::string, GoldenLines> files_;
};

// One of each kind.
std::vector<Device> SomeDevices();

void AddLoginExamples(Goldens& goldens);
void AddEnrolExamples(Goldens& goldens);
void AddTokenExamples(Goldens& goldens);
void AddWebExamples(Goldens& goldens);
void AddAdminExamples(Goldens& goldens);
void AddWorkerExamples(Goldens& goldens);
void AddDeviceExamples(Goldens& goldens);
void AddServiceExamples(Goldens& goldens);
void AddErrorExamples(Goldens& goldens);

}  // namespace fob::proto
