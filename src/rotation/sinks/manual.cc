#include "rotation/sinks/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::fail;
using base::Secret;

std::string location_of(const DriverSpec& spec) {
  return fmt::format("{}, field {}", spec.text("where"), spec.text("field"));
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

class ManualSink final : public Sink {
 public:
  explicit ManualSink(const DriverSpec& spec) : spec_(spec), location_(location_of(spec)) {}

  [[nodiscard]] std::string describe() const override { return location_; }
  [[nodiscard]] std::string address() const override { return "manual:" + location_; }
  [[nodiscard]] base::Result<SinkContent> read() override {
    return fail(Code::kUnsupported,
                fmt::format("{}: no value can be read back from a form", location_));
  }
  [[nodiscard]] base::Status check_writable(std::string_view sample) override {
    if (base::is_valid_utf8(sample) && !has_control_character(sample)) return {};
    return fail(Code::kInvalidArgument,
                fmt::format("{}: nobody can type a value with line ends, control characters or "
                            "bytes that are not UTF-8 into a form",
                            location_));
  }
  [[nodiscard]] base::Status write(const Secret&, const Secret& value) override {
    REKEY_CHECK(check_writable(value.reveal()));
    return fail(Code::kNeedsPerson,
                fmt::format("{}: a person has to put the value there", location_));
  }
  [[nodiscard]] std::optional<Card> card(const HandOver& task) const override {
    return manual_card(spec_, task);
  }

 private:
  DriverSpec spec_;
  std::string location_;
};

std::string why(const HandOver& task) {
  if (task.is_way_back) {
    return "The rotation goes back, and the new secret will end. The form has to hold an earlier "
           "one that is accepted, whether or not the new one was put there already.";
  }
  if (task.is_outage) {
    return fmt::format(
        "IT IS URGENT: the secret that the form holds is not accepted any more, and {} gets no "
        "token until the new one stands there. Only a person can write there.",
        task.consumer);
  }
  return "Only a person can write there. Both secrets work until the activation, and that does not "
         "come before somebody attests that this is done.";
}

std::string way_back(const HandOver& task) {
  if (task.is_way_back) {
    return "as long as the run is open, the value can be taken out again.";
  }
  if (task.is_outage) {
    return "there is none: what stood in the form is refused. As long as the run is open, the new "
           "value can be taken out again.";
  }
  return "put the value back that stood there; it works until the activation. `rekey rotate "
         "--abandon` gives the run up, and has a card for that.";
}

}  // namespace

Card manual_card(const DriverSpec& spec, const HandOver& task) {
  const std::string which = task.is_way_back ? "earlier" : "new";
  Card card;
  card.title = fmt::format("Put the {} client secret of {} into its form", which, task.consumer);
  card.why = why(task);
  card.facts.emplace_back("Where", spec.text("where"));
  if (const std::string* url = spec.find("url")) card.facts.emplace_back("Address", *url);
  card.facts.emplace_back("Field", spec.text("field"));
  card.facts.emplace_back("Client Id", task.client_id);
  if (!task.owner.empty()) card.facts.emplace_back("Answers for it", task.owner);
  if (task.max_length != 0) {
    card.facts.emplace_back("The field takes", fmt::format("{} characters", task.max_length));
  }
  card.steps = {
      fmt::format("Open the form, and compare the client id there with {}.", task.client_id),
      fmt::format("Take the value out: `rekey run value {}` shows it at a terminal that can take "
                  "it back from the screen, or hands it to a program with --to-fd.",
                  task.consumer),
      fmt::format("Put it into the field {} in place of all that stands there, without a blank "
                  "before or behind it.",
                  spec.text("field")),
      "Save, and see that the page says so.",
  };
  if (const std::string* notes = spec.find("notes")) card.steps.push_back(*notes);
  if (!task.is_way_back) {
    card.steps.emplace_back(
        "Have it ask for a token, with the form's test button or a run of the job: that is what "
        "shows the issuer that the value is the right one.");
  }
  card.steps.push_back(
      fmt::format("Say that it is done: `rekey run attest {} --reason TEXT`, then "
                  "start `rekey rotate` again.",
                  task.consumer));
  card.stops = {
      fmt::format("the client id in the form is not {}", task.client_id),
      "the form keeps fewer characters than were put in, or says that there are too many",
      "the value would have to go through a mail, a ticket or a chat",
  };
  card.way_back = way_back(task);
  return card;
}

SinkKind manual_sink() {
  const KeySpec where{"where", KeyType::kText, true, "the way to the form"};
  const KeySpec field{"field", KeyType::kText, true, "the field, as it is labelled there"};
  const KeySpec url{"url", KeyType::kText, false, "the form's address"};
  const KeySpec notes{"notes", KeyType::kText, false, "what else to do there, after saving"};
  return {{"manual", {where, field, url, notes}, nullptr, location_of, true},
          [](const DriverSpec& spec, const DriverParts&) -> base::Result<std::unique_ptr<Sink>> {
            return std::make_unique<ManualSink>(spec);
          }};
}

}  // namespace rekey::rotation
