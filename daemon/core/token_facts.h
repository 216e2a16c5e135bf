#pragma once

#include <optional>
#include <string>

#include "daemon/core/context.h"
#include "proto/messages.h"

namespace fob::core {

// A token that somebody holds, told by its form.
struct ShownToken {
  enum class Form { kJwt, kOpaque, kSealed, kRefresh, kNone };  // kSealed: opaque, and carries what it stands for
  Form form = Form::kNone;
  Bytes hash;                   // opaque
  NewTokens::Refresh refresh;   // refresh
  AccessClaims claims;          // JWT, signature checked
  std::string json;             // its claims as signed
  TokenReference reference;     // sealed
  std::string grant;            // that a JWT or reference names
  std::string why;              // none: what is wrong with it
};
ShownToken ReadToken(const Context& context, const SecretBytes& token);

// What became of it; for the store's thread. The one place that says whether a token lives, whoever asks.
// kNotFound: there is no such token.
Result<TokenFacts> JudgeToken(Store& store, const ShownToken& token, const Moment& moment);

// In the words of RFC 7662.
proto::TokenInfo DescribeToken(const Context& context, const ShownToken& shown, const TokenFacts& facts);
proto::Grant Present(const Context& context, const GrantFacts& facts);

}  // namespace fob::core
