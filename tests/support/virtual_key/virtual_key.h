#pragma once

#include "tests/support/virtual_key/ctap2.h"
#include "tests/support/virtual_key/hid_receiver.h"
#include "tests/support/virtual_key/u2f.h"

namespace fob::testing {

// A FIDO authenticator on USB: CTAPHID outside, CTAP 2.1 and U2F inside. Free of I/O but for its
// storage: reports go in, reports come out, time (any monotonic milliseconds) and touch are inputs.
// Not thread-safe.
class VirtualKey {
 public:
  // A key with the stored state, or a new one. Throws std::runtime_error when the state cannot be
  // read or saved.
  VirtualKey(Options options, std::unique_ptr<KeyStorage> storage, std::unique_ptr<Random> random,
             int64_t now_ms);
  // In memory only, with the system's randomness.
  explicit VirtualKey(Options options, int64_t now_ms = 0);
  VirtualKey(const VirtualKey&) = delete;
  VirtualKey& operator=(const VirtualKey&) = delete;

  std::vector<Report> OnReport(ReportView report, int64_t now_ms);
  // Somebody touches the key: it counts only while the key waits for it.
  std::vector<Report> Touch(int64_t now_ms);
  // Keep-alives, time-outs, and touches that the policy makes.
  std::vector<Report> Tick(int64_t now_ms);
  // When the next Tick is due; nullopt: not before the next report.
  std::optional<int64_t> NextTickMs() const;

  Controls& controls() { return controls_; }

  // An unplugged key neither hears nor speaks; plugging it in again is a power cycle.
  bool plugged() const { return plugged_; }
  void Unplug();
  void Plug(int64_t now_ms);

  // As another program would; 4 to 63 bytes.
  void SetPin(std::string_view pin);
  void ForcePinChange(bool forced);
  // As after so many wrong PINs, or failed built-in verifications, that none is tried any more.
  void BlockPin();
  void BlockUv();
  // As after three wrong PINs in a row: until it is plugged in again.
  void BlockPinAuth();

  struct Status {
    bool plugged = true;
    bool waiting = false;  // for a touch
    size_t credentials = 0;
    size_t discoverable = 0;
    bool pin_set = false;
    int pin_retries = 0;
    int uv_retries = 0;
    uint32_t counter = 0;
    int64_t blinks = 0;   // how many times it began to wait for a touch
    int64_t cancels = 0;  // CTAPHID_CANCELs seen
    int64_t winks = 0;
    int64_t inits = 0;  // CTAPHID_INITs answered
  };
  Status status(int64_t now_ms) const;
  const std::vector<Credential>& credentials() const { return store_.state().credentials; }
  // One that another authenticator made, with the counter that it has come to.
  void Import(Credential credential, uint32_t counter);
  // DER; the root above x5c and U2F attestation certificates.
  const Bytes& attestation_root() const { return store_.state().batch.root_certificate; }

 private:
  struct Pending {
    uint32_t channel = 0;
    bool ceremony = false;                // faults apply to its answer
    std::function<Bytes()> when_touched;  // empty: it will never end by itself (endless_keepalive)
    int64_t started_ms = 0;
    int64_t next_keepalive_ms = 0;
    std::optional<HidMessage> unanswered;  // slow firmware: worked on until the delay is over
  };
  // U2F hosts poll: the light stays on between their requests.
  struct U2fWait {
    int64_t started_ms = 0;
    int64_t last_poll_ms = 0;
    std::optional<int64_t> touched_ms;
  };
  using Reports = std::vector<Report>;

  Reports OnMessage(const HidMessage& message, int64_t now_ms);
  Reports OnInit(const HidMessage& message);
  Reports OnCbor(const HidMessage& message, int64_t now_ms);
  Reports Answer(const HidMessage& message, int64_t now_ms);
  Reports OnMsg(const HidMessage& message, int64_t now_ms);
  Reports OnLock(const HidMessage& message, int64_t now_ms);
  bool U2fTouched(int64_t now_ms);
  bool U2fBlinking(int64_t now_ms) const;
  // By policy, once its delay has passed.
  std::optional<Bytes> PolicyAnswer(int64_t now_ms);
  Reports Finish(const Bytes& answer);
  Reports Wait(Pending pending, int64_t now_ms);
  static Reports Refuse(uint32_t channel, HidError error);

  Options options_;
  Controls controls_;
  std::unique_ptr<Random> random_;
  KeyStore store_;
  KeyContext key_;
  Ctap2 ctap2_;
  U2f u2f_;
  HidReceiver receiver_;
  std::optional<Pending> pending_;
  std::optional<U2fWait> u2f_wait_;
  std::optional<HidMessage> last_answer_;  // to a touch
  bool plugged_ = true;
  int64_t blinks_ = 0;
  int64_t cancels_ = 0;
  int64_t winks_ = 0;
  int64_t inits_ = 0;
};

}  // namespace fob::testing
