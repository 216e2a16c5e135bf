#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/ceremony.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

struct Args {
  std::optional<std::string> user;
  std::string key;
  std::string name;
  bool discoverable = false;
};

Result<Output> Enrol(Context& context, const Args& args) {
  proto::enrol::EnrolKey::In in;
  in.user = args.user;
  in.name = args.name;
  if (args.discoverable) in.discoverable = true;
  FOB_TRY(const proto::Done done, Ceremony(context).Run<proto::enrol::EnrolKey>(std::move(in)));
  return FinishedOutput(done, "key enrolled");
}

Result<Output> Remove(Context& context, const Args& args) {
  proto::enrol::RemoveKey::In in;
  in.user = args.user;
  in.key = args.key;
  FOB_TRY(const proto::Done done, Ceremony(context).Run<proto::enrol::RemoveKey>(std::move(in)));
  return FinishedOutput(done, "key removed");
}

Result<Output> Test(Context& context, const Args& args) {
  proto::enrol::TestKey::In in;
  in.user = args.user;
  in.key = args.key;
  FOB_TRY(const proto::Done done, Ceremony(context).Run<proto::enrol::TestKey>(std::move(in)));
  return FinishedOutput(done, "the key works");
}

Result<Output> Rename(Context& context, const Args& args) {
  proto::enrol::RenameKey::In in;
  in.user = args.user;
  in.key = args.key;
  in.name = args.name;
  FOB_TRY(const proto::Done done, Ceremony(context).Run<proto::enrol::RenameKey>(std::move(in)));
  return FinishedOutput(done, "key renamed");
}

Result<Output> List(Context& context, const Args& args) {
  proto::enrol::ListKeys::In in;
  in.user = args.user;
  proto::enrol::ListKeys::Out out;
  // Within a page the oldest comes first.
  FOB_CHECK(context.CallPages<proto::enrol::ListKeys>(std::move(in), [&](auto page) {
    std::ranges::move(out.keys, std::back_inserter(page.keys));
    out = std::move(page);
  }));
  Table table({"KEY", "NAME", "USER", "ALGORITHM", "PIN", "ATTESTATION", "BACKUP", "TRANSPORTS",
               "ENROLLED", "LAST USED"});
  for (const proto::Key& key : out.keys) {
    table.Row({key.key, key.name, key.user, std::string(Name(key.algorithm)),
               key.user_verification ? "yes" : "no", std::string(Name(key.attestation)),
               key.backed_up         ? "yes"
               : key.backup_eligible ? "possible"
                                     : "no",
               Join(key.transports, ","), LocalTime(key.created_at), LocalTime(key.last_used_at)});
  }
  return MakeOutput(ToJson(out), table.Render(), out.keys.empty() ? "no keys are enrolled" : "");
}

constexpr const char* kUserHelp = "Whose; without it your own";
constexpr const char* kKeyHelp = "The key, by id or name";

}  // namespace

void AddKeyVerbs(Parser& parser) {
  const auto args = std::make_shared<Args>();
  const auto with = [&args](Result<Output> (*run)(Context&, const Args&)) {
    return [args, run](Context& context) { return run(context, *args); };
  };
  parser.AddGroup("key", "Enrol and look after FIDO security keys");
  parser.AddVerb("key enrol", "Enrol the key that is plugged in and touched", with(Enrol))
      .Required("NAME,--name", args->name, "What to call it, such as blue-usb-c")
      .Optional("--user", args->user, kUserHelp)
      .Flag("--discoverable", args->discoverable,
            "Store the credential on the key itself, for logins without a name")
      .Example("fobctl key enrol blue")
      .Example("sudo fobctl key enrol blue --user alice");
  parser.AddVerb("key list", "List enrolled keys", with(List))
      .Optional("--user", args->user, "Whose; without it your own (root: everybody's)")
      .Example("fobctl key list")
      .Example("sudo fobctl --json key list --user alice");
  parser.AddVerb("key rename", "Give a key another name", with(Rename))
      .Required("KEY,--key", args->key, kKeyHelp)
      .Required("NAME,--name", args->name, "Its new name")
      .Optional("--user", args->user, kUserHelp)
      .Example("fobctl key rename blue spare");
  parser.AddVerb("key remove", "Remove a key; it can no longer log in", with(Remove))
      .Required("KEY,--key", args->key, kKeyHelp)
      .Optional("--user", args->user, kUserHelp)
      .Example("fobctl key remove spare")
      .Example("sudo fobctl key remove key_3q2-7wAAAAAAAAAAAAAAAA --user alice");
  parser.AddVerb("key test", "Touch a key and check its signature", with(Test))
      .Required("KEY,--key", args->key, kKeyHelp)
      .Optional("--user", args->user, kUserHelp)
      .Example("fobctl key test blue");
}

}  // namespace fob::cli
