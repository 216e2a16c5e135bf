// Backup of a running daemon, and what a restore makes of it.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/functional/e2e/end_to_end.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Backup : public EndToEnd {
 protected:
  // Both streams, and "exit N" unless all is good.
  std::string Fobctl(const std::string& arguments) const {
    return OutputOf({"/bin/sh", "-c",
                     FOB_BIN_DIR "/fobctl --socket " + daemon_.socket() + " " + arguments +
                         " 2>&1 || echo exit $?"});
  }
  std::string file() const { return daemon_.Path("a.backup"); }
  std::string Restore(const std::string& more = "") const {
    return Fobctl("restore " + file() + " --config " + daemon_.config() + more);
  }
  std::string Read(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  void Write(const std::string& path, const std::string& bytes) const {
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary) << bytes;
    ::chmod(path.c_str(), 0600);
  }
  void MasterKey(char fill) const {
    const std::string path = daemon_.Path("etc/master.key");
    std::filesystem::remove(path);
    std::ofstream(path) << std::string(32, fill);
    ::chmod(path.c_str(), 0400);
  }
  // Restores refuse `bytes` with `message`, and leave the store as it is.
  void IsRefused(const std::string& bytes, const std::string& message, const std::string& exit = "exit 1") {
    Write(file(), bytes);
    const std::string before = Read(daemon_.Path("state/fob.db"));
    const std::string said = Restore();
    EXPECT_THAT(said, AllOf(HasSubstr(message), HasSubstr("nothing was changed"), HasSubstr(exit)));
    EXPECT_EQ(Read(daemon_.Path("state/fob.db")), before);
    EXPECT_FALSE(std::filesystem::exists(daemon_.Path("state/restore.tmp")));
    EXPECT_FALSE(std::filesystem::exists(daemon_.Path("state/restore.ready")));
  }
};

TEST_F(Backup, IsRestoredAsANewEpoch) {
  EnrolTotp();
  const App app = AddApp("wiki", {"api"});
  const std::string login = LogIn();
  const auto ticket = Ticket(app);
  ASSERT_TRUE(ticket.ok());
  const auto token = Exchange(app, ticket->ticket);
  ASSERT_TRUE(token.ok());
  const auto unused = Ticket(app);
  ASSERT_TRUE(unused.ok());
  EXPECT_THAT(Fobctl("backup " + file()), HasSubstr("bytes"));
  struct stat info {};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_THAT(Fobctl("backup " + file()), AllOf(HasSubstr("exists already"), HasSubstr("exit 6")));

  // After the backup a code is used, the app removed.
  const std::string used = NextCode();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", used));
  ASSERT_TRUE(daemon_.Call<proto::admin::RemoveClient>({app.id}).ok());
  EXPECT_THAT(Restore(), AllOf(HasSubstr("stop it first"), HasSubstr("exit 6")));
  ASSERT_EQ(daemon_.Stop(), 0);

  const std::string said = Restore();
  EXPECT_THAT(said, AllOf(HasSubstr("epoch 2 has begun"), HasSubstr("client wiki " + app.id),
                          HasSubstr("otp " + Me()), HasSubstr("before-restore")));
  daemon_.Start();
  IsDenied("sshd", used, "");
  EXPECT_EQ(LiveLogins(), 0u);
  EXPECT_EQ(ReasonOf(Exchange(app, unused->ticket)), "ticket_unknown");
  proto::token::Verify::In in;
  in.access_token = token->access_token.Clone();
  EXPECT_FALSE(daemon_.Call<proto::token::Verify>(std::move(in))->active);
  EXPECT_THAT(Fobctl("audit tail --action store"),
              AllOf(HasSubstr("store.backup"), HasSubstr("store.restore"), HasSubstr("replaces a store with head")));
  EXPECT_THAT(Fobctl("audit verify"), HasSubstr("intact"));
  // Once more, and the epoch is a further one.
  daemon_.Stop();
  EXPECT_THAT(Restore(), HasSubstr("epoch 3 has begun"));
  // Codes of a later time are good again: the real clock of the restore is past the daemon's.
}

TEST_F(Backup, WhatIsNotWholeOrNotOursIsRefusedAndChangesNothing) {
  EnrolTotp();
  ASSERT_THAT(Fobctl("backup " + file()), HasSubstr("bytes"));
  ASSERT_EQ(daemon_.Stop(), 0);
  const std::string good = Read(file());
  IsRefused("", "no backup of fob");
  IsRefused("SQLite format 3", "no backup of fob");
  IsRefused(good.substr(0, 40), "no backup of fob");
  IsRefused(good.substr(0, good.size() / 2), "cut off");
  IsRefused(good.substr(0, good.size() - 1), "cut off");
  IsRefused(good + "x", "does not end as a backup");
  for (const size_t at : {good.size() / 3, good.size() / 2, good.size() - 400}) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    IsRefused(damaged, "SHA-256");
  }
  std::string newer = good;
  const size_t schema = newer.find("\nschema ") + 8;
  newer.replace(schema, newer.find('\n', schema) - schema, "99");
  IsRefused(newer, "install that version", "exit 6");
  MasterKey('x');
  IsRefused(good, "put the master key of that backup there", "exit 6");
  std::filesystem::remove(daemon_.Path("etc/master.key"));
  IsRefused(good, "no such file", "exit");
}

TEST_F(Backup, WithTheMasterKeyItIsRestoredOnAHostThatLostIt) {
  EnrolTotp();
  EXPECT_THAT(Fobctl("backup " + file() + " --with-master-key < /dev/null"), HasSubstr("exit"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_THAT(Fobctl("backup " + file() + " --with-master-key < " + daemon_.config()), HasSubstr("exit 4"));
  const std::string said = OutputOf(
      {FOB_BIN_DIR "/fobctl", "--socket", daemon_.socket(), "backup", file(), "--with-master-key"}, "yes\n");
  EXPECT_THAT(said, HasSubstr("bytes"));
  ASSERT_EQ(daemon_.Stop(), 0);
  MasterKey('x');
  EXPECT_THAT(Restore(), HasSubstr("--with-master-key"));
  EXPECT_THAT(Restore(" --with-master-key"), HasSubstr("epoch 2"));
  daemon_.Start();
  EXPECT_THAT(Fobctl("otp list"), HasSubstr(Me()));
}

TEST_F(Backup, ACorruptAndATruncatedStoreNameTheWayOut) {
  EnrolTotp();
  ASSERT_THAT(Fobctl("backup " + file()), HasSubstr("bytes"));
  ASSERT_EQ(daemon_.Stop(), 0);
  const std::string path = daemon_.Path("state/fob.db");
  const std::string good = Read(path);
  for (const std::string& bad : {good.substr(0, 5000), std::string("not a database at all, and long enough to see it")}) {
    Write(path, bad);
    EXPECT_NE(daemon_.RunToEnd(), 0);
    EXPECT_THAT(daemon_.log(), AllOf(HasSubstr(path), HasSubstr("fobctl restore")));
    EXPECT_FALSE(std::filesystem::exists(daemon_.socket())) << "nobody waits where nobody answers";
  }
  EXPECT_THAT(Restore(), HasSubstr("epoch 2"));
  daemon_.Start();
  EXPECT_THAT(Fobctl("otp list"), HasSubstr(Me()));
  ASSERT_EQ(daemon_.Stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(daemon_.socket())) << "and it goes at an orderly end";
}

TEST_F(Backup, ARestoreThatWasKilledIsFinishedByTheNextStart) {
  EnrolTotp();
  ASSERT_THAT(Fobctl("backup " + file()), HasSubstr("bytes"));
  ASSERT_EQ(daemon_.Stop(), 0);
  ASSERT_THAT(Restore(), HasSubstr("epoch 2"));
  // As if it had been killed after each of its last steps.
  namespace fs = std::filesystem;
  const std::string db = daemon_.Path("state/fob.db");
  const std::string ready = daemon_.Path("state/restore.ready");
  fs::rename(db, ready);
  Write(db, "the former store");
  Write(db + "-wal", "its log");
  daemon_.Start();
  EXPECT_THAT(Fobctl("otp list"), HasSubstr(Me()));
  ASSERT_EQ(daemon_.Stop(), 0);
  EXPECT_EQ(Read(daemon_.Path("state/fob.db.before-restore-wal")), "its log");
  fs::rename(db, ready);
  daemon_.Start();
  EXPECT_THAT(Fobctl("otp list"), HasSubstr(Me()));
  EXPECT_EQ(Read(daemon_.Path("state/fob.db.before-restore")), "the former store");
}

}  // namespace
}  // namespace fob::testing
