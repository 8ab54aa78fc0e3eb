// rekey run …: what people say to an open run, and what it asks of them.
#include <fmt/format.h>

#include <cstdio>

#include "base/printable.h"
#include "cli/card_text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inventory_choice.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "intake/card_page.h"
#include "rotation/by_hand.h"
#include "rotation/engine.h"
#include "rotation/intake_key.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

Result<rotation::Word> word_of(const Arguments& arguments) {
  rotation::Word word{arguments.get_or("--by", person_at_work()), arguments.get_or("--reason", "")};
  if (word.reason.empty()) {
    return fail(Code::kInvalidArgument, "say --reason TEXT: what was seen; the journal keeps it");
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

void add_consumer_rows(Table& table, const rotation::RunState& state) {
  for (const auto& consumer : state.consumers) {
    const std::string_view step = rotation::is_in_a_persons_hands(consumer)
                                      ? "WithAPerson"
                                      : rotation::name_of(consumer.step);
    table.add({{consumer.facts.name},
               {std::string(step)},
               {consumer.facts.sink.location},
               {consumer.attested_by.value_or("-")}});
  }
}

}  // namespace

Result<int> run_run_show(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (!open) {
    print_line(context, fmt::format("no run of {} is open", inventory.client_id));
    return kExitOk;
  }
  const rotation::RunState& state = open->state;
  print_line(context, fmt::format("{}  {}  since {}", open->run_id,
                                  rotation::name_of(rotation::shown_phase(state)),
                                  base::format_instant(open->last_event_at)));
  Table table({"CONSUMER", "STEP", "SINK", "ATTESTED BY"});
  add_consumer_rows(table, state);
  table.print(context);
  if (state.plan.approvals > 0) {
    print_line(context, fmt::format("approvals: {} of {}", rotation::count_approvals(state),
                                    state.plan.approvals));
  }
  if (!state.parked) return kExitOk;
  print_line(context, state.parked->reason);
  return kExitNeedsPerson;
}

Result<int> run_run_card(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_TRY(const auto open, rotation::peek_open_run(context.files, inventory.state_folder,
                                                     inventory.client_id, inventory.slot));
  if (const auto* task = open ? rotation::find_hand_task(open->state) : nullptr) {
    REKEY_TRY(const auto card, rotation::card_of_sink(open->state, *task, desk.drivers));
    print_card(context, arguments, card);
    return kExitOk;
  }
  REKEY_TRY(const auto issuer, desk.drivers.issuer_reader(inventory));
  const auto cards =
      issuer->cards(open ? open->run_id : "the run's name (`rekey rotate` tells it)");
  if (!cards) {
    print_line(context, "no person is needed now: this issuer is asked over its API");
    return kExitOk;
  }
  const bool is_to_activate = open && (open->state.phase == rotation::Phase::kGate ||
                                       open->state.phase == rotation::Phase::kActivating);
  rotation::Card card = is_to_activate ? cards->activation : cards->staging;
  if (open && !is_to_activate) {
    REKEY_TRY(const auto key, rotation::load_intake_key(context.files, inventory.state_folder));
    const auto address = key.address(rotation::intake_context(inventory.client_id, open->run_id));
    card.facts.emplace_back("Seal to", crypto::to_text(address));
    card.facts.emplace_back("Fingerprint", crypto::fingerprint_of(address));
    card.steps.emplace_back(
        "On another machine than Rekey's: `rekey seal --to` with the line above prints one line "
        "that "
        "only this run can read; it may travel by ticket or mail, to `rekey rotate --sealed "
        "FILE`.");
  }
  print_card(context, arguments, card);
  return kExitOk;
}

Result<int> run_run_attest(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto word, word_of(arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  const auto consumer = arguments.argument("CONSUMER");
  REKEY_CHECK(rotation::attest(inventory, consumer, word, desk.parts));
  print_line(context,
             fmt::format("the word of {} about {} is kept; start `rekey rotate` again and it goes "
                         "on",
                         word.by, consumer));
  return kExitOk;
}

Result<int> run_run_approve(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto path, inventory_path(context, arguments));
  REKEY_TRY(const auto word, word_of(arguments));
  Desk desk(context, arguments);
  REKEY_TRY(const auto inventory, rotation::load_inventory(path, desk.parts));
  REKEY_CHECK(rotation::approve(inventory, word, desk.parts));
  print_line(context,
             fmt::format("{} approves the activation; start `rekey rotate` again and it goes "
                         "on",
                         word.by));
  return kExitOk;
}

}  // namespace rekey::cli
