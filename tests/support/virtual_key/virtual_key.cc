#include "tests/support/virtual_key/virtual_key.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/virtual_key/crypto.h"
#include "tests/support/virtual_key/faulty_frames.h"

namespace fob::testing {
namespace {

constexpr int64_t kKeepaliveMs = 100;
constexpr int64_t kU2fPollLimitMs = 1'000;    // a host that polls no more has lost interest
constexpr int64_t kU2fTouchLimitMs = 10'000;  // U2F raw messages: how long a touch counts
constexpr uint8_t kCapabilityWink = 0x01, kCapabilityCbor = 0x04, kCapabilityNoMsg = 0x08;

KeyState LoadState(const Options& options, KeyStorage& storage, Random& random) {
  if (const auto saved = storage.Load()) {
    auto state = KeyState::Decode(*saved);
    if (!state) throw std::runtime_error("the state of the virtual key is damaged");
    return std::move(*state);
  }
  KeyState state;
  state.batch = MakeBatchIdentity(options.aaguid, random);
  if (options.counter_step > 0) state.counter = options.counter_start;
  return state;
}

KeyStore OpenStore(const Options& options, std::unique_ptr<KeyStorage> storage, Random& random) {
  KeyState state = LoadState(options, *storage, random);
  return KeyStore(std::move(storage), std::move(state));
}

// Requests whose answers the faults apply to: makeCredential, getAssertion, getNextAssertion, and
// U2F's register and authenticate, check-only left out.
bool IsCeremony(const HidMessage& message) {
  const Bytes& in = message.payload;
  if (message.command == HidCommand::kCbor)
    return !in.empty() && (in[0] == 1 || in[0] == 2 || in[0] == 8);
  return message.command == HidCommand::kMsg && in.size() > 2 &&
         (in[1] == 1 || (in[1] == 2 && in[2] != 7));
}

}  // namespace

VirtualKey::VirtualKey(Options options, std::unique_ptr<KeyStorage> storage,
                       std::unique_ptr<Random> random, int64_t now_ms)
    : options_(std::move(options)),
      random_(std::move(random)),
      store_(OpenStore(options_, std::move(storage), *random_)),
      key_{options_, controls_, store_, *random_},
      ctap2_(key_),
      u2f_(key_) {
  ctap2_.PowerUp(now_ms);
  const bool fresh = store_.state().next_ordinal == 1 && !ctap2_.pin().pin_set();
  if (fresh && !options_.initial_pin.empty()) ctap2_.pin().StorePin(options_.initial_pin);
  store_.Commit();
}

VirtualKey::VirtualKey(Options options, int64_t now_ms)
    : VirtualKey(std::move(options), std::make_unique<MemoryStorage>(),
                 std::make_unique<SystemRandom>(), now_ms) {}

void VirtualKey::Unplug() {
  plugged_ = false;
  pending_.reset();
  u2f_wait_.reset();
}

void VirtualKey::Plug(int64_t now_ms) {
  Unplug();
  plugged_ = true;
  receiver_.PowerUp();
  ctap2_.PowerUp(now_ms);
}

VirtualKey::Reports VirtualKey::Refuse(uint32_t channel, HidError error) {
  return ToReports({channel, HidCommand::kError, {static_cast<uint8_t>(error)}});
}

VirtualKey::Reports VirtualKey::OnReport(ReportView report, int64_t now_ms) {
  if (!plugged_ || controls_.misbehaviour.silent) return {};
  Reports out = Tick(now_ms);
  std::optional<uint32_t> busy;
  if (pending_) busy = pending_->channel;
  const HidReceiver::Received received = receiver_.OnReport(report, busy, now_ms);
  Reports answer;
  if (received.refusal) answer = Refuse(received.refusal->channel, received.refusal->error);
  if (received.message) answer = OnMessage(*received.message, now_ms);
  out.insert(out.end(), answer.begin(), answer.end());
  return out;
}

VirtualKey::Reports VirtualKey::OnMessage(const HidMessage& message, int64_t now_ms) {
  const Misbehaviour& fault = controls_.misbehaviour;
  if (IsCeremony(message) && !fault.after_touch) {
    if (fault.vanish_mid_ceremony) {
      Unplug();
      return {};
    }
    if (fault.endless_keepalive) return Wait({message.channel, true, nullptr, 0, 0, {}}, now_ms);
  }
  switch (message.command) {
    case HidCommand::kInit:
      return OnInit(message);
    case HidCommand::kPing:
      return ToReports(message);
    case HidCommand::kWink:
      ++winks_;
      return ToReports({message.channel, HidCommand::kWink, {}});
    case HidCommand::kLock:
      return OnLock(message, now_ms);
    case HidCommand::kCancel:
      ++cancels_;
      u2f_wait_.reset();
      if (!pending_ || (!pending_->when_touched && !pending_->unanswered)) return {};
      return Finish(StatusOnly(CtapStatus::kKeepaliveCancel));
    case HidCommand::kCbor:
      if (options_.version == CtapVersion::kU2fOnly) break;
      return OnCbor(message, now_ms);
    case HidCommand::kMsg:
      if (!options_.u2f) break;
      return OnMsg(message, now_ms);
    default:
      break;
  }
  return Refuse(message.channel, HidError::kInvalidCommand);
}

VirtualKey::Reports VirtualKey::OnInit(const HidMessage& message) {
  if (message.payload.size() != 8) return Refuse(message.channel, HidError::kInvalidLength);
  ++inits_;
  uint32_t channel = message.channel;
  if (channel == kBroadcastChannel) {
    channel = receiver_.AllocateChannel();
  } else if (pending_ && pending_->channel == channel) {
    pending_.reset();
  }
  Bytes body = message.payload;
  if (controls_.misbehaviour.foreign_nonce) body.front() ^= 0x01;
  AppendBe32(body, channel);
  uint8_t capabilities = kCapabilityWink;
  if (options_.version != CtapVersion::kU2fOnly) capabilities |= kCapabilityCbor;
  if (!options_.u2f) capabilities |= kCapabilityNoMsg;
  Append(body, Bytes{2, 1, 0, 0, capabilities});  // protocol 2, device version 1.0.0
  return ToReports({message.channel, HidCommand::kInit, std::move(body)});
}

VirtualKey::Reports VirtualKey::OnLock(const HidMessage& message, int64_t now_ms) {
  if (message.payload.size() != 1) return Refuse(message.channel, HidError::kInvalidLength);
  if (message.payload[0] > 10) return Refuse(message.channel, HidError::kInvalidParameter);
  receiver_.Lock(message.channel, message.payload[0], now_ms);
  return ToReports({message.channel, HidCommand::kLock, {}});
}

VirtualKey::Reports VirtualKey::OnCbor(const HidMessage& message, int64_t now_ms) {
  if (controls_.answer_delay_ms == 0) return Answer(message, now_ms);
  return Wait({message.channel, IsCeremony(message), nullptr, 0, 0, message}, now_ms);
}

VirtualKey::Reports VirtualKey::Answer(const HidMessage& message, int64_t now_ms) {
  Outcome outcome = ctap2_.Handle(message.payload, now_ms);
  if (NeedTouch* wait = std::get_if<NeedTouch>(&outcome)) {
    return Wait({message.channel, IsCeremony(message), std::move(wait->when_touched), 0, 0, {}},
                now_ms);
  }
  const HidMessage answer{message.channel, HidCommand::kCbor, std::get<Bytes>(std::move(outcome))};
  const bool faulty = IsCeremony(message) && !controls_.misbehaviour.after_touch;
  return faulty ? ToFaultyReports(answer, controls_.misbehaviour) : ToReports(answer);
}

VirtualKey::Reports VirtualKey::Wait(Pending pending, int64_t now_ms) {
  if (pending.when_touched) ++blinks_;
  pending_ = std::move(pending);
  pending_->started_ms = now_ms;
  pending_->next_keepalive_ms = now_ms;
  return Tick(now_ms);
}

std::optional<Bytes> VirtualKey::PolicyAnswer(int64_t now_ms) {
  const int64_t waited = now_ms - pending_->started_ms;
  if (waited >= options_.user_action_timeout_ms) return StatusOnly(CtapStatus::kUserActionTimeout);
  if (waited < controls_.touch_delay_ms) return std::nullopt;
  if (controls_.touch == TouchPolicy::kAuto) return pending_->when_touched();
  if (controls_.touch == TouchPolicy::kRefuse) return StatusOnly(CtapStatus::kOperationDenied);
  return std::nullopt;
}

VirtualKey::Reports VirtualKey::Finish(const Bytes& answer) {
  HidMessage message{pending_->channel, HidCommand::kCbor, answer};
  const bool ceremony = pending_->ceremony;
  pending_.reset();
  if (!ceremony) return ToReports(message);
  const Misbehaviour& fault = controls_.misbehaviour;
  if (fault.after_touch && fault.vanish_mid_ceremony) {
    Unplug();
    return {};
  }
  if (fault.after_touch && fault.endless_keepalive) {
    pending_ = Pending{message.channel, true, nullptr, 0, 0, {}};
    return {};
  }
  Reports reports;
  if (last_answer_ && fault.unsolicited) reports = ToReports(*last_answer_);
  if (last_answer_ && fault.stale_answer) message.payload = last_answer_->payload;
  last_answer_ = message;
  for (const Report& report : ToFaultyReports(std::move(message), fault)) reports.push_back(report);
  return reports;
}

void VirtualKey::SetPin(std::string_view pin) { ctap2_.pin().StorePin(pin); }
void VirtualKey::ForcePinChange(bool forced) { ctap2_.pin().ForceChange(forced); }
void VirtualKey::BlockPin() { ctap2_.pin().SetRetries(0, store_.state().uv_retries); }
void VirtualKey::BlockUv() { ctap2_.pin().SetRetries(store_.state().pin_retries, 0); }
void VirtualKey::BlockPinAuth() { ctap2_.pin().BlockUntilPowerUp(); }

VirtualKey::Reports VirtualKey::Tick(int64_t now_ms) {
  if (!plugged_) return {};
  if (const auto late = receiver_.Tick(now_ms)) return Refuse(late->channel, late->error);
  if (!pending_) return {};
  if (pending_->unanswered && now_ms - pending_->started_ms >= controls_.answer_delay_ms) {
    const HidMessage message = *std::move(pending_->unanswered);
    pending_.reset();
    return Answer(message, now_ms);
  }
  const bool working = !pending_->when_touched;
  const bool endless = working && !pending_->unanswered;
  if (endless && !controls_.misbehaviour.endless_keepalive) {
    pending_.reset();
    return {};
  }
  if (!working) {
    if (const auto answer = PolicyAnswer(now_ms)) return Finish(*answer);
  }
  if (now_ms < pending_->next_keepalive_ms) return {};
  pending_->next_keepalive_ms = now_ms + kKeepaliveMs;
  return ToReports({pending_->channel,
                    HidCommand::kKeepalive,
                    {working ? kKeepaliveProcessing : kKeepaliveUpNeeded}});
}

VirtualKey::Reports VirtualKey::Touch(int64_t now_ms) {
  if (controls_.touch == TouchPolicy::kNever || controls_.touch == TouchPolicy::kRefuse) return {};
  if (U2fBlinking(now_ms)) u2f_wait_->touched_ms = now_ms;
  if (!pending_ || !pending_->when_touched) return {};
  return Finish(pending_->when_touched());
}

std::optional<int64_t> VirtualKey::NextTickMs() const {
  std::optional<int64_t> next = receiver_.deadline_ms();
  if (!pending_) return next;
  const auto consider = [&](int64_t at) { next = next ? std::min(*next, at) : at; };
  consider(pending_->next_keepalive_ms);
  if (pending_->unanswered) consider(pending_->started_ms + controls_.answer_delay_ms);
  if (pending_->when_touched) {
    consider(pending_->started_ms + options_.user_action_timeout_ms);
    if (controls_.touch == TouchPolicy::kAuto || controls_.touch == TouchPolicy::kRefuse) {
      consider(pending_->started_ms + controls_.touch_delay_ms);
    }
  }
  return next;
}

bool VirtualKey::U2fBlinking(int64_t now_ms) const {
  return u2f_wait_ && now_ms - u2f_wait_->last_poll_ms <= kU2fPollLimitMs;
}

bool VirtualKey::U2fTouched(int64_t now_ms) {
  if (!U2fBlinking(now_ms)) {
    const bool still_counts = u2f_wait_ && u2f_wait_->touched_ms;
    if (!still_counts) {
      u2f_wait_ = U2fWait{now_ms, now_ms, std::nullopt};
      ++blinks_;
    }
  }
  u2f_wait_->last_poll_ms = now_ms;
  if (controls_.touch == TouchPolicy::kAuto)
    return now_ms - u2f_wait_->started_ms >= controls_.touch_delay_ms;
  return u2f_wait_->touched_ms && now_ms - *u2f_wait_->touched_ms <= kU2fTouchLimitMs;
}

VirtualKey::Reports VirtualKey::OnMsg(const HidMessage& message, int64_t now_ms) {
  const bool touched = u2f_.NeedsTouch(message.payload) && U2fTouched(now_ms);
  const HidMessage answer{message.channel, HidCommand::kMsg, u2f_.Handle(message.payload, touched)};
  if (touched) u2f_wait_.reset();
  // 0x6985 is no answer yet: faults wait for the real one.
  const bool faulty = IsCeremony(message) && answer.payload.size() > 2;
  return faulty ? ToFaultyReports(answer, controls_.misbehaviour) : ToReports(answer);
}

VirtualKey::Status VirtualKey::status(int64_t now_ms) const {
  const KeyState& state = store_.state();
  Status out;
  out.plugged = plugged_;
  out.waiting =
      (pending_ && pending_->when_touched) || (U2fBlinking(now_ms) && !u2f_wait_->touched_ms);
  out.credentials = state.credentials.size();
  out.discoverable = state.DiscoverableCount();
  out.pin_set = !state.pin_hash.empty();
  out.pin_retries = state.pin_retries;
  out.uv_retries = state.uv_retries;
  out.counter = state.counter;
  out.blinks = blinks_;
  out.cancels = cancels_;
  out.winks = winks_;
  out.inits = inits_;
  return out;
}

void VirtualKey::Import(Credential credential, uint32_t counter) {
  KeyState& state = store_.Mutable();
  credential.rp_id_hash = Sha256(AsBytes(credential.rp_id));
  credential.created = state.next_ordinal++;
  state.credentials.push_back(std::move(credential));
  state.counter = std::max(state.counter, counter);
  store_.Commit();
}

}  // namespace fob::testing
