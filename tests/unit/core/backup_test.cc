// A backup as it is made, and its file's form.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/encoding.h"
#include "daemon/core/backup_format.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages_json.h"
#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using testing::World;
using Out = proto::admin::Backup::Out;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() {
    for (int i = 0; i < 200; ++i) world_.AddOtp("alice", "otp" + std::to_string(i));
    EXPECT_TRUE(AdoptMasterKey(world_.store(), world_.master_key(), world_.folder()).ok());
  }
  // The bytes of a backup; `between` happens after each piece.
  Result<std::string> Make(bool with_key = false, const std::function<void()>& between = [] {}) {
    std::string bytes;
    int64_t total = 0;
    const auto add = [&](const Out& piece) {
      total = piece.total;
      EXPECT_LT(proto::EncodeReply(proto::ToJson(piece), true).size(), proto::kMaxMessage);
      if (!piece.backup_data.has_value()) return;
      const Bytes data = *Base64UrlDecode(piece.backup_data->RevealText());
      bytes.append(data.begin(), data.end());
      EXPECT_EQ(piece.sent, static_cast<int64_t>(bytes.size()));
    };
    std::optional<Error> failed;
    bool ended = false;
    const auto flow = world_.backup().Backup(World::Root(), {with_key},
                                             {[&](Out piece) { add(piece); },
                                              [&](Result<Out> last) {
                                                ended = true;
                                                last.ok() ? add(*last) : void(failed = last.error());
                                              }});
    for (int i = 0; i < 10'000 && !ended && flow != nullptr; ++i) {
      flow->Next();
      world_.Settle();
      between();
    }
    if (failed.has_value()) return *failed;
    EXPECT_EQ(total, static_cast<int64_t>(bytes.size()));
    return bytes;
  }
  World world_;
};

TEST_F(BackupTest, IsTheStoreAsItWasWhenItBeganSignedAndWithoutTheMasterKey) {
  int more = 0;
  const auto made = Make(false, [&] { world_.AddOtp("alice", "later" + std::to_string(more++)); });
  ASSERT_TRUE(made.ok()) << made.error().text;
  EXPECT_GT(more, 3);
  const auto parsed = ParseBackupHeader(std::string_view(*made).substr(0, kMaxBackupHeader));
  ASSERT_TRUE(parsed.ok());
  const BackupHeader& header = parsed->header;
  EXPECT_EQ(header.epoch, 1);
  EXPECT_EQ(header.schema, world_.store().Counts(0, "")->schema);
  EXPECT_EQ(header.master_key, world_.master_key().Look()->id);
  EXPECT_FALSE(header.key.has_value());
  EXPECT_EQ(made->find(std::string(32, '\0') + "x"), std::string::npos);
  EXPECT_EQ(made->find("12345678901234567890"), std::string::npos) << "rows stay sealed";
  const size_t end = parsed->size + static_cast<size_t>(header.database);
  const auto trailer = ParseBackupTrailer(std::string_view(*made).substr(end));
  ASSERT_TRUE(trailer.ok());
  EXPECT_EQ(trailer->sha256, world_.context().hasher.Sha256(AsBytes(std::string_view(*made).substr(0, end))));
  EXPECT_TRUE(world_.audit_signer().Verify(BackupStatement(trailer->sha256), trailer->signature));
  // It opens as a store, of that moment.
  const std::string folder = world_.folder() + "/copy";
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  std::ofstream(folder + "/fob.db", std::ios::binary)
      << std::string_view(*made).substr(parsed->size, static_cast<size_t>(header.database));
  std::filesystem::permissions(folder + "/fob.db", std::filesystem::perms(0600));
  const crypto::Sha256Hasher hasher;
  const auto copy = store::SqliteStore::Open(folder, store::SqliteStore::Mode::kWriter, hasher,
                                             world_.master_key().sealer());
  ASSERT_TRUE(copy.ok()) << copy.error().text;
  EXPECT_TRUE((*copy)->CheckWhole().ok());
  EXPECT_EQ((*copy)->LoadFactors("alice", testing::kAliceUid)->otps.size(), 200u);
  const auto newest = (*copy)->TailAudit(1, std::nullopt)->at(0);
  EXPECT_EQ(newest.entry.action, "store.backup");
  EXPECT_EQ(newest.seq, header.head_seq);
  EXPECT_EQ(newest.hash, header.head_hash);
  for (const auto& entry : std::filesystem::directory_iterator(world_.folder()))
    EXPECT_EQ(entry.path().string().find(".backup"), std::string::npos) << "nothing is left behind";
}

TEST_F(BackupTest, HoldsTheMasterKeyOnlyWhenAskedByName) {
  const auto made = Make(true);
  ASSERT_TRUE(made.ok());
  const auto parsed = ParseBackupHeader(std::string_view(*made).substr(0, kMaxBackupHeader));
  ASSERT_TRUE(parsed->header.key.has_value());
  EXPECT_EQ(*crypto::AesGcmSealer::IdOf(*parsed->header.key), parsed->header.master_key);
  EXPECT_EQ(world_.LastEntry().detail, "with the master key");
}

TEST_F(BackupTest, OneAtATimeAndADroppedOneMakesRoom) {
  auto first = world_.backup().Backup(World::Root(), {}, {[](Out) {}, [](Result<Out>) {}});
  first->Next();
  world_.Settle();
  EXPECT_EQ(Make().error().reason, "backup_running");
  first.reset();
  EXPECT_TRUE(Make().ok());
}

TEST_F(BackupTest, OneThatCannotBeRecordedIsNotMade) {
  world_.queue().write_error = MakeError(Code::kUnavailable, "store_not_writable", "disk full");
  EXPECT_EQ(Make().error().reason, "store_not_writable");
}

TEST(BackupFormat, ReadsWhatItWroteAndNothingElse) {
  BackupHeader header;
  header.version = "0.1.0";
  header.schema = 3;
  header.epoch = 2;
  header.created_at = 1'700'000'000;
  header.head_seq = 7;
  header.head_hash = Bytes(32, 1);
  header.master_key = "0123456789abcdef";
  header.database = 4096;
  for (const bool with_key : {false, true}) {
    if (with_key) header.key = SecretBytes(std::string_view("0123456789abcdef0123456789abcdef"));
    const SecretBytes text = FormatHeader(header);
    const std::string whole = std::string(text.RevealText()) + "SQLite";
    const auto parsed = ParseBackupHeader(whole);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->size, text.size());
    EXPECT_EQ(FormatHeader(parsed->header), text);
    for (size_t size = 0; size < text.size(); ++size)
      EXPECT_FALSE(ParseBackupHeader(std::string_view(whole).substr(0, size)).ok()) << size;
  }
  const BackupTrailer trailer{Bytes(32, 2), Bytes(64, 3)};
  const std::string end = FormatTrailer(trailer);
  EXPECT_EQ(ParseBackupTrailer(end)->signature, trailer.signature);
  for (size_t size = 0; size < end.size(); ++size)
    EXPECT_FALSE(ParseBackupTrailer(end.substr(0, size)).ok());
  EXPECT_FALSE(ParseBackupTrailer(end + "\n").ok());
}

}  // namespace
}  // namespace fob::core
