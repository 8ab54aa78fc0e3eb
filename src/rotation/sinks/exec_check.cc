#include "rotation/sinks/exec_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace rekey::rotation {
namespace {

using base::Code;
using base::Result;
using base::Secret;

// None is a secret: they are planted.
constexpr std::string_view kFirst =
    "planted_by_the_check_1_ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmn";
constexpr std::string_view kSecond =
    "planted_by_the_check_2_0123456789_0123456789_0123456789_01234567";
constexpr std::array<std::string_view, 8> kUnusual{"planted with blanks ",
                                                   "planted 'single' and \"double\"",
                                                   "planted $HOME $(id) `id`",
                                                   "planted\\back\\n",
                                                   "planted\nlines\n",
                                                   "planted#hash;semi,comma=equals",
                                                   "planted \xc3\xbcml\xc3\xa4ut",
                                                   "planted%41+plus"};

class Checker {
 public:
  Checker(const AskProcess& ask, base::Duration timeout) : ask_(ask), timeout_(timeout) {}

  ExecCheck run() {
    ExecCheck check;
    check.is_put_back = true;
    if (!look_at_description() || !look_at_reading()) {
      check.findings = std::move(findings_);
      return check;
    }
    look_at_refusals();
    look_at_writing();
    look_at_unusual_values();
    look_at_readers();
    check.is_put_back = put_back();
    note("nothing that the program prints holds a value", is_silent_,
         "a planted value stood in its standard output or standard error");
    check.findings = std::move(findings_);
    return check;
  }

 private:
  bool note(std::string rule, bool is_kept, std::string problem) {
    findings_.push_back({std::move(rule), is_kept, is_kept ? std::string() : std::move(problem)});
    return is_kept;
  }
  template <typename T>
  bool note(std::string rule, const Result<T>& result) {
    return note(std::move(rule), result.has_value(),
                result ? std::string() : result.error().detail);
  }

  Result<ExecReply> say(const ExecRequest& request) {
    const std::string text = request_text(request);
    REKEY_TRY(const platform::Answer answer,
              ask_({text, request.value, kExecAnswerLimitBytes, kExecValueLimitBytes}, timeout_));
    for (const std::string_view planted : {kFirst, kSecond}) {
      is_silent_ = is_silent_ && answer.text.find(planted) == std::string::npos &&
                   answer.errors_tail.reveal().find(planted) == std::string_view::npos;
    }
    return read_answer(request, answer, {kFirst, kSecond});
  }
  Result<ExecReply> read() { return say({kVerbRead, {}, {}}); }
  Result<ExecReply> write(const std::string& version, std::string_view value,
                          bool is_dry_run = false) {
    return say({kVerbWrite, version, value, is_dry_run});
  }
  bool lists(std::string_view verb) const {
    return std::find(description_.verbs.begin(), description_.verbs.end(), verb) !=
           description_.verbs.end();
  }

  bool look_at_description() {
    auto reply = say({kVerbDescribe, {}, {}});
    if (!note("describe tells protocol and verbs", reply)) return false;
    description_ = *std::move(reply);
    const auto again = say({kVerbDescribe, {}, {}});
    note("describe tells the same address every time",
         again && again->address == description_.address && !description_.address.empty(),
         "the address is missing, or another one the second time");
    return true;
  }

  bool look_at_reading() {
    auto reply = read();
    if (!note("read gives a value and its version", reply)) return false;
    original_ = *std::move(reply);
    const auto again = read();
    return note("reading twice gives the same value and version",
                again && again->value == original_.value && again->version == original_.version,
                again ? "value or version is another one the second time" : again.error().detail);
  }

  // Refused, with `code` where one is asked for, and the place is as it was.
  void note_refused(std::string rule, const Result<ExecReply>& reply,
                    const std::vector<Code>& codes) {
    if (reply) {
      note(std::move(rule), false, "it was not refused");
      return;
    }
    const bool is_fitting =
        std::find(codes.begin(), codes.end(), reply.error().code) != codes.end() &&
        reply.error().detail.find("docs/sinks/exec.md") == std::string::npos;
    note(std::move(rule), is_fitting, "refused in another way: " + reply.error().detail);
  }
  void note_holds(std::string rule, std::string_view value, const std::string& version) {
    const auto now = read();
    note(std::move(rule),
         now && now->value == Secret(value) && (version.empty() || now->version == version),
         now ? "value or version changed" : now.error().detail);
  }

  void look_at_refusals() {
    note_refused("a verb that it does not know is refused as unsupported",
                 say({"no_such_verb", {}, {}}), {Code::kUnsupported});
    ExecRequest newer{kVerbDescribe, {}, {}};
    newer.protocol = kExecProtocol + 1;
    note_refused("a newer protocol is refused as unsupported", say(newer), {Code::kUnsupported});
    note_refused("a write with another version is refused as a conflict",
                 write("not-the-version", kFirst), {Code::kConflict});
    note("a dry run of a write that fits is ok", write(original_.version, kFirst, true));
    note_refused("a dry run with another version is refused as a conflict",
                 write("not-the-version", kFirst, true), {Code::kConflict});
    note_holds("refusals and dry runs change nothing", original_.value.reveal(), original_.version);
  }

  void look_at_writing() {
    if (!note("a write that fits is ok", write(original_.version, kFirst))) return;
    const auto now = read();
    note("what was written reads back, byte by byte", now && now->value == Secret(kFirst),
         now ? "another value is read: mind a line break at the end" : now.error().detail);
    note("a write changes the version", now && now->version != original_.version,
         "the version is the one before the write");
    note_refused("a version counts once", write(original_.version, kSecond), {Code::kConflict});
    note_holds("the refused write changed nothing", kFirst, now ? now->version : "");
  }

  // Every value reads back the same, or is refused both when asked and when written.
  void look_at_unusual_values() {
    int number = 0;
    for (const std::string_view value : kUnusual) {
      ++number;
      const auto before = read();
      if (!before) continue;
      const auto asked = write(before->version, value, true);
      const auto written = write(before->version, value);
      const auto after = read();
      const bool is_right =
          after && after->value == (written ? Secret(value) : before->value.clone());
      const bool is_refused_rightly = written || written.error().code == Code::kInvalidArgument;
      std::string rule =
          fmt::format("unusual value {}: carried, or refused as uncarriable", number);
      note(std::move(rule),
           is_right && is_refused_rightly && asked.has_value() == written.has_value(),
           asked.has_value() != written.has_value() ? "the dry run says otherwise than the write"
           : !is_refused_rightly                    ? written.error().detail
                                                    : "another value is read back");
    }
  }

  void look_at_readers() {
    if (lists(kVerbReload)) {
      note("reload may be asked for at any time", say({kVerbReload, {}, {}}));
      note("reload may be asked for twice", say({kVerbReload, {}, {}}));
    }
    if (!lists(kVerbReadback)) return;
    const auto stored = read();
    const auto seen = say({kVerbReadback, {}, {}});
    note("after a reload readback gives what read gives",
         stored && seen && stored->value == seen->value,
         seen ? "another value" : seen.error().detail);
  }

  bool put_back() {
    const auto now = read();
    if (now && !(now->value == original_.value)) {
      static_cast<void>(write(now->version, original_.value.reveal()));
      if (lists(kVerbReload)) static_cast<void>(say({kVerbReload, {}, {}}));
    }
    const auto last = read();
    return last && last->value == original_.value;
  }

  const AskProcess& ask_;
  base::Duration timeout_;
  ExecReply description_;
  ExecReply original_;
  bool is_silent_ = true;
  std::vector<ExecFinding> findings_;
};

}  // namespace

bool ExecCheck::is_passed() const {
  return is_put_back && !findings.empty() &&
         std::all_of(findings.begin(), findings.end(),
                     [](const ExecFinding& finding) { return finding.is_kept; });
}

ExecCheck check_exec_program(const AskProcess& ask, base::Duration timeout) {
  return Checker(ask, timeout).run();
}

}  // namespace rekey::rotation
