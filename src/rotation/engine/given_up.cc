#include "rotation/engine/given_up.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "rotation/drivers/memory.h"
#include "rotation/engine/secret_changes.h"

namespace rekey::rotation {
namespace {

struct Places {
  std::vector<std::string> refused;
  std::vector<std::string> unknown;
};

Places look_at_places(const RunState& state, Probe& probe, ReaderDrivers& drivers) {
  Places places;
  for (const RunConsumer& consumer : state.consumers) {
    for (const DriverSpec& spec : consumer.facts.sinks) {
      const std::string name = fmt::format("{} ({})", consumer.facts.name, spec.location);
      const auto answer = [&]() -> base::Result<ProbeAnswer> {
        REKEY_TRY(const auto sink, drivers.sink_reader(spec));
        REKEY_TRY(const SinkContent content, sink->read());
        REKEY_TRY(const ProbeResult result, probe.present(content.value));
        return result.answer;
      }();
      if (!answer || *answer == ProbeAnswer::kUnclear) {
        places.unknown.push_back(name);
      } else if (*answer == ProbeAnswer::kRefused) {
        places.refused.push_back(name);
      }
    }
  }
  return places;
}

std::string describe(const Places& places) {
  if (places.refused.empty() && places.unknown.empty()) {
    return "every consumer's place holds a value that is accepted";
  }
  std::vector<std::string> parts;
  if (!places.refused.empty()) {
    parts.push_back(
        fmt::format("refused is what is held by {}, who get no token until an accepted "
                    "one is there",
                    fmt::join(places.refused, ", ")));
  }
  if (!places.unknown.empty()) {
    parts.push_back(fmt::format("not known is what is held by {}: look there",
                                fmt::join(places.unknown, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string describe(const std::vector<IssuedSecret>& accepted) {
  std::vector<std::string> names;
  for (const IssuedSecret& secret : accepted) {
    const std::string label =
        secret.label.empty() ? std::string() : fmt::format(", label \"{}\"", secret.label);
    names.push_back(fmt::format("{} ({}{})", secret.id, name_of(secret.state), label));
  }
  return fmt::format("{} {} accepted in slot {}", fmt::join(names, " and "),
                     names.size() == 1 ? "is" : "are", accepted.front().slot);
}

}  // namespace

std::string describe_given_up_without_old(const RunState& state, IssuerReader& issuer, Probe& probe,
                                          ReaderDrivers& drivers) {
  const std::string begin = fmt::format(
      "{} is given up. The old secret has ended meanwhile, and the run has {} none that is "
      "accepted",
      state.plan.run_id, state.active_end ? "activated" : "staged");
  auto secrets = issuer.list_secrets();
  if (!secrets) {
    return fmt::format(
        "{}. Whether another is accepted cannot be asked now ({}): where none is, "
        "its consumers get no token",
        begin, secrets.error().detail);
  }
  std::erase_if(*secrets, [&](const IssuedSecret& secret) {
    return secret.slot != state.plan.slot || !is_accepted(secret.state);
  });
  if (secrets->empty()) return begin + ": its consumers get no token until one is";
  return fmt::format("{}; but {}, and {}", begin, describe(*secrets),
                     describe(look_at_places(state, probe, drivers)));
}

std::string describe_rest_of_given_up(const RunState& state) {
  std::string text;
  if (const auto left = places_left(state); !left.empty()) {
    text += fmt::format(
        ". But {} hold{} somebody else's value, which is refused: nothing was overwritten there, "
        "and nobody was restarted for it. Put one there that is accepted",
        fmt::join(left, " and "), left.size() == 1 ? "s" : "");
  }
  if (state.active_end && state.old_ends_at && *state.old_ends_at != base::kFarFuture) {
    text += fmt::format(
        ". The old secret works until {} and no longer: begin another rotation before then",
        base::format_instant(*state.old_ends_at));
  }
  return text;
}

base::Result<std::optional<EventBody>> ask_for_active_end(const RunState& state,
                                                          RunJournal& journal, IssuerReader& issuer,
                                                          base::Instant now) {
  if (!state.is_activated) return std::nullopt;
  if (state.plan.is_by_hand) {
    REKEY_TRY(Memory memory, memory_of(journal, state.plan.run_id, state));
    issuer.remember(std::move(memory));
  }
  REKEY_TRY(auto secrets, issuer.list_secrets());
  std::erase_if(secrets,
                [&](const IssuedSecret& secret) { return secret.slot != state.plan.slot; });
  return find_active_end(state, secrets, now);
}

}  // namespace rekey::rotation
