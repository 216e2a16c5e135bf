#include "web/http/request_parser.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

namespace fob::web {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

// "0\r\n\r\n". Beast takes it for granted, by an assertion, that it never looks at less of a last chunk: and until a chunked
// message is over, so much of it is still to come.
constexpr size_t kShortestLastChunk = 5;  // bytes

// A second one of these would be read differently by somebody before or behind us.
constexpr std::array<std::string_view, 7> kOnce = {"host",   "authorization",     "content-type", "content-length",
                                                   "origin", "transfer-encoding", "expect"};

bool IsTargetCharacter(char c) { return c > ' ' && c < 0x7f && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\'; }

BadMessage TooLarge() { return {431, "the header is too large"}; }

BadMessage Explain(const error_code& failed) {
  if (failed == http::error::header_limit) return TooLarge();
  if (failed == http::error::body_limit) return {413, "the body is too large"};
  if (failed == http::error::bad_version) return {505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return {400, "this is not a well-formed HTTP/1.1 request"};
}

}  // namespace

struct RequestParser::Impl final : http::basic_parser<true> {
  explicit Impl(const MessageLimits& limits) : limits_(limits) {
    // Beast's own measure depends on how the header is cut: Feed's is the one that counts.
    header_limit(static_cast<std::uint32_t>(2 * limits.header_bytes));
    body_limit(limits.body_bytes);
  }

  error_code Refuse(int status, std::string text) {
    bad_ = BadMessage{status, std::move(text)};
    return http::error::bad_value;
  }

  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code& failed) override {
    version_ = version;
    // Targets of proxies (absolute-form) and of OPTIONS * are nobody's here.
    if (target.empty() || target.front() != '/' || !std::all_of(target.begin(), target.end(), IsTargetCharacter)) {
      failed = Refuse(400, "the request's target is not a path");
      return;
    }
    request_.method.assign(method.data(), method.size());
    const std::string_view whole(target.data(), target.size());
    const size_t question = whole.find('?');
    request_.path = whole.substr(0, question);
    if (question != std::string_view::npos) request_.query = whole.substr(question + 1);
  }
  void on_response_impl(int, beast::string_view, int, error_code& failed) override {
    failed = http::error::bad_version;
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value, error_code& failed) override {
    if (is_header_done()) return;  // of a trailer: no proxy looked at it, and nothing here needs one (RFC 9110 clause 6.5.1)
    if (request_.fields.size() >= limits_.fields) {
      failed = Refuse(431, "too many header fields");
      return;
    }
    std::string lower(name.data(), name.size());
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (std::ranges::find(kOnce, lower) != kOnce.end() && request_.Field(lower)) {
      failed = Refuse(400, "the header field " + lower + " stands twice");
      return;
    }
    request_.fields.emplace_back(std::move(lower), std::string(value.data(), value.size()));
  }
  void on_header_impl(error_code& failed) override {
    if (!request_.Field("host") && version_ >= 11) {
      failed = Refuse(400, "the request has no Host");
    } else if (const auto coding = request_.Field("transfer-encoding");
               coding && (!beast::iequals(beast::string_view(coding->data(), coding->size()), "chunked") || version_ < 11)) {
      failed = Refuse(501, "of transfer codings only chunked is known");
    } else if (const auto expected = request_.Field("expect"); expected && *expected != "100-continue") {
      failed = Refuse(417, "of expectations only 100-continue is known");
    }
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) Reserve(static_cast<size_t>(*length));
  }
  std::size_t on_body_impl(beast::string_view body, error_code& failed) override {
    Append(body, failed);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override { chunk_began_ = true; }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code& failed) override {
    Append(body, failed);
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  void Reserve(size_t size) {
    if (size <= request_.body.size()) return;
    SecretBytes larger(size);
    const auto old = request_.body.Reveal().first(filled_);
    std::ranges::copy(old, larger.RevealMutable().begin());
    request_.body = std::move(larger);
  }
  void Append(beast::string_view body, error_code& failed) {
    if (body.size() > limits_.body_bytes - filled_) {
      failed = http::error::body_limit;
      return;
    }
    if (filled_ + body.size() > request_.body.size()) Reserve(std::max(filled_ + body.size(), 2 * filled_));
    std::copy(body.begin(), body.end(), request_.body.RevealMutable().begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += body.size();
  }

  const MessageLimits limits_;
  Request request_;
  size_t filled_ = 0;
  size_t header_used_ = 0;  // bytes of the header that were used up
  bool began_ = false;
  bool chunk_began_ = false;  // its size and extensions were used up, of a last one the trailer, too
  int version_ = 11;
  std::optional<BadMessage> bad_;
};

RequestParser::RequestParser(const MessageLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

size_t RequestParser::Feed(std::string_view bytes) {
  // RFC 9112 clause 2.2: an empty line before a request is no part of it. One, and no more.
  if (!impl_->began_ && bytes == "\r") return 0;
  size_t used = !std::exchange(impl_->began_, true) && bytes.starts_with("\r\n") ? 2 : 0;
  while (used < bytes.size() && !complete() && !bad()) {
    if (header_done() && impl_->chunked() && bytes.size() - used < kShortestLastChunk) break;
    error_code failed;
    const bool in_header = !header_done();
    const size_t now = impl_->put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), failed);
    used += now;
    // What stands around a body is kept until it is whole: so much of it, and no more.
    const size_t waiting = failed == http::error::need_more ? bytes.size() - used : 0;
    if (in_header) impl_->header_used_ += now;
    const size_t taken = in_header ? impl_->header_used_ : std::exchange(impl_->chunk_began_, false) ? now : 0;
    if (taken + waiting > impl_->limits_.header_bytes && !bad()) {
      impl_->bad_ = in_header ? TooLarge() : BadMessage{400, "a chunk's extensions or trailer are too large"};
    }
    if (failed == http::error::need_more) break;
    if (failed) {
      if (!impl_->bad_) impl_->bad_ = Explain(failed);
    } else if (now == 0) {
      break;
    }
  }
  return used;
}

bool RequestParser::header_done() const { return impl_->is_header_done(); }
bool RequestParser::complete() const { return impl_->is_done() && !bad(); }
const std::optional<BadMessage>& RequestParser::bad() const { return impl_->bad_; }
bool RequestParser::expects_continue() const {
  return header_done() && !complete() && impl_->filled_ == 0 && impl_->request_.Field("expect").has_value();
}
bool RequestParser::keep_alive() const { return impl_->keep_alive(); }
bool RequestParser::http_1_0() const { return impl_->version_ < 11; }

Request RequestParser::Take() {
  Request request = std::move(impl_->request_);
  if (impl_->filled_ < request.body.size()) request.body = SecretBytes(request.body.Reveal().first(impl_->filled_));
  return request;
}

}  // namespace fob::web
