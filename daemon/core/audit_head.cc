#include "daemon/core/audit_head.h"

#include <charconv>

#include "base/encoding.h"

namespace fob::core {
namespace {

constexpr size_t kHashSize = 32;

void AppendNumber(int64_t value, Bytes& out) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<uint8_t>(static_cast<uint64_t>(value) >> shift));
}

Bytes Statement(std::string_view purpose, int64_t seq, const Bytes& hash) {
  Bytes out(purpose.begin(), purpose.end());
  AppendNumber(seq, out);
  out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

}  // namespace

Bytes HeadStatement(int64_t seq, const Bytes& hash) {
  return Statement("fob audit head 1\n", seq, hash);
}

Bytes CheckpointStatement(const AuditCheckpoint& checkpoint) {
  Bytes out = Statement("fob audit checkpoint 1\n", checkpoint.seq, checkpoint.hash);
  AppendNumber(checkpoint.at, out);
  return out;
}

Result<SignedHead> SignHead(AuditSigner& signer, int64_t seq, const Bytes& hash) {
  SignedHead head{seq, hash, {}};
  FOB_TRY(head.signature, signer.Sign(HeadStatement(seq, hash)));
  return head;
}

std::string FormatHead(const SignedHead& head) {
  return std::to_string(head.seq) + ":" + HexEncode(head.hash) + ":" +
         Base64UrlEncode(head.signature);
}

Result<SignedHead> ParseHead(std::string_view text) {
  const Error bad = MakeError(Code::kInvalidArgument, "bad_head",
                              "a signed head is SEQ:HASH:SIG, as in the journal's \"audit head\"");
  const size_t first = text.find(':');
  const size_t second = text.find(':', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return bad;
  SignedHead head;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + first, head.seq);
  auto hash = HexDecode(text.substr(first + 1, second - first - 1));
  auto signature = Base64UrlDecode(text.substr(second + 1));
  if (failed != std::errc() || end != text.data() + first || head.seq < 1 || !hash.ok() ||
      hash->size() != kHashSize || !signature.ok()) {
    return bad;
  }
  head.hash = *std::move(hash);
  head.signature = *std::move(signature);
  return head;
}

Status CheckCheckpoint(const AuditSigner& signer, const AuditCheckpoint& checkpoint) {
  if (signer.Verify(CheckpointStatement(checkpoint), checkpoint.signature)) return Ok();
  return MakeError(Code::kCorrupt, "checkpoint_forged",
                   "the checkpoint that stands for the entries up to " +
                       std::to_string(checkpoint.seq) +
                       " is not signed by this store's audit key");
}

}  // namespace fob::core
