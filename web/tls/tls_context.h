#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "web/http/transport.h"

namespace fob::web {

// TLS 1.2 and 1.3 for a server, by OpenSSL: its certificate chain and key.
class TlsContext {
 public:
  // PEM files. kInvalidArgument/"tls": one cannot be read, or they do not belong together.
  static Result<TlsContext> Load(const std::string& certificate, const std::string& key);
  ~TlsContext();
  TlsContext(TlsContext&&) noexcept;
  TlsContext& operator=(TlsContext&&) noexcept;

  // The server's side of a connection; its handshake happens as it is read.
  std::unique_ptr<Transport> Wrap(int fd) const;
  // Until when the certificate is good, in Unix seconds.
  int64_t expires_at() const;

 private:
  struct Impl;
  explicit TlsContext(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fob::web
