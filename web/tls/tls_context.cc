#include "web/tls/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <climits>
#include <ctime>

namespace fob::web {
namespace {

struct Free {
  void operator()(SSL* session) const { ::SSL_free(session); }
};

Error Failed(const std::string& what) {
  char text[256] = "";
  if (const unsigned long code = ::ERR_peek_last_error(); code != 0) ::ERR_error_string_n(code, text, sizeof text);
  ::ERR_clear_error();
  return MakeError(Code::kInvalidArgument, "tls", what + (text[0] != '\0' ? ": " + std::string(text) : ""));
}

// HTTP/1.1 is what is spoken here, whatever else a browser would like.
int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in, unsigned int size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (::SSL_select_next_proto(&chosen, length, kHttp11, sizeof kHttp11, in, size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(SSL_CTX* context, int fd) : session_(::SSL_new(context)) {
    if (session_ == nullptr || ::SSL_set_fd(session_.get(), fd) != 1) {
      session_.reset();
      return;
    }
    ::SSL_set_accept_state(session_.get());
  }

  Moved Read(std::span<uint8_t> into) override {
    return Move([&] { return ::SSL_read(session_.get(), into.data(), Length(into.size())); });
  }
  Moved Write(ByteView from) override {
    return Move([&] { return ::SSL_write(session_.get(), from.data(), Length(from.size())); });
  }
  void ShutDown() override {
    if (session_ == nullptr || failed_) return;
    ::ERR_clear_error();
    ::SSL_shutdown(session_.get());
    ::ERR_clear_error();
  }

 private:
  static int Length(size_t size) { return static_cast<int>(std::min<size_t>(size, INT_MAX)); }

  template <typename What>
  Moved Move(What what) {
    if (session_ == nullptr || failed_) return {Outcome::kFailed};
    ::ERR_clear_error();
    const int moved = what();
    if (moved > 0) return {Outcome::kDone, static_cast<size_t>(moved)};
    switch (::SSL_get_error(session_.get(), moved)) {
      case SSL_ERROR_WANT_READ:
        return {Outcome::kWantsRead};
      case SSL_ERROR_WANT_WRITE:
        return {Outcome::kWantsWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {Outcome::kEnded};
      default:
        failed_ = true;
        ::ERR_clear_error();
        return {Outcome::kFailed};
    }
  }

  std::unique_ptr<SSL, Free> session_;
  bool failed_ = false;
};

}  // namespace

struct TlsContext::Impl {
  struct Free {
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context;
  int64_t expires_at = 0;
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;
TlsContext::TlsContext(TlsContext&&) noexcept = default;
TlsContext& TlsContext::operator=(TlsContext&&) noexcept = default;

Result<TlsContext> TlsContext::Load(const std::string& certificate, const std::string& key) {
  auto impl = std::make_unique<Impl>();
  impl->context.reset(::SSL_CTX_new(::TLS_server_method()));
  SSL_CTX* context = impl->context.get();
  if (context == nullptr) return Failed("TLS cannot be set up");
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Suites with forward secrecy and authenticated encryption (RFC 9325 clause 4.2); those of TLS 1.3 are all so.
  if (::SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) return Failed("TLS cannot be set up");
  ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_NO_TICKET);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_alpn_select_cb(context, &ChooseProtocol, nullptr);
  if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return Failed(certificate + ": cannot be used as a certificate chain");
  }
  if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) return Failed(key + ": cannot be used as its key");
  if (::SSL_CTX_check_private_key(context) != 1) return Failed(key + " is not the key of " + certificate);
  std::tm end{};
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(context)), &end) == 1) impl->expires_at = ::timegm(&end);
  return TlsContext(std::move(impl));
}

std::unique_ptr<Transport> TlsContext::Wrap(int fd) const { return std::make_unique<TlsTransport>(impl_->context.get(), fd); }

int64_t TlsContext::expires_at() const { return impl_->expires_at; }

}  // namespace fob::web
