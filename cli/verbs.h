#pragma once

#include "cli/parser.h"

namespace fob::cli {

// Each verb group is declared in the file of its name; `fobctl --help` lists them in this order.
void AddInitVerb(Parser& parser);
void AddStatusVerb(Parser& parser);
void AddKeyVerbs(Parser& parser);
void AddDeviceVerbs(Parser& parser);
void AddOtpVerbs(Parser& parser);
void AddRecoveryVerbs(Parser& parser);
void AddUserVerbs(Parser& parser);
void AddEnrolCodeVerbs(Parser& parser);
void AddLoginVerbs(Parser& parser);
void AddClientVerbs(Parser& parser);
void AddTicketVerb(Parser& parser);
void AddOpenVerb(Parser& parser);
void AddExchangeVerb(Parser& parser);
void AddTokenVerbs(Parser& parser);
void AddGrantVerbs(Parser& parser);
void AddKeysVerbs(Parser& parser);
void AddExplainTokenVerb(Parser& parser);
void AddAuditVerbs(Parser& parser);
void AddExplainVerbs(Parser& parser);
void AddBackupVerbs(Parser& parser);
void AddMasterVerbs(Parser& parser);
void AddConfigVerbs(Parser& parser);

inline void AddVerbs(Parser& parser) {
  AddInitVerb(parser);
  AddStatusVerb(parser);
  AddKeyVerbs(parser);
  AddDeviceVerbs(parser);
  AddOtpVerbs(parser);
  AddRecoveryVerbs(parser);
  AddUserVerbs(parser);
  AddEnrolCodeVerbs(parser);
  AddLoginVerbs(parser);
  AddClientVerbs(parser);
  AddTicketVerb(parser);
  AddOpenVerb(parser);
  AddExchangeVerb(parser);
  AddTokenVerbs(parser);
  AddGrantVerbs(parser);
  AddKeysVerbs(parser);
  AddAuditVerbs(parser);
  AddExplainVerbs(parser);
  AddExplainTokenVerb(parser);
  AddBackupVerbs(parser);
  AddMasterVerbs(parser);
  AddConfigVerbs(parser);
}

}  // namespace fob::cli
