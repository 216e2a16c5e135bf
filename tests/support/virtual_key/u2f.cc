#include "tests/support/virtual_key/u2f.h"

#include "tests/support/virtual_key/crypto.h"

namespace fob::testing {
namespace {

constexpr uint8_t kRegister = 0x01, kAuthenticate = 0x02, kVersion = 0x03;
constexpr uint8_t kCheckOnly = 0x07, kEnforcePresence = 0x03, kDontEnforcePresence = 0x08;
constexpr uint16_t kNoError = 0x9000, kWrongLength = 0x6700, kConditionsNotSatisfied = 0x6985,
                   kWrongData = 0x6a80, kInsNotSupported = 0x6d00, kClaNotSupported = 0x6e00;
constexpr size_t kKeyHandleSize = 64;

struct Apdu {
  uint8_t cla = 0;
  uint8_t ins = 0;
  uint8_t p1 = 0;
  ByteView data;
};

// CLA INS P1 P2 [Lc data] [Le]; extended lengths are 00 hi lo.
std::optional<Apdu> ParseApdu(ByteView in) {
  if (in.size() < 4) return std::nullopt;
  Apdu out{in[0], in[1], in[2], {}};
  const ByteView rest = in.subspan(4);
  if (rest.size() <= 1) return out;                  // nothing, or a short Le
  if (rest[0] == 0 && rest.size() == 3) return out;  // extended Le alone
  const bool extended = rest[0] == 0;
  if (extended && rest.size() < 3) return std::nullopt;
  const size_t head = extended ? 3 : 1;
  const size_t length = extended ? ReadBe16(rest, 1) : rest[0];
  const size_t max_le = extended ? 2 : 1;
  if (rest.size() < head + length || rest.size() > head + length + max_le) return std::nullopt;
  out.data = rest.subspan(head, length);
  return out;
}

Bytes StatusWord(uint16_t word) {
  Bytes out;
  AppendBe16(out, word);
  return out;
}

}  // namespace

std::optional<U2f::Authentication> U2f::ReadAuthentication(ByteView data) const {
  // challenge(32) || application(32) || L(1) || key handle(L)
  if (data.size() < 65 || data.size() != size_t{65} + data[64]) return std::nullopt;
  Authentication out;
  out.challenge = data.first(32);
  out.application = data.subspan(32, 32);
  const Credential* known = key_.store.state().FindCredential(data.subspan(65), out.application);
  if (known != nullptr && known->algorithm == kEs256 && known->cred_protect != 3)
    out.credential = known;
  return out;
}

bool U2f::NeedsTouch(ByteView in) const {
  const auto apdu = ParseApdu(in);
  if (!apdu || apdu->cla != 0) return false;
  if (apdu->ins == kRegister) return apdu->data.size() == 64;
  if (apdu->ins != kAuthenticate || apdu->p1 != kEnforcePresence) return false;
  const auto request = ReadAuthentication(apdu->data);
  return request && request->credential != nullptr;
}

Bytes U2f::Handle(ByteView in, bool touched) {
  const auto apdu = ParseApdu(in);
  if (!apdu) return StatusWord(kWrongLength);
  if (apdu->cla != 0) return StatusWord(kClaNotSupported);
  switch (apdu->ins) {
    case kVersion:
      if (!apdu->data.empty()) return StatusWord(kWrongLength);
      return Concat(AsBytes("U2F_V2"), StatusWord(kNoError));
    case kRegister:
      if (apdu->data.size() != 64) return StatusWord(kWrongLength);
      return touched ? Register(apdu->data) : StatusWord(kConditionsNotSatisfied);
    case kAuthenticate: {
      const auto request = ReadAuthentication(apdu->data);
      if (!request) return StatusWord(kWrongLength);
      if (request->credential == nullptr) return StatusWord(kWrongData);
      if (apdu->p1 == kDontEnforcePresence) return Authenticate(*request, false);
      if (apdu->p1 == kEnforcePresence && touched) return Authenticate(*request, true);
      if (apdu->p1 == kEnforcePresence || apdu->p1 == kCheckOnly)
        return StatusWord(kConditionsNotSatisfied);
      return StatusWord(kWrongData);
    }
    default:
      return StatusWord(kInsNotSupported);
  }
}

Bytes U2f::Register(ByteView data) {
  KeyState& state = key_.store.Mutable();
  Credential credential;
  credential.id = key_.random.Take(kKeyHandleSize);
  credential.rp_id_hash = Bytes(data.begin() + 32, data.end());
  credential.algorithm = kEs256;
  credential.private_key = GeneratePrivateKey(kEs256, key_.random);
  credential.created = state.next_ordinal++;
  state.credentials.push_back(credential);
  key_.store.Commit();

  const Bytes public_key = PublicKey(kEs256, credential.private_key);
  Bytes message = {0x00};
  Append(message, credential.rp_id_hash);
  Append(message, HashToSign(key_, data.first(32)));
  Append(message, credential.id);
  Append(message, public_key);

  Bytes out = {0x05};
  Append(out, public_key);
  out.push_back(static_cast<uint8_t>(credential.id.size()));
  Append(out, credential.id);
  Append(out, state.batch.certificate);
  Append(out, SignAs(key_, kEs256, state.batch.private_key, message));
  AppendBe16(out, kNoError);
  return out;
}

Bytes U2f::Authenticate(const Authentication& request, bool user_present) {
  const uint8_t flags = user_present && !key_.controls.misbehaviour.clear_up_flag ? 0x01 : 0x00;
  Bytes out = {flags};
  AppendBe32(out, NextCounter(key_));
  key_.store.Commit();

  Bytes message(request.application.begin(), request.application.end());
  Append(message, out);
  Append(message, HashToSign(key_, request.challenge));
  Append(out, SignAs(key_, kEs256, request.credential->private_key, message));
  AppendBe16(out, kNoError);
  return out;
}

}  // namespace fob::testing
