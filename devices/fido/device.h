#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "devices/fido/exchange.h"
#include "devices/fido/failure.h"
#include "devices/fido/handles.h"
#include "devices/fido/transport.h"

namespace fob::fido {

// One open key, driven by libfido2 over a Transport, by one thread at a time. Every wait ends: at
// the deadline, within 20 ms of `stop` becoming true, or soon after the key fell silent, which it
// may not (CTAP 2.1 clause 11.2.9.1.7: a keep-alive each 100 ms). Either way a key that waits for a
// touch is sent CTAPHID_CANCEL and its answer to that is read, so that the next one who opens it
// finds it idle.
class Device {
 public:
  // deadline_ms: monotonic, for the opening and until the next SetDeadline. Failures: kKeyBusy,
  // kKeyVanished, kCancelled, kKeyError. on_slow: called on the reading thread, once, when the key
  // has worked on a message for a second and says so.
  static Result<std::unique_ptr<Device>> Open(KeyRing& ring, const DeviceInfo& info,
                                              const std::atomic<bool>& stop, int64_t deadline_ms,
                                              std::function<void()> on_slow = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  void SetDeadline(int64_t monotonic_ms);

  // Called on the reading thread whenever the key says that it waits for a touch
  // (CTAPHID_KEEPALIVE, UPNEEDED).
  void set_on_blink(std::function<void()> on_blink) { on_blink_ = std::move(on_blink); }

  fido_dev_t* handle() const { return dev_.get(); }
  // What the key says of itself (CTAP 2.1 clause 6.4): one more exchange, the first time. Failures as Open's.
  Status NeedInfo();
  const fido_cbor_info_t* cbor_info() const { return cbor_info_.get(); }  // of U2F keys, and unless needed: empty
  const DeviceInfo& info() const { return info_; }
  bool is_fido2() const { return fido_dev_is_fido2(dev_.get()); }

  // What a libfido2 call that returned `fido_code` failed of, by what happened underneath it as
  // well.
  Failure FailureOf(int fido_code) const;
  Error ErrorOf(int fido_code) const;

 private:
  enum class Ended { kNo, kStopped, kDeadline, kSilence };

  Device(DeviceInfo info, std::unique_ptr<Transport> transport, const std::atomic<bool>& stop);
  int Start(int64_t deadline_ms);
  int Read(unsigned char* data, size_t size, int timeout_ms);
  int Write(const unsigned char* data, size_t size);
  bool EndWait(Ended why);
  bool IsForUs(const Report& report);
  Ended WhyEnd(int64_t now) const;
  int64_t silent_until_ms() const;
  std::string_view WhatIsBroken(int fido_code) const;

  static void* OnOpen(const char* path);
  static void OnClose(void* handle);
  static int OnRead(void* handle, unsigned char* data, size_t size, int timeout_ms);
  static int OnWrite(void* handle, const unsigned char* data, size_t size);

  const DeviceInfo info_;
  std::unique_ptr<Transport> transport_;
  const std::atomic<bool>& stop_;
  Handle<fido_dev_t> dev_;
  Handle<fido_cbor_info_t> cbor_info_;
  bool has_info_ = false;
  std::function<void()> on_blink_;
  std::function<void()> on_slow_;

  int64_t deadline_ms_ = 0;
  int64_t drain_until_ms_ = 0;  // after CANCEL: how long its answer may take
  Ended ended_ = Ended::kNo;
  bool gone_ = false;
  Exchange exchange_;
  bool answers_ = false;  // since the deadline was set
  int64_t asked_ms_ = 0;  // when our last message began
  int64_t heard_ms_ = 0;  // when it last said something to us, or was asked
};

}  // namespace fob::fido
