#pragma once

#include <optional>
#include <string>

#include "daemon/core/proof.h"

namespace fob::testing {

// What one conversation with a person and a key may do, seen from outside: by its events and effects alone. Each check
// says what is wrong; empty: nothing.
class ProofWatch {
 public:
  // Before the machine has it.
  void Happens(const core::ProofEvent& event);
  void HappensElsewhere();  // what is no event of a proof
  void KeyEnds() { key_ = Key::kIdle; }

  std::string Check(const core::ProofEffect& effect);
  // For effects that do the same as a proof's under another name.
  std::string Drives(const SecretBytes& pin);
  std::string Asks(const proto::Ask& ask);
  std::string Typed(const SecretBytes& code, proto::Ask::Kind asked) const;  // `code` is the answer to this
  // What must hold when the ceremony is over.
  std::string Ends() const;

  // An answer came to a question that nobody had asked.
  bool unasked() const { return said_.has_value() && !asked_.has_value(); }
  // What was verified just now, having been asked for; not what came unasked.
  bool verified() const { return verified_; }
  const std::optional<core::Evidence>& evidence() const { return evidence_; }
  bool driving() const { return key_ == Key::kDriven; }

 private:
  std::string Verifies(std::string wrong);

  enum class Key { kIdle, kDriven, kWaiting };

  Key key_ = Key::kIdle;
  std::optional<proto::Ask::Kind> question_;  // that is open
  bool verifying_ = false;
  int pins_ = 0;

  // Of the event that happens now:
  std::optional<SecretBytes> said_;
  std::optional<proto::Ask::Kind> asked_;  // the question that it answers
  bool told_ = false;
  bool wants_pin_ = false;
  bool answered_ = false;  // by the key
  bool verified_ = false;
  std::optional<core::Evidence> evidence_;
};

}  // namespace fob::testing
