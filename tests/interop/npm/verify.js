// verify.js ISSUER AUDIENCE, with {"jwks": ..., "token": ...} on standard input: verifies as a web API does (RFC 9068),
// with the package jose. Prints the claims, or "refused: CODE" and exits 0 as well.
const jose = require("jose");

const [issuer, audience] = process.argv.slice(2);
const { jwks, token } = JSON.parse(require("fs").readFileSync(0, "utf8"));
jose
  .jwtVerify(token, jose.createLocalJWKSet(jwks), {
    issuer,
    audience,
    typ: "at+jwt",
    algorithms: ["ES256"],
    requiredClaims: ["sub", "client_id", "iat", "jti", "exp"],
  })
  .then(({ payload }) => console.log(JSON.stringify(payload)))
  .catch((error) => console.log("refused: " + error.code));
