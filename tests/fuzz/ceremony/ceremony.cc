// A login, a change of factors or the care of a key, to which the input's bytes happen: each byte is one choice of what
// comes next, so that mutation changes one event or two. The first chooses the ceremony.
#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <string>

#include "tests/support/ceremonies/any_event.h"
#include "tests/support/ceremonies/device_walk.h"
#include "tests/support/ceremonies/enrol_walk.h"
#include "tests/support/ceremonies/login_walk.h"

namespace {

using namespace fob;
using namespace fob::testing;

class Input final : public Choices {
 public:
  Input(const uint8_t* data, size_t size) : next_(data), end_(data + size) {}
  int Roll(int sides) override { return next_ == end_ ? 0 : *next_++ % sides; }
  bool over() const { return next_ == end_; }

 private:
  const uint8_t* next_;
  const uint8_t* const end_;
};

template <typename Walk>
void Go(Walk walk, Input& input) {
  while (!input.over()) {
    const std::string wrong = walk.Take(AnyEvent(walk.state(), input));
    if (!wrong.empty()) std::fprintf(stderr, "%s\n", wrong.c_str());
    FUZZ_REQUIRE(wrong.empty());
  }
}

template <typename Action>
Action AnyAction(Action last, Input& input) {
  return static_cast<Action>(input.Roll(static_cast<int>(last) + 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  switch (input.Roll(3)) {
    case 0:
      Go(LoginWalk(AnyWays(input)), input);
      break;
    case 1: {
      const auto action = AnyAction(core::EnrolAction::kTestKey, input);
      const bool proof_needed = !input.OneIn(3);
      Go(EnrolWalk(action, proof_needed, AnyPlan(input)), input);
      break;
    }
    default: {
      const auto action = AnyAction(core::DeviceAction::kReset, input);
      Go(DeviceWalk(action, input.Roll(4)), input);
    }
  }
  return 0;
}
