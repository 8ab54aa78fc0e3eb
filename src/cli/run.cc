// rekey run card, attest, waive, approve, park, issuer-moved: what people say to an open run, and
// what it asks of them.
#include <fmt/format.h>

#include <cstdio>

#include "base/printable.h"
#include "base/shell.h"
#include "cli/card_text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "intake/card_page.h"
#include "rotation/engine/by_hand.h"
#include "rotation/engine/engine.h"
#include "rotation/engine/issuer_move.h"
#include "rotation/engine/task.h"
#include "rotation/inventory/intake_key.h"
#include "rotation/machine/workflow_rules.h"
#include "rotation/report/explain.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

Result<rotation::Word> word_of(const Arguments& arguments) {
  rotation::Word word{arguments.get_or("--by", person_at_work()), arguments.get_or("--reason", "")};
  if (word.reason.empty()) {
    return fail(Code::kInvalidArgument,
                "say --reason TEXT: why, or what was seen; the journal keeps it");
  }
  for (const std::string* text : {&word.by, &word.reason}) {
    if (!text->empty() && !base::find_hidden_character(*text)) continue;
    return fail(Code::kInvalidArgument,
                "--by and --reason are one line of text without hidden characters");
  }
  return word;
}

void print_card(const Context& context, const Arguments& arguments, const rotation::Card& card) {
  if (arguments.has("--html")) {
    // What is hidden is escaped there already, and the page is to stay as it is.
    std::fputs(intake::card_page(to_page_card(card)).c_str(), context.out);
    return;
  }
  print_line(context, arguments.has("--markdown")
                          ? to_markdown(card)
                          : to_terminal_text(card, terminal_columns(context.out)));
}

// On another machine than Rekey's: where to seal to.
Result<rotation::Card> with_address(const Context& context, const rotation::Inventory& inventory,
                                    const std::string& run_id, rotation::Card card) {
  REKEY_TRY(const auto key, rotation::load_intake_key(context.files, inventory.state_folder));
  const auto address = key.address(rotation::intake_context(inventory.client_id, run_id));
  card.facts.emplace_back("Seal to", crypto::to_text(address));
  card.facts.emplace_back("Fingerprint", crypto::fingerprint_of(address));
  card.steps.insert(
      card.steps.end() - 1,
      "From another machine than Rekey's: `rekey seal --to ADDRESS`, with what stands behind Seal "
      "to, asks for the value and prints one line that only this run can read. It may travel by "
      "ticket or mail, to `rekey rotate --sealed FILE`.");
  return card;
}

Result<std::optional<rotation::Card>> card_of_run(const Context& context, Desk& desk,
                                                  const rotation::Inventory& inventory,
                                                  const rotation::OpenRun& open) {
  const rotation::RunState& state = open.state;
  const auto task = rotation::next_task(state, context.clock.now());
  if (task.kind == rotation::TaskKind::kFillIn) {
    REKEY_TRY(auto card,
              rotation::card_of_sink(state, *rotation::find_hand_task(state), desk.drivers));
    return std::optional(std::move(card));
  }
  const bool is_at_issuer =
      task.kind == rotation::TaskKind::kGenerate || task.kind == rotation::TaskKind::kActivate;
  if (!is_at_issuer) return std::optional(rotation::card_of(task, state, inventory.name));
  REKEY_TRY(const auto issuer, desk.drivers.issuer_reader(inventory));
  auto cards = issuer->cards(open.run_id, !rotation::is_old_alive(state));
  if (!cards) return std::nullopt;
  if (task.kind == rotation::TaskKind::kActivate)
    return std::optional(std::move(cards->activation));
  REKEY_TRY(auto card, with_address(context, inventory, open.run_id, std::move(cards->staging)));
  return std::optional(std::move(card));
}

// For reading: what comes first once a run is begun.
Result<std::optional<rotation::Card>> card_before_any_run(const Context& context, Desk& desk,
                                                          const rotation::Inventory& inventory) {
  REKEY_TRY(const auto issuer, desk.drivers.issuer_reader(inventory));
  auto cards = issuer->cards("the run's name (`rekey rotate` tells it)", false);
  if (!cards) return std::nullopt;
  rotation::Card card = std::move(cards->staging);
  REKEY_TRY(const auto last, rotation::peek_last_rotation(context.files, inventory.state_folder,
                                                          inventory.client_id, inventory.slot));
  std::string why =
      "For reading: no rotation is begun. `rekey rotate` begins one, and shows this "
      "card with its name.";
  if (last) {
    why += fmt::format(" The last one was closed at {}; its secret ends {}.",
                       base::format_instant(last->closed_at),
                       last->expires_at == base::kFarFuture
                           ? std::string("at a time that nobody has told")
                           : "at " + base::format_instant(last->expires_at));
  }
  card.why = why + " " + card.why;
  card.stops.insert(card.stops.begin(),
                    "`rekey rotate` has not asked for it: press Generate only then");
  return std::optional(std::move(card));
}

constexpr std::string_view kGoOn = "; start `rekey rotate` again and it goes on";

// A word about a consumer, and where it is said.
struct WordAtDesk {
  const rotation::Inventory& inventory;
  std::string consumer;
  rotation::Word word;
  Desk& desk;
};

// `keep` gives what is to be said of what was kept.
template <typename Keep>
Result<int> keep_word(Context& context, const Arguments& arguments, Keep keep) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(auto word, word_of(arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  const auto kept =
      keep(WordAtDesk{inventory, arguments.argument("CONSUMER"), std::move(word), desk});
  if (!kept) return tl::unexpected(as_none_open(kept.error()));
  print_line(context, *kept);
  return kExitOk;
}

// The command that approves the plan of that digest, with all that was said already.
std::string approving_command(const Arguments& arguments, const std::string& digest) {
  std::string command = "rekey run approve";
  for (const std::string_view option : {"--file", "--integration", "--by", "--reason"}) {
    const auto value = arguments.get(option);
    if (value) command += fmt::format(" {} {}", option, base::shell_quoted(*value));
  }
  return fmt::format("{} --plan {}", command, digest);
}

// An approval is of a plan that was seen: named by --plan, or shown here and said yes to. nullopt
// where the answer is no.
Result<std::optional<std::string>> plan_to_approve(const Context& context,
                                                   const Arguments& arguments,
                                                   const rotation::Inventory& inventory,
                                                   Desk& desk) {
  if (const auto named = arguments.get("--plan")) return std::optional(*named);
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (!open) return fail(Code::kRefused, "no run is open: there is nothing to approve");
  if (!can_ask(context)) {
    return fail(
        Code::kInvalidArgument,
        fmt::format("an approval is of a plan that was seen. Look at it with `rekey plan`; that of "
                    "{} is {} now. Then say: {}",
                    open->run_id, rotation::digest_of(open->state),
                    approving_command(arguments, rotation::digest_of(open->state))));
  }
  REKEY_TRY(const auto plan, rotation::plan_from_file(inventory.path, desk.parts));
  print_line(context, rotation::render_text(plan));
  for (const auto& one : rotation::workflows_that_guard_nothing(open->state)) {
    print_line(context, one);
  }
  const bool is_yes =
      ask(context, fmt::format("Approve the plan {} of {}, the step without a way back included?",
                               plan.digest, open->run_id));
  return is_yes ? std::optional(plan.digest) : std::nullopt;
}

}  // namespace

Result<int> run_run_card(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  REKEY_TRY(const auto card, open ? card_of_run(context, desk, inventory, *open)
                                  : card_before_any_run(context, desk, inventory));
  if (card) {
    print_card(context, arguments, complete_commands(*card, context.target));
  } else {
    print_line(context, "no person is needed now: this issuer is asked over its API");
  }
  return kExitOk;
}

Result<int> run_run_attest(Context& context, const Arguments& arguments) {
  return keep_word(context, arguments, [](const WordAtDesk& said) -> Result<std::string> {
    REKEY_TRY(const auto worth,
              rotation::attest(said.inventory, said.consumer, said.word, said.desk.parts));
    const std::string kept =
        fmt::format("the word of {} about {} is kept", said.word.by, said.consumer);
    return worth.empty() ? kept + std::string(kGoOn) : fmt::format("{}, but {}", kept, worth);
  });
}

Result<int> run_run_waive(Context& context, const Arguments& arguments) {
  return keep_word(context, arguments, [](const WordAtDesk& said) -> Result<std::string> {
    REKEY_CHECK(rotation::waive(said.inventory, said.consumer, said.word, said.desk.parts));
    return fmt::format("{} answers for {}: its evidence is waived, and the journal keeps it{}",
                       said.word.by, said.consumer, kGoOn);
  });
}

Result<int> run_run_approve(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto word, word_of(arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(const auto digest, plan_to_approve(context, arguments, inventory, desk));
  if (!digest) {
    std::fputs("rekey: nothing was approved\n", context.err);
    return kExitStopped;
  }
  const auto count = rotation::approve(inventory, word, *digest, desk.parts);
  if (!count) return tl::unexpected(as_none_open(count.error()));
  print_line(context, fmt::format("{} approves the plan {}: {} of {} approvals are there{}",
                                  word.by, count->plan_digest, count->given, count->needed,
                                  count->given < count->needed ? std::string_view() : kGoOn));
  return kExitOk;
}

Result<int> run_run_issuer_moved(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto word, word_of(arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  const auto place = rotation::tell_issuer_moved(inventory, word, desk.parts);
  if (!place) return tl::unexpected(as_none_open(place.error()));
  print_line(context, fmt::format("the word of {} is kept: the run asks {} from now on{}", word.by,
                                  *place, kGoOn));
  return kExitOk;
}

Result<int> run_run_park(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto word, word_of(arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  const auto parked = rotation::park(inventory, word, desk.parts);
  if (!parked) return tl::unexpected(as_none_open(parked.error()));
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  print_line(context,
             fmt::format("{} is parked by {}: nothing goes on with it before `rekey run resume`",
                         open ? open->run_id : "the run", word.by));
  if (open) {
    print_line(context, "the old secret: " +
                            rotation::describe_old_secret(
                                open->state, {context.clock.now(), false, inventory.expires_at}));
  }
  return kExitOk;
}

}  // namespace rekey::cli
