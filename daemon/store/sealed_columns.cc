#include "daemon/store/sealed_columns.h"

namespace fob::store {
namespace {

// The names are those of RowOf in the files of the operations.
constexpr SealedColumn kColumns[] = {
    {"otps", "secret",
     "SELECT o.seq, 'otp/' || o.id || '/of/' || u.sub || '/secret', o.secret FROM otps o JOIN users u "
     "ON u.id = o.user_id WHERE substr(o.secret, 1, length(?1)) <> ?1 LIMIT ?2",
     "UPDATE otps SET secret = ?2 WHERE seq = ?1"},
    {"signing_keys", "private_key",
     "SELECT seq, 'signing_key/' || kid || '/private_key', private_key FROM signing_keys"
     " WHERE substr(private_key, 1, length(?1)) <> ?1 LIMIT ?2",
     "UPDATE signing_keys SET private_key = ?2 WHERE seq = ?1"},
    {"refresh_families", "answer",
     "SELECT grant_seq, 'refresh_families/' || lower(hex(hash)) || '/' || lower(hex(previous)) || '/answer', answer"
     " FROM refresh_families WHERE substr(answer, 1, length(?1)) <> ?1 LIMIT ?2",
     "UPDATE refresh_families SET answer = ?2 WHERE grant_seq = ?1"},
    {"audit_keys", "private_key",
     "SELECT seq, 'audit_key/' || kid || '/private_key', private_key FROM audit_keys"
     " WHERE substr(private_key, 1, length(?1)) <> ?1 LIMIT ?2",
     "UPDATE audit_keys SET private_key = ?2 WHERE seq = ?1"},
};

}  // namespace

std::span<const SealedColumn> SealedColumns() { return kColumns; }

}  // namespace fob::store
