// decide(): who is addressed, and then the rule of the command.
//
//   CreatePackage, EditPackage, SetEnabled, DeletePackage              decide_package.cc
//   StageSecret, ImportSecret, ActivateSecret, UndoActivation, RevokeSecret, RevokeTokens, Sweep
//                                                                      decide_secret.cc

#include <fmt/format.h>

#include "credential/decision.h"

namespace rekey::credential {
namespace {

using base::Code;

// CreatePackage needs a stream that is empty, every other command one that is not. After deletion
// there is nothing to do for those that only end things, and nothing allowed for the others.
enum class Addressee { kReady, kDone };
base::Result<Addressee> check_addressee(const Integration& state, const Command& command) {
  const bool exists = state.id.value != 0;
  if (std::holds_alternative<CreatePackage>(command)) {
    if (!exists) return Addressee::kReady;
    return base::fail(Code::kAlreadyExists,
                      fmt::format("package {} exists already", to_text(state.package_id)));
  }
  if (!exists) return base::fail(Code::kNotFound, "there is no such package");
  if (!state.is_deleted) return Addressee::kReady;
  if (std::holds_alternative<DeletePackage>(command) || std::holds_alternative<Sweep>(command)) {
    return Addressee::kDone;
  }
  return base::fail(Code::kRefused,
                    fmt::format("package \"{}\" ({}) was deleted, and all its secrets ended then; "
                                "create a new package",
                                state.package.name, to_text(state.package_id)));
}

}  // namespace

base::Result<std::vector<Event>> decide(const Integration& state, const Command& command,
                                        const Evidence& evidence, const Policy& policy,
                                        base::Instant now) {
  REKEY_TRY(const Addressee addressee, check_addressee(state, command));
  if (addressee == Addressee::kDone) return std::vector<Event>{};
  Decision decision(state, evidence, policy, now);
  REKEY_CHECK(std::visit([&](const auto& body) { return decide_on(decision, body); }, command));
  return std::move(decision).take_events();
}

}  // namespace rekey::credential
