#include "daemon/store/sealed_columns.h"
#include "daemon/store/sqlite_store.h"

// Which master key the secrets are sealed under, and their sealing under another.
namespace fob::store {

Result<std::optional<core::MasterKeyState>> SqliteStore::MasterKey() {
  FOB_TRY(auto row, database_->First("SELECT id, next FROM master_key"));
  if (!row.has_value()) return std::optional<core::MasterKeyState>();
  core::MasterKeyState state;
  row->Read(state.id, state.next);
  return std::optional(std::move(state));
}

Status SqliteStore::SetMasterKey(const core::MasterKeyState& state,
                                 std::optional<core::AuditEntry> audit) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run(
        "INSERT OR REPLACE INTO master_key (only_one, id, next) VALUES (1, ?1, ?2)", state.id,
        state.next));
    return audit.has_value() ? Append(*audit) : Ok();
  });
}

Result<int64_t> SqliteStore::Reseal(int64_t limit) {
  return Atomically([&]() -> Result<int64_t> {
    const Bytes mark = sealer_.Mark();
    int64_t done = 0;
    for (const SealedColumn& column : SealedColumns()) {
      struct Row {
        int64_t id;
        std::string name;
        Bytes sealed;
      };
      std::vector<Row> rows;
      FOB_TRY(Statement query, database_->Prepare(column.select));
      query.Bind(mark, limit - done);
      while (true) {
        FOB_TRY(const bool more, query.Step());
        if (!more) break;
        Row& row = rows.emplace_back();
        query.Read(row.id, row.name, row.sealed);
      }
      for (const Row& row : rows) {
        FOB_TRY(const SecretBytes secret, sealer_.Open(row.name, row.sealed));
        FOB_TRY(const Bytes sealed, sealer_.Seal(row.name, secret));
        FOB_CHECK(database_->Run(column.update, row.id, sealed));
      }
      done += static_cast<int64_t>(rows.size());
    }
    return done;
  });
}

}  // namespace fob::store
