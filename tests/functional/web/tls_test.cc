// The gateway's own TLS.
#include <openssl/ssl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/functional/web/gateway_fixture.h"

namespace fob::testing {
namespace {

// A certificate of our own for localhost, with its key.
std::string MakeCertificate(const std::string& common_name) {
  char name[] = "/tmp/fob-tls-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  const std::string command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=" + common_name +
                              " -keyout " + folder + "/key.pem -out " + folder + "/cert.pem 2>/dev/null";
  EXPECT_EQ(0, std::system(command.c_str()));
  return folder;
}

class Tls : public ::testing::Test {
 protected:
  Tls() : certificate_(MakeCertificate("first")), fobd_(certificate_ + "/fobd.sock", socket_.origin()) {
    webd_ = std::make_unique<GatewayProcess>(socket_, certificate_ + "/fobd.sock",
                                             "[tls]\ncertificate = \"" + certificate_ + "/cert.pem\"\nkey = \"" + certificate_ + "/key.pem\"\n",
                                             "https-tls");
  }
  ~Tls() override {
    webd_.reset();
    fobd_.Stop();
    std::filesystem::remove_all(certificate_);
  }

  struct Said {
    std::string answer, subject, version, protocol;
  };
  // What a client of at most `version` is told.
  Said Ask(int version = TLS1_3_VERSION, const std::string& request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") {
    Said said;
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, version);
    HttpConnection connection(socket_.port());
    SSL* session = SSL_new(context);
    SSL_set_fd(session, connection.fd());
    static constexpr unsigned char kOffer[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_set_alpn_protos(session, kOffer, sizeof kOffer);
    if (SSL_connect(session) == 1) {
      said.version = SSL_get_version(session);
      const unsigned char* protocol = nullptr;
      unsigned length = 0;
      SSL_get0_alpn_selected(session, &protocol, &length);
      said.protocol.assign(reinterpret_cast<const char*>(protocol), length);
      X509* peer = SSL_get1_peer_certificate(session);
      char text[128] = "";
      X509_NAME_oneline(X509_get_subject_name(peer), text, sizeof text);
      said.subject = text;
      X509_free(peer);
      for (const char c : request) SSL_write(session, &c, 1);  // one record a byte
      char buffer[4096];
      for (int got; (got = SSL_read(session, buffer, sizeof buffer)) > 0;) said.answer.append(buffer, static_cast<size_t>(got));
    }
    SSL_free(session);
    SSL_CTX_free(context);
    return said;
  }

  LoopbackSocket socket_;
  std::string certificate_;
  FakeFobd fobd_;
  std::unique_ptr<GatewayProcess> webd_;
};

TEST_F(Tls, SpeaksHttpOverIt) {
  const Said said = Ask();
  EXPECT_THAT(said.answer, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_THAT(said.answer, ::testing::EndsWith("ok\n"));
  EXPECT_EQ("TLSv1.3", said.version);
  EXPECT_EQ("http/1.1", said.protocol);
  EXPECT_EQ("TLSv1.2", Ask(TLS1_2_VERSION).version);
}

TEST_F(Tls, RefusesWhatIsOld) { EXPECT_EQ("", Ask(TLS1_1_VERSION).version); }

TEST_F(Tls, WhoSpeaksPlainHttpIsHungUpOn) {
  HttpConnection connection(socket_.port());
  connection.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(connection.Ended());
}

TEST_F(Tls, ReadsANewCertificateWithoutLosingAConnection) {
  const std::string next = MakeCertificate("second");
  for (const char* file : {"/cert.pem", "/key.pem"}) std::filesystem::rename(next + file, certificate_ + file);
  webd_->Signal(SIGHUP);
  for (int i = 0; i < 200 && Ask().subject != "/CN=second"; ++i) ::usleep(10'000);
  EXPECT_EQ("/CN=second", Ask().subject);
  std::filesystem::remove(certificate_ + "/key.pem");
  webd_->Signal(SIGHUP);
  for (int i = 0; i < 200 && webd_->log().find("TLS goes on as it was") == std::string::npos; ++i) ::usleep(10'000);
  EXPECT_EQ("/CN=second", Ask().subject);
  std::filesystem::remove_all(next);
}

}  // namespace
}  // namespace fob::testing
