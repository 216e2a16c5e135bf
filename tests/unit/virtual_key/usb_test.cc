#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/uhid.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/virtual_usb/gadget_port.h"
#include "tests/support/virtual_usb/uhid_port.h"

namespace fob::testing {
namespace {

Report ReportOf(uint8_t first) {
  Report report{};
  report[0] = first;
  report[63] = 0x7f;
  return report;
}

// The kernel's side of /dev/uhid, event by event.
class UhidPortTest : public ::testing::Test {
 protected:
  UhidPortTest()
      : port_(
            [this] {
              int ends[2];
              if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
                throw std::runtime_error("socketpair");
              kernel_.reset(ends[0]);
              return UniqueFd(ends[1]);
            },
            UsbIdentity{0x1234, 0xabcd, "Maker", "Thing", "S-1"}) {}

  uhid_event Next() {
    uhid_event event{};
    EXPECT_EQ(read(kernel_.get(), &event, sizeof event), static_cast<ssize_t>(sizeof event));
    return event;
  }
  void Say(const uhid_event& event) {
    ASSERT_EQ(write(kernel_.get(), &event, sizeof event), static_cast<ssize_t>(sizeof event));
  }
  void Output(ByteView data) {
    uhid_event event{};
    event.type = UHID_OUTPUT;
    event.u.output.size = static_cast<uint16_t>(data.size());
    std::copy(data.begin(), data.end(), event.u.output.data);
    Say(event);
  }

  UniqueFd kernel_;
  UhidPort port_;
};

TEST_F(UhidPortTest, MakesAFidoDeviceAndDestroysIt) {
  EXPECT_FALSE(port_.plugged());
  port_.Plug();
  EXPECT_TRUE(port_.plugged());
  const uhid_event event = Next();
  EXPECT_EQ(event.type, static_cast<uint32_t>(UHID_CREATE2));
  EXPECT_EQ(event.u.create2.bus, BUS_USB);
  EXPECT_EQ(event.u.create2.vendor, 0x1234u);
  EXPECT_EQ(event.u.create2.product, 0xabcdu);
  EXPECT_STREQ(reinterpret_cast<const char*>(event.u.create2.name), "Maker Thing");
  EXPECT_STREQ(reinterpret_cast<const char*>(event.u.create2.uniq), "S-1");
  ASSERT_EQ(event.u.create2.rd_size, 34u);
  EXPECT_EQ(event.u.create2.rd_data[1], 0xd0);
  EXPECT_EQ(event.u.create2.rd_data[2], 0xf1);
  EXPECT_EQ(event.u.create2.rd_data[33], 0xc0);
  port_.Unplug();
  EXPECT_EQ(Next().type, static_cast<uint32_t>(UHID_DESTROY));
  char byte = 0;
  EXPECT_EQ(read(kernel_.get(), &byte, 1), 0) << "and closed";
  EXPECT_TRUE(port_.Polled().empty());
  port_.Plug();
  EXPECT_EQ(Next().type, static_cast<uint32_t>(UHID_CREATE2));
}

TEST_F(UhidPortTest, ReportsComeWithALeadingZeroAndGoWithout) {
  port_.Plug();
  Next();
  Bytes numbered(65, 0);
  numbered[1] = 0x42;
  numbered[64] = 0x7f;
  Output(numbered);
  Output(Bytes(64, 1));  // too short
  numbered[0] = 3;       // another report
  Output(numbered);
  const std::vector<Report> got = port_.Exchange();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], ReportOf(0x42));
  port_.Send(ReportOf(0x17));
  const uhid_event sent = Next();
  EXPECT_EQ(sent.type, static_cast<uint32_t>(UHID_INPUT2));
  EXPECT_EQ(sent.u.input2.size, 64u);
  EXPECT_EQ(sent.u.input2.data[0], 0x17);
}

TEST_F(UhidPortTest, QuestionsForOtherReportsAreAnsweredWithAnError) {
  port_.Plug();
  Next();
  uhid_event question{};
  question.type = UHID_GET_REPORT;
  question.u.get_report.id = 7;
  Say(question);
  question = {};
  question.type = UHID_SET_REPORT;
  question.u.set_report.id = 8;
  Say(question);
  EXPECT_TRUE(port_.Exchange().empty());
  const uhid_event got = Next(), set = Next();
  EXPECT_EQ(got.type, static_cast<uint32_t>(UHID_GET_REPORT_REPLY));
  EXPECT_EQ(got.u.get_report_reply.id, 7u);
  EXPECT_NE(got.u.get_report_reply.err, 0u);
  EXPECT_EQ(set.type, static_cast<uint32_t>(UHID_SET_REPORT_REPLY));
  EXPECT_EQ(set.u.set_report_reply.id, 8u);
}

TEST(UhidPort, SaysWhatCannotBeOpened) {
  EXPECT_THROW(UhidPort::OpenDevice("/nonexistent/uhid"), std::runtime_error);
}

// A folder in the place of configfs: what is written where.
class UsbGadgetTest : public ::testing::Test {
 protected:
  UsbGadgetTest() {
    char path[] = "/tmp/fob-gadget-XXXXXX";
    root_ = mkdtemp(path);
    // What the kernel puts into a new gadget.
    for (const char* below : {"strings", "functions", "configs"})
      std::filesystem::create_directories(root_ + "/fob/" + below);
  }
  ~UsbGadgetTest() override { std::filesystem::remove_all(root_); }

  std::unique_ptr<UsbGadget> Make() {
    return std::make_unique<UsbGadget>(root_, "fob", "dummy_udc.0",
                                       UsbIdentity{0x1234, 0x00cd, "Maker", "Thing", "S-1"});
  }
  std::string Read(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(root_ + "/fob/" + name).rdbuf();
    return text.str();
  }

  std::string root_;
};

TEST_F(UsbGadgetTest, DescribesItselfWholly) {
  const auto gadget = Make();
  EXPECT_EQ(Read("idVendor"), "0x1234");
  EXPECT_EQ(Read("idProduct"), "0x00cd");
  EXPECT_EQ(Read("strings/0x409/manufacturer"), "Maker");
  EXPECT_EQ(Read("strings/0x409/product"), "Thing");
  EXPECT_EQ(Read("strings/0x409/serialnumber"), "S-1");
  EXPECT_EQ(Read("functions/hid.usb0/report_length"), "64");
  EXPECT_EQ(Read("functions/hid.usb0/protocol"), "0");
  EXPECT_EQ(Read("functions/hid.usb0/report_desc").size(), 34u);
  EXPECT_TRUE(std::filesystem::is_symlink(root_ + "/fob/configs/c.1/hid.usb0"));
  EXPECT_EQ(Read("UDC"), "") << "not on the bus yet";
  gadget->Attach();
  EXPECT_EQ(Read("UDC"), "dummy_udc.0");
}

TEST_F(UsbGadgetTest, APortWhoseDeviceFileDoesNotComeIsUnpluggedAgain) {
  auto gadget = Make();
  UsbGadget* const made = gadget.get();
  EXPECT_THROW(made->DevicePath(), std::runtime_error);
  std::ofstream(root_ + "/fob/functions/hid.usb0/dev") << "241:4711\n";
  EXPECT_EQ(made->DevicePath(), "/dev/hidg4711");
  GadgetPort port(std::move(gadget));
  EXPECT_THROW(port.Plug(), std::runtime_error);
  EXPECT_FALSE(port.plugged());
  EXPECT_EQ(Read("UDC").substr(0, 1), "\n") << "taken off the bus";
}

}  // namespace
}  // namespace fob::testing
