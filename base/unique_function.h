#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace fob {

// A callable that may own what cannot be copied (secrets, descriptors); std::function cannot.
template <typename Signature>
class UniqueFunction;

template <typename R, typename... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  template <typename F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> && std::is_invocable_r_v<R, F&, Args...>)
  UniqueFunction(F function)  // NOLINT: implicit by design
      : holder_(std::make_unique<Model<F>>(std::move(function))) {}

  explicit operator bool() const { return holder_ != nullptr; }
  R operator()(Args... args) const { return holder_->Call(std::forward<Args>(args)...); }

 private:
  struct Holder {
    virtual ~Holder() = default;
    virtual R Call(Args... args) = 0;
  };
  template <typename F>
  struct Model final : Holder {
    explicit Model(F held) : function(std::move(held)) {}
    R Call(Args... args) override { return function(std::forward<Args>(args)...); }
    F function;
  };
  std::unique_ptr<Holder> holder_;
};

}  // namespace fob
