#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fob {

// The closed list of ways in which a call can fail. Each is one error of the socket protocol
// (proto/interfaces) and one exit code of fobctl.
enum class Code {
  kInvalidArgument,  // malformed or out of range: the caller must change the request
  kNotPermitted,     // this caller may not ask for this
  kDenied,           // a factor, ticket or policy said no
  kNotFound,
  kConflict,         // exists already, or changed meanwhile
  kUnavailable,      // store, worker or daemon cannot serve now
  kTimedOut,
  kCancelled,
  kExhausted,        // a limit was reached
  kCorrupt,          // stored or received data does not hold together
  kInternal,
};

std::string_view CodeName(Code code);                       // "not_found"
std::optional<Code> CodeFromName(std::string_view name);

// A failure: its class, a stable word for scripts and tests ("wrong_code"), and a sentence for people.
// The text never holds a secret and is safe to log.
struct Error {
  Code code = Code::kInternal;
  std::string reason;
  std::string text;
};

inline Error MakeError(Code code, std::string_view reason, std::string text) {
  return Error{code, std::string(reason), std::move(text)};
}

// What most refusals are.
inline Error Denied(std::string_view reason, std::string text) {
  return MakeError(Code::kDenied, reason, std::move(text));
}

// A value or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Unit {};
using Status = Result<Unit>;
inline Status Ok() { return Unit{}; }

}  // namespace fob

// Returns the error of `expr` from the calling function, or binds its value to `lhs`.
#define FOB_CONCAT_(a, b) a##b
#define FOB_CONCAT(a, b) FOB_CONCAT_(a, b)
#define FOB_TRY(lhs, expr) FOB_TRY_(FOB_CONCAT(fob_result_, __LINE__), lhs, expr)
#define FOB_TRY_(tmp, lhs, expr)      \
  auto tmp = (expr);                  \
  if (!tmp.ok()) return tmp.error();  \
  lhs = *std::move(tmp)
#define FOB_CHECK(expr) FOB_CHECK_(FOB_CONCAT(fob_status_, __LINE__), expr)
#define FOB_CHECK_(tmp, expr) \
  if (auto tmp = (expr); !tmp.ok()) return tmp.error()
