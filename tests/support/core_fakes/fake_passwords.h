#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/core/ports/password_desk.h"

namespace fob::testing {

// Passwords of a map, answered at once.
class FakePasswords final : public core::PasswordDesk {
 public:
  std::map<std::string, std::string> known = {{"alice", "wonderland"}, {"bob", "builder"}, {"root", "toor"}};
  std::vector<std::string> asked;  // users
  std::optional<Error> broken;

  void Check(Question question, UniqueFunction<void(Status)> done) override {
    asked.push_back(question.user);
    if (broken.has_value()) return done(*broken);
    const auto found = known.find(question.user);
    const bool good = found != known.end() && question.password.RevealText() == found->second;
    done(good ? Ok() : Status(Denied("wrong_password", "that password is not right")));
  }
};

}  // namespace fob::testing
