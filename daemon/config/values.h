#pragma once

#include <string>
#include <string_view>

// What a text in fobd.toml must look like. Each answers what is wrong with `text`, empty when nothing is.
namespace fob::config {

// https, or http for localhost and 127.0.0.1; host, port and path only (RFC 8414 clause 2).
std::string IssuerProblem(std::string_view text);
// The same, of scheme, host and port only.
std::string OriginProblem(std::string_view text);
// A lower-case DNS name (WebAuthn clause 5.1.2: an rp id is a domain string, not an address).
std::string RpIdProblem(std::string_view text);
// Absolute, without empty, "." or ".." parts.
std::string PathProblem(std::string_view text);
// The same, short enough for sockaddr_un.
std::string SocketPathProblem(std::string_view text);
// A PAM service: the name of a file in /etc/pam.d.
std::string ServiceProblem(std::string_view text);
// An account or group name as NSS takes it: no ':', '/', blank or control character.
std::string AccountProblem(std::string_view text);
// A name for people: printable, at most 64 bytes.
std::string LabelProblem(std::string_view text);
// The model of a security key: "f8a011f3-8c0a-4d15-8006-17111f9edc7d".
std::string AaguidProblem(std::string_view text);
// A program's argument: anything but control characters.
std::string ArgumentProblem(std::string_view text);

}  // namespace fob::config
