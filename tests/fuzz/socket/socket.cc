// What a caller may send to fobd's socket, and a daemon to its client: frames, envelopes, messages.
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <string>

#include "proto/envelope.h"
#include "proto/every_method.h"
#include "proto/frame.h"
#include "proto/messages_json.h"

namespace {

using namespace fob;
using namespace fob::proto;

template <typename Message>
void TryMessage(const boost::json::object& object) {
  const auto strict = FromJson<Message>(object, Unknown::kRefuse);
  const auto lenient = FromJson<Message>(object, Unknown::kIgnore);
  FUZZ_REQUIRE(!strict.ok() || lenient.ok());
  if (!lenient.ok()) return;
  // What was read can be written, and reads as the same again.
  const boost::json::object written = ToJson(*lenient);
  const auto again = FromJson<Message>(written, Unknown::kRefuse);
  FUZZ_REQUIRE(again.ok());
  FUZZ_REQUIRE(ToJson(*again) == written);
}

template <typename... Methods>
struct List {
  static void TryCall(const Call& call) { (TryIn<Methods>(call), ...); }
  static void TryReply(const Reply& reply) { (TryMessage<typename Methods::Out>(reply.parameters), ...); }

 private:
  template <typename Method>
  static void TryIn(const Call& call) {
    if (call.method == Method::kName) TryMessage<typename Method::In>(call.parameters);
  }
};

using All = EveryMethod<List>;

void TryText(std::string_view text) {
  if (const auto call = ParseCall(text); call.ok()) All::TryCall(*call);
  if (const auto reply = ParseReply(text); reply.ok()) {
    if (!reply->error.empty()) FUZZ_REQUIRE(!ErrorFromReply(*reply).text.empty());
    All::TryReply(*reply);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = size_t{data[0]} * 16 + 1;  // the stream comes in pieces of this size
  ByteView rest(data + 1, size - 1);
  FrameReader reader;
  for (;;) {
    const auto message = reader.Next();
    if (!message.ok()) return 0;
    if (message->has_value()) {
      TryText(**message);
      continue;
    }
    if (rest.empty()) return 0;
    const auto space = reader.Space();
    FUZZ_REQUIRE(!space.empty());
    const size_t take = std::min({space.size(), rest.size(), piece});
    std::copy_n(rest.begin(), take, space.begin());
    reader.Filled(take);
    rest = rest.subspan(take);
  }
}
