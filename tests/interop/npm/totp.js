// totp.js SECONDS, with an otpauth URI on standard input: the code at that Unix time, by the package otpauth.
const OTPAuth = require("otpauth");

const uri = require("fs").readFileSync(0, "utf8").trim();
console.log(OTPAuth.URI.parse(uri).generate({ timestamp: Number(process.argv[2]) * 1000 }));
