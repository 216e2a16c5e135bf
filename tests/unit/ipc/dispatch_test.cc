// The dispatch table: every row, for every kind of peer, in every phase of a connection. The
// session's peer is the seam: the test says who calls, as the kernel does elsewhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "daemon/ipc/dispatcher.h"
#include "tests/support/core_fakes/world.h"

namespace fob::ipc {
namespace {

using core::Peer;
using core::Who;
using enum Shape;
using enum Times;
using testing::World;

// What the table must be. Each outcome is that of an idle connection, of a call about alice: "ok",
// "ask KIND", "waits" for a key, or the error and its reason.
struct Expected {
  std::string_view method;
  Who who;
  Shape shape;
  Times times;
  const char* parameters;
  const char* root;
  const char* granted;  // a uid that a [[caller]] entry grants "postgresql"
  const char* alice;    // the user itself
  const char* bob;      // another user
};

constexpr const char* kNo = "NotPermitted not_trusted";
constexpr const char* kOther = "NotPermitted other_user";
constexpr const char* kNone = "NotFound no_such_login";
constexpr const char* kClient = "Denied invalid_client";
constexpr const char* kAway = "NotPermitted key_not_here";
constexpr const char* kToken = "Denied invalid_token";
constexpr const char* kAttempt = "NotFound attempt";
constexpr const char* kNobody = "NotFound session";
constexpr const char* kIdle = "Conflict no_question";

constexpr Expected kExpected[] = {
    {"org.varlink.service.GetInfo", Who::kAnyone, kAnytime, kOften, "{}", "ok", "ok", "ok", "ok"},
    {"org.varlink.service.GetInterfaceDescription", Who::kAnyone, kAnytime, kOften,
     R"({"interface":"org.fobd.Login"})", "ok", "ok", "ok", "ok"},
    {"org.fobd.Login.Begin", Who::kSelfOrTrusted, kBegins, kOften,
     R"({"user":"alice","service":"sshd"})", "ask code", kOther, "ask code", kOther},
    {"org.fobd.Login.Continue", Who::kSelfOrTrusted, kAnswers, kOften, R"({"answer":"x"})", kIdle,
     kIdle, kIdle, kIdle},
    {"org.fobd.Login.Confirm", Who::kSelfOrTrusted, kPlain, kOnce,
     R"({"handle":"x","user":"alice","service":"sshd"})", "Denied handle",
     "NotPermitted other_service", "NotPermitted other_service", "NotPermitted other_service"},
    {"org.fobd.Login.Explain", Who::kSelfOrTrusted, kPlain, kOften,
     R"({"user":"alice","service":"sshd"})", "ok", kOther, "ok", kOther},
    {"org.fobd.Login.List", Who::kSelfOrSession, kBeside, kOften, R"({"user":"alice"})", "ok",
     kOther, "ok", kOther},
    {"org.fobd.Login.End", Who::kSelfOrSession, kBeside, kOften, R"({"login":"$LOGIN"})", "ok",
     kNone, "ok", kNone},
    {"org.fobd.Enrol.EnrolKey", Who::kSelfOrTrusted, kBegins, kOften,
     R"({"user":"alice","name":"red"})", "waits", kOther, "ask choice", kOther},
    {"org.fobd.Enrol.EnrolOtp", Who::kSelfOrTrusted, kBegins, kOften,
     R"({"user":"alice","name":"tablet"})", "ask code", kOther, "ask choice", kOther},
    {"org.fobd.Enrol.RemoveKey", Who::kSelfOrSession, kBegins, kOften,
     R"({"user":"alice","key":"blue"})", "ok", kOther, "ask choice", kOther},
    {"org.fobd.Enrol.RemoveOtp", Who::kSelfOrSession, kBegins, kOften,
     R"({"user":"alice","otp":"phone"})", "ok", kOther, "ask choice", kOther},
    {"org.fobd.Enrol.RenameKey", Who::kSelfOrSession, kBegins, kOften,
     R"({"user":"alice","key":"blue","name":"navy"})", "ok", kOther, "ask choice", kOther},
    {"org.fobd.Enrol.CreateRecoveryCodes", Who::kSelfOrSession, kBegins, kOften,
     R"({"user":"alice"})", "ok", kOther, "ask choice", kOther},
    {"org.fobd.Enrol.TestKey", Who::kSelfOrTrusted, kBegins, kOften,
     R"({"user":"alice","key":"blue"})", "waits", kOther, "waits", kOther},
    {"org.fobd.Enrol.ListDevices", Who::kSelfOrTrusted, kPlain, kOften, "{}", "waits", kAway, "waits",
     kAway},
    {"org.fobd.Enrol.SetPin", Who::kSelfOrTrusted, kBegins, kOften, "{}", "waits", kAway, "waits",
     kAway},
    {"org.fobd.Enrol.ChangePin", Who::kSelfOrTrusted, kBegins, kOften, "{}", "waits", kAway, "waits",
     kAway},
    {"org.fobd.Enrol.ResetDevice", Who::kSelfOrTrusted, kBegins, kOften, "{}", "waits", kAway,
     "waits", kAway},
    {"org.fobd.Enrol.Continue", Who::kSelfOrTrusted, kAnswers, kOften, R"({"answer":"x"})", kIdle,
     kIdle, kIdle, kIdle},
    {"org.fobd.Enrol.ListKeys", Who::kSelfOrSession, kBeside, kOften, R"({"user":"alice"})", "ok",
     kOther, "ok", kOther},
    {"org.fobd.Enrol.ListOtps", Who::kSelfOrSession, kBeside, kOften, R"({"user":"alice"})", "ok",
     kOther, "ok", kOther},
    {"org.fobd.Enrol.CreateCode", Who::kTrusted, kPlain, kOften, R"({"user":"alice"})", "ok", kNo,
     kNo, kNo},
    {"org.fobd.Token.Ticket", Who::kSelfOrTrusted, kPlain, kOften,
     R"({"client_id":"$CLIENT","login":"$LOGIN"})", "Denied other_user", kNone, "ok", kNone},
    {"org.fobd.Token.Exchange", Who::kAnyone, kBeside, kOften,
     R"({"client_id":"$CLIENT","client_secret":"x","ticket":"x"})", "Denied invalid_client",
     "Denied invalid_client", "Denied invalid_client", "Denied invalid_client"},
    {"org.fobd.Token.RedeemCode", Who::kAnyone, kBeside, kOften,
     R"({"client_id":"$CLIENT","client_secret":"x","code":"x"})", kClient, kClient, kClient, kClient},
    {"org.fobd.Token.UserInfo", Who::kAnyone, kBeside, kOften, R"({"access_token":"x"})", kToken, kToken,
     kToken, kToken},
    {"org.fobd.Web.ShowSession", Who::kWeb, kBeside, kOften, R"({"session":"x"})", kNobody, kNo, kNo,
     kNo},
    {"org.fobd.Web.EndSession", Who::kWeb, kBeside, kOften, R"({"session":"x"})", "ok", kNo, kNo, kNo},
    {"org.fobd.Web.BeginLogin", Who::kWeb, kBeside, kOften,
     R"({"browser":"0123456789abcdef","rhost":"192.0.2.7"})", "ok", kNo, kNo, kNo},
    {"org.fobd.Web.Identify", Who::kWeb, kBeside, kOften,
     R"({"browser":"b","attempt":"a","user":"alice"})", kAttempt, kNo, kNo, kNo},
    {"org.fobd.Web.ShowAttempt", Who::kWeb, kBeside, kOften,
     R"({"browser":"b","attempt":"a"})", kAttempt, kNo, kNo, kNo},
    {"org.fobd.Web.ProveKey", Who::kWeb, kBeside, kOften,
     R"({"browser":"b","attempt":"a","credential_id":"AA","client_data":"AA","auth_data":"AA","signature":"AA"})", kAttempt, kNo, kNo, kNo},
    {"org.fobd.Web.ProvePassword", Who::kWeb, kBeside, kOften,
     R"({"browser":"b","attempt":"a","password":"x"})", kAttempt, kNo, kNo, kNo},
    {"org.fobd.Web.ProveCode", Who::kWeb, kBeside, kOften,
     R"({"browser":"b","attempt":"a","code":"x"})", kAttempt, kNo, kNo, kNo},
    {"org.fobd.Web.Authorize", Who::kWeb, kBeside, kOften,
     R"({"request":{}})", "ok", kNo, kNo, kNo},
    {"org.fobd.Web.Consent", Who::kWeb, kBeside, kOften,
     R"({"session":"x","request":{},"allow":true})", "ok", kNo, kNo, kNo},
    {"org.fobd.Web.Logout", Who::kWeb, kBeside, kOften,
     R"({"confirmed":false})", "ok", kNo, kNo, kNo},
    {"org.fobd.Web.ShowLink", Who::kWeb, kBeside, kOften,
     R"({"browser":"b","link":"x"})", "NotFound link", kNo, kNo, kNo},
    {"org.fobd.Web.FollowLink", Who::kWeb, kBeside, kOften,
     R"({"browser":"b","link":"x"})", "NotFound link", kNo, kNo, kNo},
    {"org.fobd.Web.BeginKey", Who::kWeb, kBeside, kOften,
     R"({"session":"x","name":"n","discoverable":true})", kNobody, kNo, kNo, kNo},
    {"org.fobd.Web.FinishKey", Who::kWeb, kBeside, kOften,
     R"({"session":"x","attempt":"a","credential_id":"AA","client_data":"AA","attestation_object":"AA","transports":[]})", kNobody, kNo, kNo, kNo},
    {"org.fobd.Web.BeginOtp", Who::kWeb, kBeside, kOften,
     R"({"session":"x","name":"n"})", kNobody, kNo, kNo, kNo},
    {"org.fobd.Web.FinishOtp", Who::kWeb, kBeside, kOften,
     R"({"session":"x","attempt":"a","code":"x"})", kNobody, kNo, kNo, kNo},
    {"org.fobd.Web.Metadata", Who::kWeb, kBeside, kOften,
     R"({})", "ok", kNo, kNo, kNo},
    {"org.fobd.Web.CreateLink", Who::kSelfOrTrusted, kBeside, kOften,
     R"({"target":"https://login.example.org/","login":"$LOGIN"})", "Denied other_user", kNone, "ok", kNone},
    {"org.fobd.Token.Verify", Who::kAnyone, kBeside, kOften, R"({"access_token":"x"})", "ok", "ok",
     "ok", "ok"},
    {"org.fobd.Token.Take", Who::kSelfOrTrusted, kPlain, kOften,
     R"({"client_id":"$CLIENT","login":"$LOGIN"})", "Denied other_user", kNone, "Denied not_direct",
     kNone},
    {"org.fobd.Token.Refresh", Who::kAnyone, kBeside, kOften,
     R"({"client_id":"$CLIENT","client_secret":"x","refresh_token":"x"})", kClient, kClient, kClient,
     kClient},
    {"org.fobd.Token.ClientCredentials", Who::kAnyone, kBeside, kOften,
     R"({"client_id":"$CLIENT","client_secret":"x"})", kClient, kClient, kClient, kClient},
    {"org.fobd.Token.Introspect", Who::kAnyone, kBeside, kOften,
     R"({"client_id":"$CLIENT","client_secret":"x","token":"x"})", kClient, kClient, kClient,
     kClient},
    {"org.fobd.Token.Revoke", Who::kAnyone, kBeside, kOften, R"({"token":"x"})", "ok", "ok", "ok",
     "ok"},
    {"org.fobd.Token.Explain", Who::kSelfOrTrusted, kPlain, kOften, R"({"token":"x"})",
     "NotFound no_token", "NotFound no_token", "NotFound no_token", "NotFound no_token"},
    {"org.fobd.Token.ListGrants", Who::kSelfOrSession, kBeside, kOften, R"({"user":"alice"})", "ok",
     kOther, "ok", kOther},
    {"org.fobd.Token.RevokeGrants", Who::kSelfOrSession, kBeside, kOften, R"({"user":"alice"})",
     "ok", kOther, "ok", kOther},
    {"org.fobd.Token.Jwks", Who::kAnyone, kBeside, kOften, "{}", "ok", "ok", "ok", "ok"},
    {"org.fobd.Admin.Status", Who::kTrusted, kPlain, kOften, "{}", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.ShowUser", Who::kSelfOrSession, kBeside, kOften, R"({"user":"alice"})", "ok",
     kOther, "ok", kOther},
    {"org.fobd.Admin.RebindUser", Who::kTrusted, kPlain, kOften, R"({"user":"alice"})", "ok", kNo,
     kNo, kNo},
    {"org.fobd.Admin.LockUser", Who::kTrusted, kPlain, kOften, R"({"user":"alice"})", "ok", kNo,
     kNo, kNo},
    {"org.fobd.Admin.UnlockUser", Who::kTrusted, kPlain, kOften, R"({"user":"alice"})", "ok", kNo,
     kNo, kNo},
    {"org.fobd.Admin.AddClient", Who::kTrusted, kPlain, kOften,
     R"({"name":"blog","settings":{"audiences":["api"]}})", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.UpdateClient", Who::kTrusted, kPlain, kOften,
     R"({"client_id":"$CLIENT","settings":{"direct":true}})", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.ShowClient", Who::kTrusted, kPlain, kOften, R"({"client_id":"$CLIENT"})", "ok",
     kNo, kNo, kNo},
    {"org.fobd.Admin.ListSigningKeys", Who::kTrusted, kPlain, kOften, "{}", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.RotateSigningKey", Who::kTrusted, kPlain, kOften, "{}", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.ListClients", Who::kTrusted, kPlain, kOften, "{}", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.RemoveClient", Who::kTrusted, kPlain, kOften, R"({"client_id":"$CLIENT"})",
     "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.RotateClientSecret", Who::kTrusted, kPlain, kOften,
     R"({"client_id":"$CLIENT"})", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.TailAudit", Who::kSelfOrSession, kBeside, kOften, R"({"user":"alice"})", "ok", kOther,
     "ok", kOther},
    {"org.fobd.Admin.VerifyAudit", Who::kTrusted, kReports, kOften, "{}", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.PruneAudit", Who::kTrusted, kPlain, kOften, R"({"keep_days":400})", "ok", kNo,
     kNo, kNo},
    {"org.fobd.Admin.AuditKey", Who::kTrusted, kPlain, kOften, "{}", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.Backup", Who::kTrusted, kStreams, kOften, R"({"with_master_key":false})", "ok",
     kNo, kNo, kNo},
    {"org.fobd.Admin.MasterKey", Who::kTrusted, kPlain, kOften, "{}", "ok", kNo, kNo, kNo},
    {"org.fobd.Admin.RotateMasterKey", Who::kTrusted, kReports, kOften, "{}", "ok", kNo, kNo, kNo},
};

// A connection without a socket.
class Caller {
 public:
  Caller(World& world, const Dispatcher& dispatcher, const Peer& peer)
      : world_(world), dispatcher_(dispatcher), session_(std::make_unique<Session>()) {
    session_->peer = peer;
  }

  // What comes of a call, in the words of Expected.
  std::string Call(std::string_view method, std::string_view parameters, bool more = true) {
    const auto seen = std::make_shared<Seen>();
    last_ = seen;
    std::string text =
        R"({"method":")" + std::string(method) + R"(","parameters":)" + std::string(parameters);
    text += more ? R"(,"more":true})" : "}";
    auto call = proto::ParseCall(text);
    if (!call.ok()) return "not a call";
    dispatcher_.Handle(*session_, *std::move(call), [this, seen](SecretBytes frame, bool last) {
      EXPECT_FALSE(seen->ended) << "a frame after the last one";
      const std::string_view bytes = frame.RevealText();
      EXPECT_EQ(bytes.back(), '\0');
      seen->replies.push_back(*proto::ParseReply(bytes.substr(0, bytes.size() - 1)));
      EXPECT_EQ(seen->replies.back().continues, !last);
      seen->ended = last;
      if (last && session_ != nullptr) session_->busy = false;
    });
    world_.Settle();
    // As a connection does when a piece is taken.
    while (session_ != nullptr && session_->flow != nullptr &&
           std::exchange(session_->flow_waits, false)) {
      const auto flow = session_->flow;
      flow->Next();
      world_.Settle();
    }
    return Outcome();
  }
  std::string Outcome() const {
    if (!last_->ended) return "waits";
    const proto::Reply& reply = last_->replies.back();
    if (!reply.error.empty()) {
      std::string name = reply.error.starts_with("org.varlink.service.")
                             ? reply.error
                             : reply.error.substr(reply.error.rfind('.') + 1);
      if (const auto* reason = reply.parameters.if_contains("reason"))
        name += " " + std::string(reason->as_string());
      return name;
    }
    const auto* ask = reply.parameters.if_contains("ask");
    if (ask != nullptr && ask->is_object())
      return "ask " + std::string(ask->at("kind").as_string());
    return "ok";
  }
  const proto::Reply& reply() const { return last_->replies.back(); }
  size_t frames() const { return last_->replies.size(); }
  Session& session() { return *session_; }
  void Close() { session_.reset(); }

 private:
  struct Seen {
    std::vector<proto::Reply> replies;
    bool ended = false;
  };
  World& world_;
  const Dispatcher& dispatcher_;
  std::unique_ptr<Session> session_;
  std::shared_ptr<Seen> last_;
};

// A world with something to ask about.
struct Stage {
  Stage() {
    for (const char* user : {"root", "alice", "bob", "postgres"}) world.AddOtp(user, "phone");
    world.AddKey("alice", "blue");
    login = world.LoggedIn().login;
    app = world.AddApp("wiki").id;
    world.Advance(60'000);
    world.Sit(testing::kAliceUid);
  }
  std::string Fill(std::string_view parameters) const {
    std::string text(parameters);
    for (const auto& [word, value] :
         {std::pair<std::string, std::string>{"$LOGIN", login}, {"$CLIENT", app}}) {
      if (const size_t at = text.find(word); at != std::string::npos)
        text.replace(at, word.size(), value);
    }
    return text;
  }
  World world;
  std::string login;
  std::string app;
  Dispatcher dispatcher{{&world.login(), &world.enrol(), &world.token(), &world.admin(), &world.audit(),
                         &world.grant(), &world.client(), &world.signing(), &world.master(), &world.backup(),
                         &world.web_sessions(), &world.web_login(), &world.authorize(), &world.links(), &world.account(),
                         &world.authority()},
                        world.authority()};
};

struct Kind {
  const char* name;
  Peer peer;
  const char* user;
  const char* Expected::*outcome;
};
const Kind kPeers[] = {{"root", World::Root(), "root", &Expected::root},
                       {"granted", World::Postgres(), "postgres", &Expected::granted},
                       {"alice", World::Alice(), "alice", &Expected::alice},
                       {"bob", World::Bob(), "bob", &Expected::bob}};

bool Admitted(Who who, const Peer& peer) {
  if (who == Who::kTrusted || who == Who::kWeb) return peer.uid == 0;
  return who != Who::kLoginCaller || peer.uid == 0 || peer.uid == testing::kPostgresUid;
}

TEST(DispatchTable, I7_EveryMethodHasOneRowAndEveryRowIsTheExpectedOne) {
  std::map<std::string_view, int> rows;
  for (const Row& row : DispatchTable()) ++rows[row.method];
  size_t served = 0;
  for (const std::string_view method : proto::Methods()) {
    if (method.starts_with("org.fobd.Worker.") || method.starts_with("org.fobd.Password.")) {
      EXPECT_EQ(rows.count(method), 0u) << method << " is spoken with the worker only";
      continue;
    }
    EXPECT_EQ(rows[method], 1) << method;
    ++served;
  }
  ASSERT_EQ(DispatchTable().size(), served);
  ASSERT_EQ(std::size(kExpected), served);
  for (const Expected& expected : kExpected) {
    const auto row = std::ranges::find(DispatchTable(), expected.method, &Row::method);
    ASSERT_NE(row, DispatchTable().end()) << expected.method;
    EXPECT_EQ(row->who, expected.who) << expected.method;
    EXPECT_EQ(row->shape, expected.shape) << expected.method;
    EXPECT_EQ(row->times, expected.times) << expected.method;
  }
}

TEST(Dispatch, I5_I7_EveryRowForEveryPeerOnAnIdleConnection) {
  for (const Kind& kind : kPeers) {
    for (const Expected& expected : kExpected) {
      Stage stage;
      Caller caller(stage.world, stage.dispatcher, kind.peer);
      EXPECT_EQ(caller.Call(expected.method, stage.Fill(expected.parameters)),
                expected.*kind.outcome)
          << expected.method << " by " << kind.name;
    }
  }
}

TEST(Dispatch, EveryRowForEveryPeerWhileACeremonyAsks) {
  for (const Kind& kind : kPeers) {
    for (const Expected& expected : kExpected) {
      Stage stage;
      Caller caller(stage.world, stage.dispatcher, kind.peer);
      ASSERT_EQ(caller.Call("org.fobd.Login.Begin",
                            R"({"service":"sshd","user":")" + std::string(kind.user) + "\"}"),
                "ask code")
          << kind.name;
      ASSERT_EQ(caller.session().phase(), Phase::kAsking);
      std::string outcome = "Conflict ceremony_under_way";
      if (expected.shape == kAnytime) outcome = "ok";
      if (expected.method == "org.fobd.Login.Continue") outcome = "Denied wrong_code";
      if (expected.method == "org.fobd.Enrol.Continue") outcome = "Conflict other_ceremony";
      if (!Admitted(expected.who, kind.peer)) outcome = kNo;
      EXPECT_EQ(caller.Call(expected.method, stage.Fill(expected.parameters)), outcome)
          << expected.method << " by " << kind.name;
      if (!expected.method.ends_with(".Continue")) {
        EXPECT_EQ(caller.session().phase(), Phase::kAsking);
      }
    }
  }
}

TEST(Dispatch, EveryRowForEveryPeerWhileACallIsWorkedOn) {
  Stage stage;
  for (const Kind& kind : kPeers) {
    for (const Expected& expected : kExpected) {
      Caller caller(stage.world, stage.dispatcher, kind.peer);
      caller.session().busy = true;
      std::string outcome = expected.shape == kAnswers ? kIdle : "Conflict ceremony_under_way";
      if (expected.shape == kAnytime) outcome = "ok";  // a connection passes nothing on meanwhile
      if (!Admitted(expected.who, kind.peer)) outcome = kNo;
      EXPECT_EQ(caller.Call(expected.method, stage.Fill(expected.parameters)), outcome)
          << expected.method << " by " << kind.name;
    }
  }
}

TEST(Dispatch, CeremoniesNeedMore) {
  Stage stage;
  for (const Expected& expected : kExpected) {
    Caller caller(stage.world, stage.dispatcher, World::Root());
    if (expected.shape == kAnswers) {
      ASSERT_EQ(caller.Call("org.fobd.Login.Begin", R"({"service":"sshd","user":"alice"})"),
                "ask code");
    }
    const std::string outcome =
        caller.Call(expected.method, stage.Fill(expected.parameters), false);
    const bool ceremony = expected.shape == kBegins || expected.shape == kAnswers ||
                          expected.shape == kStreams;
    EXPECT_EQ(outcome == "org.varlink.service.ExpectedMore", ceremony)
        << expected.method << outcome;
  }
}

TEST(Dispatch, EveryRowRefusesWhatItDoesNotKnow) {
  Stage stage;
  for (const Expected& expected : kExpected) {
    const auto with = [&](std::string_view name, boost::json::value value) {
      Caller caller(stage.world, stage.dispatcher, World::Root());
      if (expected.shape == kAnswers) {
        const bool login = expected.method.starts_with("org.fobd.Login.");
        EXPECT_EQ(caller.Call(login ? "org.fobd.Login.Begin" : "org.fobd.Enrol.EnrolOtp",
                              login ? R"({"service":"sshd","user":"alice"})"
                                    : R"({"name":"x","user":"alice"})"),
                  "ask code");
      }
      boost::json::object parameters =
          boost::json::parse(stage.Fill(expected.parameters)).as_object();
      parameters[name] = std::move(value);
      return caller.Call(expected.method, boost::json::serialize(parameters));
    };
    EXPECT_EQ(with("surprise", 1), "org.varlink.service.InvalidParameter") << expected.method;
    EXPECT_EQ(with("uid", 0), "org.varlink.service.InvalidParameter")
        << "no message says who calls (I5)";
    // And what it knows must be of its type.
    const boost::json::value known = boost::json::parse(expected.parameters);
    for (const auto& member : known.as_object()) {
      EXPECT_EQ(with(member.key(), boost::json::array{7}), "org.varlink.service.InvalidParameter")
          << expected.method << " with another " << member.key();
    }
  }
}

TEST(Dispatch, WhatIsNotInTheTableIsRefused) {
  Stage stage;
  Caller caller(stage.world, stage.dispatcher, World::Root());
  const std::pair<const char*, const char*> rows[] = {
      {"org.fobd.Login.Nothing", "org.varlink.service.MethodNotFound"},
      {"org.fobd.Login.begin", "org.varlink.service.MethodNotFound"},
      {"org.fobd.Login.Begin ", "org.varlink.service.MethodNotFound"},
      {"org.fobd.Login.", "org.varlink.service.MethodNotFound"},
      {"org.fobd.Worker.GetAssertion", "org.varlink.service.InterfaceNotFound"},
      {"org.fobd.Worker.MakeCredential", "org.varlink.service.InterfaceNotFound"},
      {"org.fobd.Other.Begin", "org.varlink.service.InterfaceNotFound"},
      {"Begin", "org.varlink.service.InterfaceNotFound"},
      {".", "org.varlink.service.InterfaceNotFound"},
  };
  for (const auto& [method, outcome] : rows)
    EXPECT_EQ(caller.Call(method, "{}"), outcome) << method;
  EXPECT_EQ(caller.Call("org.varlink.service.GetInterfaceDescription",
                        R"({"interface":"org.fobd.Worker"})"),
            "org.varlink.service.InterfaceNotFound");
  ASSERT_EQ(caller.Call("org.varlink.service.GetInfo", "{}"), "ok");
  EXPECT_EQ(boost::json::serialize(caller.reply().parameters).find("org.fobd.Worker"),
            std::string::npos);
}

TEST(Dispatch, ACallThatTheTableRefusesIsAudited) {
  Stage stage;
  Caller caller(stage.world, stage.dispatcher, World::Alice());
  ASSERT_EQ(caller.Call("org.fobd.Admin.Status", "{}"), kNo);
  stage.world.Settle();
  const core::AuditEntry entry = stage.world.LastEntry();
  EXPECT_EQ(entry.action, "call");
  EXPECT_EQ(entry.outcome, core::Outcome::kDenied);
  EXPECT_EQ(entry.caller_uid, testing::kAliceUid);
  EXPECT_EQ(entry.detail, "not_trusted org.fobd.Admin.Status");
  // As far as one uid's refusals have room: nobody fills the trail.
  for (int i = 0; i < 200; ++i) EXPECT_EQ(caller.Call("org.fobd.Admin.Status", "{}"), kNo);
  stage.world.Settle();
  EXPECT_LT(stage.world.Trail().size(), 60u);
}

TEST(Dispatch, ConfirmIsCalledOnceAConnection) {
  Stage stage;
  Caller caller(stage.world, stage.dispatcher, World::Root());
  const char* parameters = R"({"handle":"x","user":"alice","service":"sshd"})";
  EXPECT_EQ(caller.Call("org.fobd.Login.Confirm", parameters), "Denied handle");
  EXPECT_EQ(caller.Call("org.fobd.Login.Confirm", parameters), "Conflict once");
  EXPECT_EQ(caller.Call("org.fobd.Login.List", "{}"), "ok") << "other methods may be called on";
  Caller another(stage.world, stage.dispatcher, World::Root());
  EXPECT_EQ(another.Call("org.fobd.Login.Confirm", parameters), "Denied handle");
}

TEST(Dispatch, ACeremonyRunsToItsEndAndTheConnectionIsIdleAgain) {
  Stage stage;
  Caller caller(stage.world, stage.dispatcher, World::Root());
  ASSERT_EQ(caller.Call("org.fobd.Login.Begin", R"({"service":"sshd","user":"alice"})"),
            "ask code");
  ASSERT_EQ(
      caller.Call("org.fobd.Login.Continue", R"({"answer":")" + stage.world.Code("phone") + "\"}"),
      "ok");
  EXPECT_EQ(caller.reply().parameters.at("granted").at("outcome").as_string(), "login");
  EXPECT_EQ(caller.session().phase(), Phase::kIdle);
  ASSERT_EQ(caller.Call("org.fobd.Login.Continue", R"({"answer":"x"})"), kIdle);
  ASSERT_EQ(caller.Call("org.fobd.Enrol.EnrolOtp", R"({"name":"tablet","user":"alice"})"),
            "ask code");
  EXPECT_TRUE(caller.reply().parameters.at("offer").is_object());
  ASSERT_EQ(
      caller.Call("org.fobd.Enrol.Continue", R"({"answer":")" + stage.world.Code("tablet") + "\"}"),
      "ok");
  EXPECT_TRUE(caller.reply().parameters.at("done").is_object());
}

TEST(Dispatch, InformationComesWhileTheCallGoesOn) {
  Stage stage;
  Caller caller(stage.world, stage.dispatcher, World::Root());
  ASSERT_EQ(caller.Call("org.fobd.Login.Begin", R"({"service":"door","user":"alice"})"), "waits");
  stage.world.desk.current()->Say(proto::Progress::Kind::kTouch);
  ASSERT_EQ(caller.frames(), 1u);
  EXPECT_TRUE(caller.reply().continues);
  EXPECT_EQ(caller.reply().parameters.at("info").at("kind").as_string(), "touch");
  stage.world.desk.current()->Fail(MakeError(Code::kTimedOut, "no_touch", "not touched"));
  stage.world.Settle();
  EXPECT_EQ(caller.Outcome(), "TimedOut no_touch");
  EXPECT_EQ(caller.session().phase(), Phase::kIdle);
}

TEST(Dispatch, ACeremonyDiesWithItsConnection) {
  Stage stage;
  Caller caller(stage.world, stage.dispatcher, World::Root());
  ASSERT_EQ(caller.Call("org.fobd.Login.Begin", R"({"service":"door","user":"alice"})"), "waits");
  EXPECT_EQ(stage.world.desk.alive(), 1);
  caller.Close();
  EXPECT_EQ(stage.world.desk.alive(), 0);
  stage.world.Settle();
  EXPECT_EQ(caller.frames(), 0u);
}

TEST(Dispatch, AReplyThatComesAfterItsConnectionTouchesNothing) {
  // What is refused at once, what is skipped, what is gathered, what is made durable: each with the
  // store still to answer when the connection goes.
  Stage stage;
  for (const char* parameters :
       {R"({"service":"fob-web","user":"alice"})", R"({"service":"","user":"alice"})",
        R"({"service":"cron","user":"alice"})", R"({"service":"telnet","user":"alice"})",
        R"({"service":"sshd","user":"alice"})", R"({"service":"sshd","user":"mallory"})"}) {
    Caller caller(stage.world, stage.dispatcher, World::Root());
    stage.world.queue().hold = true;
    EXPECT_EQ(caller.Call("org.fobd.Login.Begin", parameters), "waits") << parameters;
    caller.Close();
    stage.world.queue().hold = false;
    stage.world.Settle();
    EXPECT_EQ(stage.world.queue().waiting(), 0u);
  }
}

TEST(Dispatch, AListOfManyFitsItsMessage) {
  Stage stage;
  for (int i = 0; i < 200; ++i)
    stage.world.AddKey("bob", "key " + std::string(40, 'x') + std::to_string(i));
  Caller caller(stage.world, stage.dispatcher, World::Root());
  EXPECT_EQ(caller.Call("org.fobd.Enrol.ListKeys", "{}"), "ok");
  EXPECT_EQ(caller.Call("org.fobd.Enrol.ListKeys", R"({"user":"alice"})"), "ok");
}

}  // namespace
}  // namespace fob::ipc
