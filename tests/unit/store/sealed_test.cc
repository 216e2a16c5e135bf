#include <algorithm>
#include <regex>

#include "daemon/store/sealed_columns.h"
#include "store_fixture.h"

namespace fob::store {
namespace {

// A column that the schema calls sealed and that is not in the list would be lost with its master
// key: it belongs into daemon/store/sealed_columns.cc.
TEST_F(StoreTest, EverySealedColumnCanBeSealedAnew) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.file().c_str(), &handle), SQLITE_OK);
  std::string tables;
  ASSERT_EQ(sqlite3_exec(
                handle, "SELECT sql FROM sqlite_schema WHERE type = 'table'",
                [](void* out, int, char** row, char**) {
                  *static_cast<std::string*>(out) += std::string(row[0] ? row[0] : "") + "\n;;\n";
                  return 0;
                },
                &tables, nullptr),
            SQLITE_OK);
  sqlite3_close(handle);
  size_t found = 0;
  const std::regex table("CREATE TABLE \"?(\\w+)\"?([^;]*);;");
  const std::regex sealed("(\\w+) BLOB[^\n]*-- sealed");
  for (std::sregex_iterator at(tables.begin(), tables.end(), table), end; at != end; ++at) {
    const std::string name = (*at)[1];
    const std::string columns = (*at)[2];
    for (std::sregex_iterator in(columns.begin(), columns.end(), sealed); in != end; ++in, ++found) {
      const bool listed = std::ranges::any_of(SealedColumns(), [&](const SealedColumn& column) {
        return column.table == name && column.column == (*in)[1].str();
      });
      EXPECT_TRUE(listed) << name << "." << (*in)[1];
    }
  }
  EXPECT_EQ(found, SealedColumns().size());
}

TEST_F(StoreTest, SealingAnewIsBoundedAndKeepsEverySecret) {
  for (int i = 0; i < 9; ++i)
    ASSERT_TRUE(store_->AddOtp(For("alice", 1000), Otp("otp_" + std::to_string(i))).ok());
  core::SigningKeyRecord key;
  key.kid = "kid";
  key.private_key = SecretBytes(std::string_view("private"));
  ASSERT_TRUE(store_->AddSigningKey(key, Audit("signing_key.create")).ok());
  ASSERT_TRUE(store_->AddAuditKey(key, Audit("audit_key.create")).ok());
  EXPECT_EQ(*store_->Reseal(100), 0);
  const SecretBytes other(std::string_view("fedcba9876543210fedcba9876543210"));
  ASSERT_TRUE(folder_.sealer->Learn(other).ok());
  ASSERT_TRUE(folder_.sealer->SealWith(*crypto::AesGcmSealer::IdOf(other)).ok());
  EXPECT_EQ(*store_->Reseal(4), 4);
  EXPECT_EQ(*store_->Reseal(4), 4);
  EXPECT_EQ(*store_->Reseal(100), 4);
  EXPECT_EQ(*store_->Reseal(100), 0);
  folder_.sealer->Forget();
  EXPECT_EQ(store_->LoadFactors("alice", 1000)->otps.size(), 10u);
  EXPECT_EQ(store_->SigningKeys()->at(0).private_key.RevealText(), "private");
  EXPECT_EQ((*store_->AuditKey())->private_key.RevealText(), "private");
}

}  // namespace
}  // namespace fob::store
