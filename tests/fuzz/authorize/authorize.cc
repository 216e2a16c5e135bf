// Authorization requests. The first line is a redirect URI that somebody wants to register; each line after it a
// parameter, as NAME=VALUE. A parameter that comes twice is told as such.
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include "daemon/core/authorization_request.h"
#include "daemon/core/client_gate.h"
#include "daemon/core/redirect_uri.h"
#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/web_crypto.h"

namespace {

using namespace fob;
using core::Verdict;
using Request = proto::AuthorizationRequest;

constexpr const char* kRegistered[] = {"https://app.example.org/callback", "http://127.0.0.1/callback", "http://[::1]:8080/"};

const std::map<std::string, std::optional<std::string> Request::*> kFields = {
    {"client_id", &Request::client_id},       {"redirect_uri", &Request::redirect_uri},
    {"response_type", &Request::response_type}, {"response_mode", &Request::response_mode},
    {"scope", &Request::scope},               {"state", &Request::state},
    {"nonce", &Request::nonce},               {"code_challenge", &Request::code_challenge},
    {"code_challenge_method", &Request::code_challenge_method}, {"prompt", &Request::prompt},
    {"max_age", &Request::max_age},           {"acr_values", &Request::acr_values},
    {"claims", &Request::claims},             {"login_hint", &Request::login_hint},
    {"resource", &Request::resource},         {"request", &Request::request},
    {"request_uri", &Request::request_uri},   {"registration", &Request::registration}};

Request Read(std::istringstream& lines) {
  Request request;
  std::vector<std::string> twice;
  for (std::string line; std::getline(lines, line);) {
    const size_t cut = std::min(line.find('='), line.size());
    const std::string name = line.substr(0, cut), value = cut < line.size() ? line.substr(cut + 1) : "";
    if (name == "id_token_hint") request.id_token_hint = SecretBytes(value);
    const auto field = kFields.find(name);
    if (field == kFields.end()) continue;
    if ((request.*field->second).has_value()) twice.push_back(name);
    request.*field->second = value;
  }
  if (!twice.empty()) request.duplicated = twice;
  return request;
}

// Without the port of a loopback literal; nothing: it is none.
std::string WithoutPort(const std::string& uri) {
  for (const std::string start : {"http://127.0.0.1", "http://[::1]"}) {
    if (!uri.starts_with(start)) continue;
    size_t end = start.size();
    if (end < uri.size() && uri[end] == ':') end = std::min(uri.find_first_not_of("0123456789", end + 1), uri.size());
    if (end < uri.size() && uri[end] != '/' && uri[end] != '?' && uri[end] != '#') return "";
    return start + uri.substr(end);
  }
  return "";
}

void Judge(const core::ClientRecord& client, const Request& request) {
  static const crypto::WebCrypto web_crypto;
  static const crypto::JwsSigner signer;
  const auto read = core::ReadAuthorization(request, client, web_crypto, signer, "https://login.example.org");
  const core::Authorization& plan = read.plan;
  if (read.bad.has_value()) {
    FUZZ_REQUIRE(!read.bad->error.empty() && !read.bad->description.empty());
    if (read.bad->where == core::BadRequest::Where::kPage) return;
  }
  // I34: from here on the browser is sent there, be it with an error.
  const bool same = std::ranges::any_of(client.redirect_uris, [&](const std::string& one) {
    return one == plan.redirect_uri || (!WithoutPort(one).empty() && WithoutPort(one) == WithoutPort(plan.redirect_uri));
  });
  FUZZ_REQUIRE(same && core::CheckRedirectUri(plan.redirect_uri).ok());
  if (read.bad.has_value()) return;
  FUZZ_REQUIRE(!request.duplicated.has_value() && request.response_type == "code" && !request.request && !request.request_uri);
  // I33, I44.
  FUZZ_REQUIRE(plan.challenge.size() == 43 || (plan.challenge.empty() && !client.pkce));
  FUZZ_REQUIRE(std::ranges::find(client.audiences, plan.audience) != client.audiences.end());
  for (const std::string& scope : plan.scopes) FUZZ_REQUIRE(core::Holds(client.scopes, scope));
  FUZZ_REQUIRE(!plan.prompt_none || (!plan.prompt_login && !plan.prompt_consent));
  FUZZ_REQUIRE(!plan.max_age || *plan.max_age >= 0);

  core::Standing standing;
  standing.now = 1'700'000'000;
  const auto nobody = core::Decide(plan, standing);
  FUZZ_REQUIRE(nobody.kind == (plan.prompt_none ? Verdict::Kind::kError : Verdict::Kind::kLogin));
  standing.login.emplace();
  standing.login->sub = "sub_alice";
  standing.login->acr = "mfa";
  standing.login->authenticated_at = standing.now - 100;
  for (const bool fresh : {false, true}) {
    standing.fresh = fresh;
    standing.login->multi_factor = false;
    FUZZ_REQUIRE(core::Decide(plan, standing).kind != Verdict::Kind::kCode);
    standing.login->multi_factor = true;
    const Verdict verdict = core::Decide(plan, standing);
    // Nobody is asked to sign in again and again, and nobody at all by prompt=none.
    if (fresh) FUZZ_REQUIRE(verdict.kind != Verdict::Kind::kLogin);
    if (plan.prompt_none) FUZZ_REQUIRE(verdict.kind == Verdict::Kind::kCode || verdict.kind == Verdict::Kind::kError);
    FUZZ_REQUIRE((verdict.kind == Verdict::Kind::kError) == !verdict.error.empty());
    // I39: what is essential was met, or there is no code.
    if (verdict.kind == Verdict::Kind::kCode && plan.acr.essential && !plan.acr.values.empty())
      FUZZ_REQUIRE(std::ranges::find(plan.acr.values, "mfa") != plan.acr.values.end());
    standing.may_use = false;
    FUZZ_REQUIRE(core::Decide(plan, standing).kind != Verdict::Kind::kCode);
    standing.may_use = true;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  std::string wanted;
  std::getline(lines, wanted);
  core::ClientRecord client;
  client.id = "client_1";
  client.redirect_uris = {std::begin(kRegistered), std::end(kRegistered)};
  client.audiences = {"https://login.example.org", "api"};
  client.scopes = {"openid", "profile", "read"};
  if (core::CheckRedirectUri(wanted).ok()) {
    FUZZ_REQUIRE(wanted.find('#') == std::string::npos && core::IsRegistered(wanted, {wanted}));
    FUZZ_REQUIRE(std::ranges::all_of(wanted, [](char c) { return c > 0x20 && c < 0x7f; }));
    // Neither more nor less of it, but for another port of loopback's.
    for (const std::string& other : {wanted + "/", wanted.substr(0, wanted.size() - 1)})
      FUZZ_REQUIRE(!core::IsRegistered(other, {wanted}) || (!WithoutPort(other).empty() && WithoutPort(other) == WithoutPort(wanted)));
    client.redirect_uris.push_back(wanted);
  }
  const std::string origin = core::OriginOf(wanted);
  if (!origin.empty()) FUZZ_REQUIRE(core::OriginOf(origin) == origin && core::OriginOf(origin + "/x?y") == origin);
  const Request request = Read(lines);
  client.pkce = request.login_hint != "no pkce";
  client.third_party = request.nonce == "third party";
  Judge(client, request);
  return 0;
}
