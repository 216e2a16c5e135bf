#pragma once

#include <optional>

#include "devices/fido/transport.h"

namespace fob::fido {

// One message to a key and its answer, report by report (CTAPHID, CTAP 2.1 clause 11.2): which
// reports belong to it, how far the key has come, and where it breaks the protocol. Free of I/O.
class Exchange {
 public:
  enum class Fault {
    kNone,
    kBadSequence,  // pieces of the answer are missing, or come twice
    kTooLong,      // it announces more than a host takes
  };
  enum class Stage {
    kNothing,      // no report of ours yet
    kElsewhere,    // nor any, but some on channels that are not ours
    kProcessing,   // keep-alives alone
    kWantsTouch,   // the last keep-alive asked for a touch
    kInTheMiddle,  // the answer has begun and is not whole
    kAnswered,
  };

  // A message begins; `first` is its first report.
  void Sent(const Report& first);
  // False: it belongs to another program that has the key open.
  bool Take(const Report& report);

  Stage stage() const { return stage_; }
  Fault fault() const { return fault_; }
  std::optional<uint8_t> hid_error() const { return hid_error_; }

 private:
  void TakeFirst(const Report& report);
  void TakeNext(const Report& report);

  Report sent_{};
  Stage stage_ = Stage::kNothing;
  Fault fault_ = Fault::kNone;
  std::optional<uint8_t> hid_error_;
  size_t missing_ = 0;  // bytes
  uint8_t next_sequence_ = 0;
};

}  // namespace fob::fido
