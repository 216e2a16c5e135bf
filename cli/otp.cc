#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "cli/ceremony.h"
#include "cli/qr.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::optional<std::string> user;
  std::string otp;
  std::string name;
  std::optional<std::string> algorithm;
  bool hotp = false;
  std::optional<int64_t> counter;
  std::optional<int64_t> digits;
  std::optional<int64_t> period;
  std::optional<std::string> import_uri;  // a file, or "-"
  bool no_qr = false;
};

using Algorithm = proto::enrol::EnrolOtp::In::Algorithm;

// "JBSWY3DP" in groups of four, as people copy it.
void AppendGrouped(TextBuffer& out, std::string_view secret) {
  for (size_t i = 0; i < secret.size(); i += 4) {
    if (i > 0) out.Append(" ");
    out.Append(secret.substr(i, 4));
  }
}

bool IsPlain(const SecretBytes& text) {
  for (const char c : text.RevealText()) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

// Whether it was drawn.
bool DrawIfItFits(Terminal& terminal, const SecretBytes& uri) {
  const auto code = MakeQrCode(uri);
  if (!code.ok()) return false;
  const int columns = terminal.columns();
  if (columns > 0 && QrColumns(*code) > static_cast<size_t>(columns)) {
    terminal.Say(fmt::format("(the QR code needs {} columns)", QrColumns(*code)));
    return false;
  }
  terminal.Write(DrawQrCode(*code).Reveal());
  return true;
}

// The URI is the result that an app or a script needs before it can give a code: stdout, at once.
// With --json stdout has room for the last word only, so that it goes to stderr.
void ShowOffer(Context& context, const Args& args, const proto::OtpOffer& offer) {
  if (args.import_uri || !IsPlain(offer.otpauth_uri) || !IsPlain(offer.otp_secret)) return;
  Terminal& terminal = context.terminal();
  const Globals& globals = context.globals();
  const bool drawn = terminal.draws() && !args.no_qr && !globals.quiet &&
                     DrawIfItFits(terminal, offer.otpauth_uri);
  if (!globals.quiet) {
    TextBuffer said;
    said.Append(drawn ? "Scan the code with an authenticator app, or give the app this secret: "
                      : "Enter this URI in an authenticator app, or give the app this secret: ");
    AppendGrouped(said, offer.otp_secret.RevealText());
    said.Append("\n");
    terminal.Write(said.Reveal());
  }
  TextBuffer uri;
  uri.Append(offer.otpauth_uri);
  uri.Append("\n");
  std::ignore = WriteAll(globals.json ? 2 : 1, uri.Reveal(), context.interrupts().fd());
}

Result<Output> Enrol(Context& context, const Args& args) {
  proto::enrol::EnrolOtp::In in;
  in.user = args.user;
  in.name = args.name;
  if (args.hotp) in.kind = proto::enrol::EnrolOtp::In::Kind::kHotp;
  in.counter = args.counter;
  in.digits = args.digits;
  in.period = args.period;
  for (const Algorithm known : {Algorithm::kSHA1, Algorithm::kSHA256, Algorithm::kSHA512}) {
    if (args.algorithm == proto::Name(known)) in.algorithm = known;
  }
  if (args.import_uri) {
    FOB_TRY(in.otpauth_uri, context.ReadSecret(*args.import_uri, "otpauth URI"));
  }
  Ceremony ceremony(context);
  bool shown = false;  // it may come with every question
  ceremony.set_on_offer([&](const proto::OtpOffer& offer) {
    if (!std::exchange(shown, true)) ShowOffer(context, args, offer);
  });
  FOB_TRY(const proto::Done done, ceremony.Run<proto::enrol::EnrolOtp>(std::move(in)));
  return FinishedOutput(done, "otp enrolled");
}

Result<Output> Remove(Context& context, const Args& args) {
  proto::enrol::RemoveOtp::In in;
  in.user = args.user;
  in.otp = args.otp;
  FOB_TRY(const proto::Done done, Ceremony(context).Run<proto::enrol::RemoveOtp>(std::move(in)));
  return FinishedOutput(done, "otp removed");
}

Result<Output> List(Context& context, const Args& args) {
  proto::enrol::ListOtps::In in;
  in.user = args.user;
  proto::enrol::ListOtps::Out out;
  // Within a page the oldest comes first.
  FOB_CHECK(context.CallPages<proto::enrol::ListOtps>(std::move(in), [&](auto page) {
    std::ranges::move(out.otps, std::back_inserter(page.otps));
    out = std::move(page);
  }));
  Table table(
      {"OTP", "NAME", "USER", "KIND", "ALGORITHM", "DIGITS", "PERIOD", "ENROLLED", "LAST USED"});
  for (const proto::Otp& otp : out.otps) {
    table.Row({otp.otp, otp.name, otp.user, std::string(Name(otp.kind)),
               std::string(Name(otp.algorithm)), fmt::to_string(otp.digits),
               otp.kind == proto::Otp::Kind::kTotp ? fmt::format("{}s", otp.period) : "",
               LocalTime(otp.created_at), LocalTime(otp.last_used_at)});
  }
  return MakeOutput(ToJson(out), table.Render(), out.otps.empty() ? "no otps are enrolled" : "");
}

constexpr const char* kUserHelp = "Whose; without it your own";

}  // namespace

void AddOtpVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  const auto with = [&args](Result<Output> (*run)(Context&, const Args&)) {
    return [args, run](Context& context) { return run(context, *args); };
  };
  parser.AddGroup("otp", "Enrol and look after one-time codes (TOTP apps, HOTP tokens)");
  parser
      .AddVerb("otp enrol", "Enrol an authenticator app; it counts after one good code",
               with(Enrol))
      .Required("NAME,--name", args->name, "What to call it, such as phone")
      .Optional("--user", args->user, kUserHelp)
      .Choice("--algorithm", args->algorithm, {"SHA1", "SHA256", "SHA512"},
              "Hash; many apps know SHA1 only [SHA1]")
      .Flag("--hotp", args->hotp, "Codes of a counter, as hard tokens with a button show them")
      .Number("--counter", args->counter, 0, int64_t{1} << 53, "The token's next counter value, with --hotp [0]")
      .Number("--digits", args->digits, 6, 8, "Digits of a code [6]")
      .OneOf("--period", args->period, {30, 60}, "Seconds that a code lasts [30]")
      .Optional("--import-uri", args->import_uri,
                "Read an otpauth:// URI from this file, or - for standard input")
      .Flag("--no-qr", args->no_qr, "Draw no QR code")
      .Example("fobctl otp enrol phone")
      .Example("sudo fobctl otp enrol phone --user alice --digits 8")
      .Example("fobctl otp enrol token --import-uri token.uri");
  parser.AddVerb("otp list", "List enrolled otps", with(List))
      .Optional("--user", args->user, "Whose; without it your own (root: everybody's)")
      .Example("fobctl otp list");
  parser.AddVerb("otp remove", "Remove an otp; its codes no longer log in", with(Remove))
      .Required("OTP,--otp", args->otp, "The otp, by id or name")
      .Optional("--user", args->user, kUserHelp)
      .Example("fobctl otp remove phone");
}

}  // namespace fob::cli
