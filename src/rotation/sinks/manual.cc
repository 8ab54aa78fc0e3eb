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

constexpr std::int64_t kLongestField = 65'536;

std::string location_of(const DriverSpec& spec) {
  return fmt::format("{}, {}", spec.text("where"), spec.text("field"));
}

// Characters, as a form counts them, not bytes.
std::int64_t characters_in(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

class ManualSink final : public ByHandSink {
 public:
  explicit ManualSink(const DriverSpec& spec) : spec_(spec), location_(location_of(spec)) {}

  [[nodiscard]] std::string describe() const override { return location_; }
  [[nodiscard]] std::string address() const override { return "manual:" + location_; }
  [[nodiscard]] base::Result<SinkContent> read() override {
    return fail(Code::kUnsupported,
                fmt::format("{}: no value can be read back from a form; a person says what stands "
                            "there",
                            location_));
  }
  [[nodiscard]] base::Status check_writable(std::string_view sample) override {
    if (!base::is_valid_utf8(sample)) {
      return fail(Code::kInvalidArgument,
                  fmt::format("{}: nobody can type a value that is not UTF-8", location_));
    }
    const auto most = max_length();
    if (!most || characters_in(sample) <= *most) return {};
    return fail(Code::kInvalidArgument,
                fmt::format("{} takes at most {} characters, and the value has {}; ask the vendor "
                            "for a longer field, or issue shorter secrets",
                            location_, *most, characters_in(sample)));
  }
  [[nodiscard]] base::Status write(const Secret&, const Secret& value) override {
    REKEY_CHECK(check_writable(value.reveal()));
    return fail(Code::kNeedsPerson,
                fmt::format("{}: a person has to put the new value there", location_));
  }

  [[nodiscard]] std::string card(const HandOver& task) const override {
    return manual_card(spec_, task);
  }
  [[nodiscard]] std::optional<std::int64_t> max_length() const override {
    return spec_.number("max_length");
  }

 private:
  DriverSpec spec_;
  std::string location_;
};

}  // namespace

std::string manual_card(const DriverSpec& spec, const HandOver& task) {
  std::string card = fmt::format("# {}: put the new secret in by hand\n\n", task.consumer);
  card += fmt::format("1. Open {}.\n", spec.text("where"));
  card +=
      fmt::format("2. Check that the client id there is `{}`. If it is not: stop, and say so.\n",
                  task.client_id);
  card += fmt::format("3. Paste the value into the field \"{}\"{}.", spec.text("field"),
                      task.shown.empty() ? "" : fmt::format("; it begins with `{}`", task.shown));
  if (const auto most = spec.number("max_length")) {
    card += fmt::format(" The field takes {} characters: look that none was cut off.", *most);
  }
  card += "\n4. Save, and see that the page says so.\n";
  if (const std::string* more = spec.find("instructions")) card += fmt::format("\n{}\n", *more);
  card += fmt::format(
      "\nThe value has to stand nowhere else: no mail, no ticket, no chat. Then say that it is "
      "done: "
      "`rekey run attest {}`.\n",
      task.consumer);
  return card;
}

SinkKind manual_sink() {
  const KeySpec where{"where", KeyType::kText, true, "the URL or the name of the screen"};
  const KeySpec field{"field", KeyType::kText, true, "which field of it"};
  const KeySpec instructions{"instructions", KeyType::kText, false, "what else to know there"};
  const KeySpec max_length{"max_length", KeyType::kNumber, false, "characters that the field takes",
                           {},           kLongestField};
  return {{"manual", {where, field, instructions, max_length}, nullptr, location_of},
          [](const DriverSpec& spec, const DriverParts&) -> base::Result<std::unique_ptr<Sink>> {
            return std::make_unique<ManualSink>(spec);
          }};
}

}  // namespace rekey::rotation
