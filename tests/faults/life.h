#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/core_fakes/world.h"

namespace fob::testing {

// The life of one store, through the core's services. Any step may fail; what a step acknowledged is
// noted, and must hold ever after, whatever became of the rest.
class Life {
 public:
  // A store of before anything fails: alice with an otp that works and one that is to go, a key, bob,
  // and two web apps. Made once; each life begins with a copy.
  explicit Life(const std::string& state_dir) : state_dir_(state_dir) {}
  void Prepare();

  // Opens the store and takes every step once. A life that is begun again must have been forgotten.
  void Live();
  void Forget() { noted_ = {}; }

  // The store is opened again, as of the next day's first reader: what was acknowledged is there, what
  // was consumed stays consumed, the chain holds, and the next login works. EXPECTs.
  void Check();

  size_t acknowledged() const;

 private:
  struct TicketNote {
    std::string ticket;
    bool tried = false;
    bool redeemed = false;
  };
  // What one web app got for a ticket.
  struct GrantNote {
    std::string grant;
    std::string used;     // the refresh token before, which was answered with the present one
    std::string present;
    bool refresh_tried = false;  // of the present one, without an answer
    bool revoke_tried = false;
    bool revoked = false;
  };
  struct LoginNote {
    std::string handle;
    bool confirm_tried = false;
    std::string id;  // confirmed
    bool end_tried = false;
    bool ended = false;
  };
  struct Noted {
    std::map<std::string, int> actions;  // the audit events that must be there
    std::string otp_code;                // that activated the new otp
    bool key_enrolled = false;
    std::string enrol_code;
    std::string login_code;
    uint32_t counter = 0;
    LoginNote alice, bob;
    std::vector<TicketNote> tickets;
    std::vector<GrantNote> grants;
    bool keys_tried = false;
    std::string signing_key;  // that a rotation made
    bool rotate_tried = false;
    std::string rotated_secret;
    bool remove_tried = false;
    bool removed = false;
  };

  void Enrol(World& world);
  void LogIn(World& world);
  LoginNote LogInByCode(World& world, const std::string& user, const std::string& otp);
  void Confirm(World& world, LoginNote& note, const std::string& user);
  void TakeTickets(World& world);
  void Redeem(World& world, size_t which);
  void Refresh(World& world, size_t which);
  void Revoke(World& world, size_t which);
  void RotateKeys(World& world);
  void Withdraw(World& world);
  void Checkpoint(World& world);

  void CheckTrail(World& world);
  void CheckFactors(World& world);
  void CheckLogin(World& world, LoginNote& note, const std::string& user);
  void CheckTickets(World& world);
  void CheckGrants(World& world);
  void CheckGrant(World& world, const GrantNote& note);
  void CheckKeys(World& world);
  void CheckHealth(World& world);

  Result<proto::token::Exchange::Out> Exchange(World& world, const World::App& app, const std::string& ticket);
  Result<proto::token::Refresh::Out> RefreshBy(World& world, const std::string& token);
  std::string ExchangeReason(World& world, const World::App& app, const std::string& ticket);
  std::string LoginReason(World& world, const std::string& user, const std::string& code);

  static inline const core::Peer kWeb{33, 33, 500, 1};

  const std::string state_dir_;
  World::App wiki_, blog_;
  core::KeyRecord blue_;
  Noted noted_;
};

}  // namespace fob::testing
