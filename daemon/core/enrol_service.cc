#include "daemon/core/enrol_service.h"

#include <algorithm>

#include "daemon/core/one_time_code.h"
#include "daemon/core/present.h"
#include "daemon/core/web_sessions.h"

namespace fob::core {
namespace {

constexpr int64_t kLargestCounter = int64_t{1} << 53;  // that JSON carries exactly

Status FillOtp(const FactorVerifier& verifier, const proto::enrol::EnrolOtp::In& in, OtpRecord& otp) {
  using Algorithm = proto::enrol::EnrolOtp::In::Algorithm;
  using Kind = proto::enrol::EnrolOtp::In::Kind;
  if (in.otpauth_uri.has_value()) {
    if (in.kind.has_value() || in.counter.has_value() || in.algorithm.has_value() || in.digits.has_value() || in.period.has_value()) {
      return MakeError(Code::kInvalidArgument, "uri_and_parameters", "an otpauth URI brings its own kind, counter, algorithm, digits and period");
    }
    FOB_TRY(otp, verifier.ParseOtpAuthUri(*in.otpauth_uri));
    return Ok();
  }
  const bool hotp = in.kind.value_or(Kind::kTotp) == Kind::kHotp;
  if (hotp ? in.period.has_value() : in.counter.has_value()) {
    return MakeError(Code::kInvalidArgument, "bad_kind", "a period is for codes of the time (totp), a counter for those of a counter (hotp)");
  }
  const int64_t counter = in.counter.value_or(0);
  if (counter < 0 || counter > kLargestCounter) {
    return MakeError(Code::kInvalidArgument, "bad_counter", "a counter is a number from 0 to 2^53");
  }
  otp.kind = hotp ? OtpKind::kHotp : OtpKind::kTotp;
  if (hotp) otp.last_step = counter - 1;
  const int64_t digits = in.digits.value_or(6);
  const int64_t period = in.period.value_or(30);
  if (digits < 6 || digits > 8) return MakeError(Code::kInvalidArgument, "bad_digits", "a code has 6, 7 or 8 digits");
  if (period != 30 && period != 60) return MakeError(Code::kInvalidArgument, "bad_period", "a period has 30 or 60 seconds");
  otp.algorithm = static_cast<OtpAlgorithm>(in.algorithm.value_or(Algorithm::kSHA1));
  otp.digits = static_cast<int>(digits);
  otp.period = static_cast<int>(period);
  return Ok();
}

}  // namespace

std::shared_ptr<Ceremony> EnrolService::Start(const Peer& peer, EnrolAction action, std::optional<std::string> user,
                                              std::string factor, std::optional<int64_t> timeout_ms, TurnSink sink,
                                              UniqueFunction<Status(EnrolRequest&)> fill) {
  if (const Status charged = Charge(context_, peer, context_.limits.ceremonies); !charged.ok()) {
    return sink.last(charged.error()), nullptr;
  }
  // The charge above bounds how much of the trail an untrusted caller can fill with these.
  const auto refuse = [&](const Error& error) -> std::shared_ptr<Ceremony> {
    AuditEntry entry = context_.Audit(peer, EnrolActionName(action), UserForTrail(user.value_or("")));
    entry.service = kOwnService;
    Refused(entry, error);
    context_.RecordThen(std::move(entry), [sink = std::move(sink), error] { sink.last(error); });
    return nullptr;
  };
  EnrolRequest request;
  request.peer = peer;
  request.action = action;
  request.user = user.value_or("");
  request.factor = std::move(factor);
  request.timeout_ms = Limited(timeout_ms);
  if (const Status fresh = MayChangeFactors(context_, peer); !fresh.ok()) return refuse(fresh.error());
  if (const Status named = CheckName(request.factor); !named.ok()) return refuse(named.error());
  if (fill) {
    if (const Status filled = fill(request); !filled.ok()) return refuse(filled.error());
  }
  auto run = std::make_shared<EnrolRun>(context_, std::move(request), std::move(sink));
  run->Start();
  return run;
}

int64_t EnrolService::Limited(std::optional<int64_t> timeout_ms) const {
  const int64_t longest = context_.settings.ceremony_timeout * 1000;
  return std::clamp<int64_t>(timeout_ms.value_or(longest), 1, longest);
}

std::shared_ptr<Ceremony> EnrolService::StartDevice(const Peer& peer, DeviceAction action, std::optional<std::string> device,
                                                    std::optional<int64_t> timeout_ms, TurnSink sink) {
  if (const Status charged = Charge(context_, peer, context_.limits.ceremonies); !charged.ok()) {
    return sink.last(charged.error()), nullptr;
  }
  auto run = std::make_shared<DeviceRun>(context_, DeviceRequest{peer, action, std::move(device), Limited(timeout_ms)}, std::move(sink));
  run->Start();
  return run;
}

std::shared_ptr<Ceremony> EnrolService::SetPin(const Peer& peer, proto::enrol::SetPin::In in, TurnSink sink) {
  return StartDevice(peer, DeviceAction::kSetPin, std::move(in.device), in.timeout_ms, std::move(sink));
}

std::shared_ptr<Ceremony> EnrolService::ChangePin(const Peer& peer, proto::enrol::ChangePin::In in, TurnSink sink) {
  return StartDevice(peer, DeviceAction::kChangePin, std::move(in.device), in.timeout_ms, std::move(sink));
}

std::shared_ptr<Ceremony> EnrolService::ResetDevice(const Peer& peer, proto::enrol::ResetDevice::In in, TurnSink sink) {
  return StartDevice(peer, DeviceAction::kReset, std::move(in.device), in.timeout_ms, std::move(sink));
}

void EnrolService::ListDevices(const Peer& peer, proto::enrol::ListDevices::In in, Reply<proto::enrol::ListDevices> reply) {
  if (const Status charged = Charge(context_, peer, context_.limits.ceremonies); !charged.ok()) return reply(charged.error());
  std::make_shared<DeviceListing>(context_, peer, std::move(reply))->Start(Limited(in.timeout_ms));
}

std::shared_ptr<Ceremony> EnrolService::EnrolKey(const Peer& peer, proto::enrol::EnrolKey::In in, TurnSink sink) {
  return Start(peer, EnrolAction::kEnrolKey, in.user, in.name, in.timeout_ms, std::move(sink),
               [discoverable = in.discoverable.value_or(false)](EnrolRequest& request) {
                 request.discoverable = discoverable;
                 return Ok();
               });
}

std::shared_ptr<Ceremony> EnrolService::EnrolOtp(const Peer& peer, proto::enrol::EnrolOtp::In in, TurnSink sink) {
  return Start(peer, EnrolAction::kEnrolOtp, in.user, in.name, in.timeout_ms, std::move(sink),
               [this, &in](EnrolRequest& request) { return FillOtp(context_.verifier, in, request.otp); });
}

std::shared_ptr<Ceremony> EnrolService::RemoveKey(const Peer& peer, proto::enrol::RemoveKey::In in, TurnSink sink) {
  return Start(peer, EnrolAction::kRemoveKey, in.user, in.key, in.timeout_ms, std::move(sink), {});
}

std::shared_ptr<Ceremony> EnrolService::RemoveOtp(const Peer& peer, proto::enrol::RemoveOtp::In in, TurnSink sink) {
  return Start(peer, EnrolAction::kRemoveOtp, in.user, in.otp, in.timeout_ms, std::move(sink), {});
}

std::shared_ptr<Ceremony> EnrolService::TestKey(const Peer& peer, proto::enrol::TestKey::In in, TurnSink sink) {
  return Start(peer, EnrolAction::kTestKey, in.user, in.key, in.timeout_ms, std::move(sink), {});
}

std::shared_ptr<Ceremony> EnrolService::RenameKey(const Peer& peer, proto::enrol::RenameKey::In in, TurnSink sink) {
  return Start(peer, EnrolAction::kRenameKey, in.user, in.key, in.timeout_ms, std::move(sink),
               [name = in.name](EnrolRequest& request) {
                 request.new_name = name;
                 return CheckName(name);
               });
}

std::shared_ptr<Ceremony> EnrolService::CreateRecoveryCodes(const Peer& peer, proto::enrol::CreateRecoveryCodes::In in,
                                                            TurnSink sink) {
  return Start(peer, EnrolAction::kRecoveryCodes, in.user, "recovery codes", in.timeout_ms, std::move(sink), {});
}

void EnrolService::ResolveList(const Peer& peer, const std::optional<std::string>& user,
                               UniqueFunction<void(Result<std::string>)> done) {
  if (!user.has_value() && context_.authority.IsTrusted(peer)) return done(std::string());
  ResolveSubject(context_, peer, user.value_or(""), [done = std::move(done)](Result<Account> account) {
    if (!account.ok()) return done(account.error());
    done(account->name);
  });
}

void EnrolService::ListKeys(const Peer& peer, proto::enrol::ListKeys::In in, Reply<proto::enrol::ListKeys> reply) {
  ResolveList(peer, in.user, [this, before = in.before.value_or(""), reply = std::move(reply)](Result<std::string> user) mutable {
    if (!user.ok()) return reply(user.error());
    context_.store.Read([user = *user, before](Store& store) { return store.ListKeys(user, before); },
                        [reply = std::move(reply)](Result<Page<KeyRecord>> keys) {
                          if (!keys.ok()) return reply(keys.error());
                          proto::enrol::ListKeys::Out out;
                          out.next = std::move(keys->next);
                          for (const KeyRecord& key : *keys) out.keys.push_back(Present(key));
                          reply(std::move(out));
                        });
  });
}

void EnrolService::ListOtps(const Peer& peer, proto::enrol::ListOtps::In in, Reply<proto::enrol::ListOtps> reply) {
  ResolveList(peer, in.user, [this, before = in.before.value_or(""), reply = std::move(reply)](Result<std::string> user) mutable {
    if (!user.ok()) return reply(user.error());
    context_.store.Read([user = *user, before](Store& store) { return store.ListOtps(user, before); },
                        [reply = std::move(reply)](Result<Page<OtpRecord>> otps) {
                          if (!otps.ok()) return reply(otps.error());
                          proto::enrol::ListOtps::Out out;
                          out.next = std::move(otps->next);
                          for (const OtpRecord& otp : *otps) out.otps.push_back(Present(otp));
                          reply(std::move(out));
                        });
  });
}

void EnrolService::CreateCode(const Peer& peer, proto::enrol::CreateCode::In in, Reply<proto::enrol::CreateCode> reply) {
  const int64_t longest = 30 * 24 * 3600;
  const int64_t lifetime = in.lifetime_ms.has_value() ? *in.lifetime_ms / 1000 : context_.settings.enrol_code_lifetime;
  AuditEntry audit = context_.Audit(peer, "enrol_code.create", UserForTrail(in.user));
  const auto refuse = [this, peer, audit](const Error& error, Reply<proto::enrol::CreateCode> to) {
    RefuseCaller(context_, peer, audit, error, std::move(to));
  };
  if (lifetime < 60 || lifetime > longest) {
    return refuse(MakeError(Code::kInvalidArgument, "bad_lifetime", "an enrolment code lives a minute to 30 days"), std::move(reply));
  }
  context_.host.AccountByName(in.user, [this, lifetime, audit, refuse, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return refuse(account.error(), std::move(reply));
    SecretBytes code = NewOneTimeCode(context_.random);
    const Bytes hash = context_.HashText(NormalizeOneTimeCode(code));
    const int64_t expires_at = context_.clock.UnixSeconds() + lifetime;
    audit.user = account->name;
    context_.store.Write(
        [user = account->name, uid = account->uid, hash, expires_at, audit](Store& store) {
          return store.AddEnrolCode(user, uid, hash, expires_at, audit);
        },
        [code = std::move(code), expires_at, refuse, reply = std::move(reply)](Status added) mutable {
          if (!added.ok()) return refuse(added.error(), std::move(reply));
          reply(proto::enrol::CreateCode::Out{std::move(code), expires_at});
        });
  });
}

}  // namespace fob::core
