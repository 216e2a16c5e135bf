#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tests/support/virtual_key/client.h"
#include "tests/support/virtual_key/socket_device.h"
#include "tests/unit/virtual_key/fido_host.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

class VirtualKeyProgram : public ::testing::Test {
 protected:
  VirtualKeyProgram() {
    char path[] = "/tmp/fob-virtual-key-XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~VirtualKeyProgram() override { std::filesystem::remove_all(folder_); }

  static mode_t Mode(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
  }

  std::string folder_;
};

TEST_F(VirtualKeyProgram, ServesLibfido2OverItsSocket) {
  VirtualKeyProcess key(folder_, {"--pin", "1234", "--alg", "eddsa"});
  SocketDevice device(key.socket());
  const DevPtr dev = Open(device);
  ASSERT_TRUE(dev);
  const CredAnswer made = MakeCred(dev.get(), {.algorithm = COSE_EDDSA, .pin = "1234"});
  ASSERT_EQ(made.error, FIDO_OK);
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}, .pin = "1234"});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
  EXPECT_EQ(Mode(key.socket()), 0600u);
  EXPECT_EQ(Mode(key.socket() + ".ctl"), 0600u);
  EXPECT_EQ(Mode(folder_ + "/key.state"), 0600u);
}

TEST_F(VirtualKeyProgram, SurvivesBeingKilled) {
  VirtualKeyProcess key(folder_, {"--pin", "1234"});
  CredAnswer made;
  {
    SocketDevice device(key.socket());
    made = MakeCred(Open(device).get(), {.rk = FIDO_OPT_TRUE, .pin = "1234"});
    ASSERT_EQ(made.error, FIDO_OK);
  }
  key.Restart();
  EXPECT_EQ(key.Status("credentials"), 1);
  SocketDevice device(key.socket());
  const AssertAnswer got = GetAssert(Open(device).get(), {.pin = "1234"});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
}

TEST_F(VirtualKeyProgram, IsTouchedOnCommand) {
  VirtualKeyProcess key(folder_, {"--touch", "command"});
  EXPECT_EQ(key.Command("touch"), "not waiting");
  EXPECT_EQ(key.Command("wait-touch 0"), "timeout");
  std::thread user([&] { key.TouchWhenAsked(); });
  SocketDevice device(key.socket());
  const CredAnswer made = MakeCred(Open(device).get());
  user.join();
  EXPECT_EQ(made.error, FIDO_OK);
  EXPECT_EQ(key.Status("blinks"), 1);
}

TEST_F(VirtualKeyProgram, IsCancelledFromAnotherThread) {
  VirtualKeyProcess key(folder_, {"--touch", "never"});
  SocketDevice device(key.socket());
  const DevPtr dev = Open(device);
  std::thread user([&] {
    key.WaitTouch();
    fido_dev_cancel(dev.get());
  });
  const CredAnswer made = MakeCred(dev.get());
  user.join();
  EXPECT_EQ(made.error, FIDO_ERR_KEEPALIVE_CANCEL);
  key.WaitIdle();
  EXPECT_EQ(key.Status("cancels"), 1);
}

TEST_F(VirtualKeyProgram, StaysBusyAfterAHostThatWentAwayUntilItIsCancelled) {
  VirtualKeyProcess key(folder_, {"--touch", "never"});
  SocketDevice first(key.socket());
  const DevPtr dev = Open(first, 200);
  EXPECT_EQ(MakeCred(dev.get()).error, FIDO_ERR_RX) << "the host's own patience ended";
  SocketDevice second(key.socket());
  EXPECT_EQ(Open(second, 200), nullptr);
  fido_dev_cancel(dev.get());
  key.WaitIdle();
  key.SetTouchPolicy("auto");
  SocketDevice third(key.socket());
  const DevPtr again = Open(third, 2'000);
  ASSERT_TRUE(again);
  EXPECT_EQ(MakeCred(again.get()).error, FIDO_OK);
}

TEST_F(VirtualKeyProgram, SeveralHostsShareTheDevice) {
  VirtualKeyProcess key(folder_);
  SocketDevice one(key.socket());
  const DevPtr first = Open(one);
  // Opened later: as with hidraw, it would otherwise find the answer to the first one's INIT before
  // its own.
  SocketDevice two(key.socket());
  const DevPtr second = Open(two);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(MakeCred(first.get()).error, FIDO_OK);
  EXPECT_EQ(MakeCred(second.get()).error, FIDO_OK);
  EXPECT_EQ(key.Status("inits"), 2);
}

TEST_F(VirtualKeyProgram, IsUnpluggedAndPluggedInAgain) {
  VirtualKeyProcess key(folder_);
  SocketDevice device(key.socket());
  ASSERT_TRUE(Open(device));
  key.Unplug();
  EXPECT_FALSE(std::filesystem::exists(key.socket()));
  EXPECT_FALSE(device.Read(-1)) << "its opens have ended";
  EXPECT_THROW(SocketDevice{key.socket()}, std::runtime_error);
  key.Plug();
  SocketDevice again(key.socket());
  EXPECT_TRUE(Open(again));
}

TEST_F(VirtualKeyProgram, VanishesMidCeremony) {
  VirtualKeyProcess key(folder_, {"--misbehave", "vanish_mid_ceremony"});
  SocketDevice device(key.socket());
  EXPECT_EQ(MakeCred(Open(device).get()).error, FIDO_ERR_RX);
  EXPECT_EQ(key.Status("plugged"), 0);
  EXPECT_FALSE(std::filesystem::exists(key.socket()));
}

TEST_F(VirtualKeyProgram, IsTheKeyThatItsOptionsDescribe) {
  VirtualKeyProcess key(folder_, {"--ctap",
                                  "2.0",
                                  "--no-u2f",
                                  "--pin-protocols",
                                  "1",
                                  "--alg",
                                  "es256",
                                  "--attestation",
                                  "batch",
                                  "--aaguid",
                                  "00112233445566778899aabbccddeeff",
                                  "--counter-step",
                                  "10",
                                  "--rk-capacity",
                                  "0",
                                  "--touch-delay",
                                  "1",
                                  "--action-timeout",
                                  "5000",
                                  "--builtin-uv",
                                  "--uv",
                                  "ok"});
  SocketDevice device(key.socket());
  const DevPtr dev = Open(device);
  ASSERT_TRUE(dev);
  EXPECT_EQ(fido_dev_flags(dev.get()) & FIDO_CAP_NMSG, FIDO_CAP_NMSG);
  EXPECT_FALSE(fido_dev_supports_permissions(dev.get()));
  EXPECT_TRUE(fido_dev_has_uv(dev.get()));
  const CredAnswer made = MakeCred(dev.get(), {.uv = FIDO_OPT_TRUE});
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_EQ(fido_cred_verify(made.cred.get()), FIDO_OK);
  EXPECT_EQ(fido_cred_aaguid_ptr(made.cred.get())[15], 0xff);
  EXPECT_EQ(fido_cred_sigcount(made.cred.get()), 26u);
  EXPECT_EQ(MakeCred(dev.get(), {.rk = FIDO_OPT_TRUE, .uv = FIDO_OPT_TRUE}).error,
            FIDO_ERR_UNSUPPORTED_OPTION);
  EXPECT_EQ(key.Command("touch-delay 0"), "ok");
  EXPECT_EQ(key.Command("uv fail"), "ok");
  EXPECT_NE(MakeCred(dev.get(), {.uv = FIDO_OPT_TRUE}).error, FIDO_OK);
}

TEST_F(VirtualKeyProgram, U2fOnlyWithoutACounter) {
  VirtualKeyProcess key(folder_, {"--u2f-only", "--no-counter"});
  SocketDevice device(key.socket());
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get());
  ASSERT_EQ(made.error, FIDO_OK);
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(fido_assert_sigcount(got.assertion.get(), 0), 0u);
}

// By the clock of the host, because a host that is kept waiting ends it by nothing else.
TEST_F(VirtualKeyProgram, KeepsAliveForEverDeafToCancel) {
  VirtualKeyProcess key(folder_, {"--misbehave", "endless_keepalive"});
  SocketDevice device(key.socket());
  const DevPtr dev = Open(device, 300);
  ASSERT_TRUE(dev);
  EXPECT_EQ(MakeCred(dev.get()).error, FIDO_ERR_RX);
  fido_dev_cancel(dev.get());
  SocketDevice second(key.socket());
  EXPECT_EQ(Open(second, 200), nullptr) << "still busy";
  EXPECT_EQ(key.Status("cancels"), 1);
  EXPECT_EQ(key.Status("waiting"), 0);
  key.Misbehave("none");
  SocketDevice third(key.socket());
  const DevPtr again = Open(third, 2'000);
  ASSERT_TRUE(again);
  EXPECT_EQ(MakeCred(again.get()).error, FIDO_OK);
}

TEST_F(VirtualKeyProgram, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(VirtualKeyProcess(folder_, {"--alg", "rot13"}), std::runtime_error);
  VirtualKeyProcess key(folder_);
  for (const char* command :
       {"dance", "touch-policy perhaps", "misbehave politely", "uv", "wait-touch soon"}) {
    EXPECT_THROW(key.Command(command), std::runtime_error) << command;
  }
  EXPECT_NE(key.Command("attestation-root").find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_EQ(key.Command("quit"), "ok");
}

TEST_F(VirtualKeyProgram, BeginsUnpluggedWhenTold) {
  VirtualKeyProcess key(folder_, {"--unplugged"});
  EXPECT_FALSE(std::filesystem::exists(key.socket()));
  key.Plug();
  SocketDevice device(key.socket());
  EXPECT_TRUE(Open(device));
}

// What a script says to it, with exit statuses to go on by.
TEST_F(VirtualKeyProgram, IsControlledFromScripts) {
  VirtualKeyProcess key(folder_, {"--touch", "command"});
  const auto control = [&key](const std::string& words) {
    const std::string program = std::string(FOB_BIN_DIR) + "/virtual-key-control ";
    return WEXITSTATUS(
        system((program + key.socket() + ".ctl " + words + " >/dev/null 2>&1").c_str()));
  };
  EXPECT_EQ(control("status"), 0);
  EXPECT_EQ(control("pin 1234"), 0);
  EXPECT_EQ(key.Status("pin_set"), 1);
  EXPECT_EQ(control("force-pin-change on"), 0);
  EXPECT_EQ(control("answer-delay 5"), 0);
  EXPECT_EQ(control("touch"), 1) << "not waiting";
  EXPECT_EQ(control("wait-touch 1"), 1) << "timeout";
  EXPECT_EQ(control("dance"), 1);
  EXPECT_EQ(control(""), 2);
  EXPECT_EQ(control("touch-policy never indeed"), 2);
  EXPECT_EQ(control("quit"), 0);
}

// They need a machine of their own to do more.
TEST_F(VirtualKeyProgram, ItsUsbFormsSayWhatTheyLack) {
  const auto run = [this](const std::string& words) {
    return WEXITSTATUS(system((std::string(FOB_BIN_DIR) + "/" + words + " --state " + folder_ +
                               "/usb.state >/dev/null 2>&1")
                                  .c_str()));
  };
  const std::string control = " --control " + folder_ + "/usb.ctl";
  EXPECT_EQ(run("virtual-key-uhid --device /nonexistent" + control), 1);
  EXPECT_EQ(run("virtual-key-uhid"), 2) << "no control socket";
  EXPECT_EQ(run("virtual-key-uhid --vendor yes" + control), 2);
  EXPECT_EQ(run("virtual-key-gadget --configfs /nonexistent" + control), 1);
}

TEST_F(VirtualKeyProgram, WillNotReplaceADamagedState) {
  FILE* file = fopen((folder_ + "/key.state").c_str(), "w");
  fputs("not a state", file);
  fclose(file);
  EXPECT_THROW(VirtualKeyProcess{folder_}, std::runtime_error);
  EXPECT_EQ(std::filesystem::file_size(folder_ + "/key.state"), 11u);
}

}  // namespace
}  // namespace fob::testing
