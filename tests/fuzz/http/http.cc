// An HTTP request in pieces: however it is cut, it is the same request or none, and nothing of it is out of bounds.
#include "tests/fuzz/fuzz.h"
#include "web/http/proxies.h"
#include "web/http/request_parser.h"

using namespace fob;
using namespace fob::web;

namespace {

constexpr MessageLimits kLimits{2048, 1024, 20};

// Ends every header, so that what is wrong with one is found: a part that came late is looked at when the header is whole.
constexpr std::string_view kEnd = "\r\n\r\n";

// The state at the end of `whole`, fed as it comes or cut at `cut`.
std::string Told(std::string_view whole, size_t cut) {
  RequestParser parser(kLimits);
  std::string held;
  size_t used = 0;
  for (const std::string_view piece : {whole.substr(0, cut), whole.substr(cut), kEnd}) {
    held += piece;
    if (parser.complete() || parser.bad()) break;
    const size_t now = parser.Feed(held);
    FUZZ_REQUIRE(now <= held.size());
    held.erase(0, now);
    // What waits for more is kept: never without end.
    FUZZ_REQUIRE(parser.complete() || parser.bad() || held.size() <= kLimits.header_bytes);
    used += now;
  }
  if (parser.bad()) return "bad";
  if (!parser.complete()) return "more";
  Request request = parser.Take();
  FUZZ_REQUIRE(request.path.starts_with('/') && request.body.size() <= kLimits.body_bytes && request.fields.size() <= kLimits.fields);
  std::string told = request.method + " " + request.path + "?" + request.query + " " + std::string(request.body.RevealText());
  for (const auto& [name, value] : request.fields) told += "\n" + name + ":" + value;
  request.client.address = "127.0.0.1";
  const auto proxies = Proxies::Parse({"127.0.0.1", "10.0.0.0/8"});
  proxies->Identify(request);
  return told + "\n" + std::to_string(used) + (parser.keep_alive() ? "k" : "c");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t cut = size == 0 ? 0 : data[0] % (size + 1);
  FUZZ_REQUIRE(Told(text, size) == Told(text, cut));
  return 0;
}
