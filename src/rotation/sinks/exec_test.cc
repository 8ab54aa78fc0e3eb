#include "rotation/sinks/exec.h"

#include <gtest/gtest.h>

#include <map>

#include "base/text.h"
#include "platform/canonical_path.h"
#include "platform/temp_folder.h"
#include "rotation/drivers/secret_search.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

constexpr std::string_view kDescription =
    R"({"protocol":1,"address":"shelf 7","verbs":["describe","read","write"]})";

// An author's program, by what it answers to each verb.
class ScriptedProgram {
 public:
  struct Line {
    int exit_code = 0;
    std::string text;
    std::string value;
  };
  std::map<std::string, Line> lines{{"describe", {0, std::string(kDescription), ""}},
                                    {"read", {0, R"({"version":"1"})", "canary-old"}},
                                    {"write", {0, "{}", ""}}};
  std::vector<std::string> asked;

  AskProcess ask() {
    return [this](const platform::Question& question,
                  base::Duration) -> base::Result<platform::Answer> {
      const std::string text(question.text);
      asked.push_back(text);
      constexpr std::string_view kMark = R"("verb":")";
      const std::size_t begin = text.find(kMark) + kMark.size();
      const Line& line = lines[text.substr(begin, text.find('"', begin) - begin)];
      if (line.text == "timeout") return base::fail(Code::kTimeout, "it did not end");
      return platform::Answer{line.exit_code, line.text, Secret(line.value), Secret()};
    };
  }
  std::unique_ptr<Sink> sink() {
    return make_exec_sink(
        make_spec(exec_sink().kind, {{"command", setting_of_words({"/bin/keep", "shelf 7"})}}),
        ask());
  }
};

TEST(ExecSink, TheFileThatItDeclaresIsItsPlaceAndNothingElse) {
  const platform::TempFolder folder;
  ScriptedProgram program;
  const auto sink_with = [&](std::vector<DriverSpec::Setting> more) {
    more.push_back({"command", setting_of_words({"/bin/keep"})});
    return make_exec_sink(make_spec(exec_sink().kind, std::move(more)), program.ask());
  };
  FoundPlace place;
  place.path = platform::without_links(folder.path()) + "/store";
  place.end = 11;
  const auto sink = sink_with({{"file", folder / "./store"}});
  EXPECT_TRUE(sink->is_at(place));
  FoundPlace member = place;
  member.is_file = false;
  EXPECT_FALSE(sink->is_at(member));
  FoundPlace beside = place;
  beside.path += "2";
  EXPECT_FALSE(sink->is_at(beside));
  EXPECT_FALSE(sink_with({})->is_at(place)) << "nobody has said what it writes";
}

TEST(ExecProtocol, ARequestIsOneLineWithItsMembersInAFixedOrder) {
  EXPECT_EQ(request_text({kVerbRead, {}, {}}), "{\"protocol\":1,\"verb\":\"read\"}\n");
  EXPECT_EQ(request_text({kVerbWrite, "a:1", "canary", true}),
            "{\"protocol\":1,\"verb\":\"write\",\"version\":\"a:1\",\"value_bytes\":6,"
            "\"dry_run\":true}\n");
}

TEST(ExecSink, EveryRefusalOfTheProtocolHasItsCode) {
  const std::map<std::string, Code> codes{
      {"not_found", Code::kNotFound},          {"conflict", Code::kConflict},
      {"uncarriable", Code::kInvalidArgument}, {"corrupt", Code::kCorrupt},
      {"forbidden", Code::kForbidden},         {"unavailable", Code::kUnavailable},
      {"unsupported", Code::kUnsupported},     {"failed", Code::kIo}};
  for (const auto& [name, code] : codes) {
    ScriptedProgram program;
    program.lines["read"] = {1, R"({"error":{"code":")" + name + R"(","message":"no shelf"}})", ""};
    const auto content = program.sink()->read();
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, code) << name;
    EXPECT_EQ(content.error().detail, "/bin/keep shelf 7: read: no shelf (" + name + ")");
  }
}

TEST(ExecSink, WhatIsNotTheProtocolIsRefused) {
  const std::vector<ScriptedProgram::Line> wrong{
      {0, "", "v"},
      {0, "[]", "v"},
      {0, "{", "v"},
      {0, "{}", "v"},
      {0, R"({"version":""})", "v"},
      {0, R"({"version":"a b"})", "v"},
      {3, R"({"version":"1"})", "v"},
      {0, R"({"error":{"code":"conflict","message":"x"}})", "v"},
      {1, R"({"error":{"code":"odd","message":"x"}})", "v"},
      {0, R"({"version":"canary-old"})", "canary-old"},
  };
  for (const auto& line : wrong) {
    ScriptedProgram program;
    program.lines["read"] = line;
    const auto content = program.sink()->read();
    ASSERT_FALSE(content) << line.text;
    EXPECT_EQ(content.error().detail.find("canary"), std::string::npos);
  }
}

TEST(ExecSink, AnotherProtocolOrAMissingVerbIsToldBeforeAnythingIsRead) {
  for (const std::string text : {R"({"protocol":2,"verbs":["read","write"]})",
                                 R"({"protocol":1,"verbs":["read"]})", R"({"protocol":1})"}) {
    ScriptedProgram program;
    program.lines["describe"].text = text;
    const auto content = program.sink()->read();
    ASSERT_FALSE(content) << text;
    EXPECT_EQ(content.error().code, Code::kUnsupported);
    EXPECT_EQ(program.asked.size(), 1u);
  }
}

TEST(ExecSink, AValueInAMessageOfTheProgramIsNotShown) {
  ScriptedProgram program;
  program.lines["write"] = {
      1, R"({"error":{"code":"failed","message":"cannot put canary-new there"}})", ""};
  const auto status = program.sink()->write(Secret("canary-old"), Secret("canary-new"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().detail.find("canary"), std::string::npos) << status.error().detail;
}

TEST(ExecSink, WhatIsStoredIsNotShownByAReadbackThatFailed) {
  for (const std::string said :
       {"canary-old", "canary-o", "Y2FuYXJ5LW9sZA", "63616E6172792D6F6C64"}) {
    ScriptedProgram program;
    program.lines["describe"].text =
        R"({"protocol":1,"verbs":["describe","read","write","readback"]})";
    program.lines["readback"] = {
        1, R"({"error":{"code":"failed","message":"the container has )" + said + R"("}})", ""};
    const auto content = program.sink()->read();
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Code::kIo);
    EXPECT_EQ(content.error().detail.find(said), std::string::npos) << content.error().detail;
    EXPECT_NE(content.error().detail.find("/bin/keep shelf 7: "), std::string::npos);
    EXPECT_NE(content.error().detail.find("a part of a secret"), std::string::npos);
    const auto writable = program.sink()->check_writable("sample");
    ASSERT_FALSE(writable);
    EXPECT_EQ(writable.error().detail.find(said), std::string::npos) << writable.error().detail;
  }
}

TEST(ExecSink, AWriteCarriesTheVersionThatWasRead) {
  ScriptedProgram program;
  ASSERT_TRUE(program.sink()->write(Secret("canary-old"), Secret("canary-new")));
  EXPECT_EQ(program.asked.at(1), request_text({kVerbWrite, "1", "canary-new"}));
}

TEST(ExecSink, AWriteWithoutAnAnswerInTimeIsATimeoutAndIsNotTriedAgain) {
  ScriptedProgram program;
  program.lines["write"].text = "timeout";
  const auto status = program.sink()->write(Secret("canary-old"), Secret("canary-new"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kTimeout);
  EXPECT_EQ(program.asked.size(), 2u);
}

TEST(ExecSink, ReadersThatAreStillGivenTheOldValueAreReloadedAndLookedAtAgain) {
  ScriptedProgram program;
  program.lines["describe"].text =
      R"({"protocol":1,"verbs":["describe","read","write","readback","reload"]})";
  program.lines["read"].value = "canary-new";
  program.lines["readback"] = {0, R"({"version":"1"})", "canary-old"};
  program.lines["reload"] = {0, "{}", ""};
  const auto sink = program.sink();
  EXPECT_TRUE(sink->read()->value == Secret("canary-old"));
  const auto status = sink->write(Secret("canary-old"), Secret("canary-new"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  program.lines["readback"].value = "canary-new";
  EXPECT_TRUE(sink->write(Secret("canary-old"), Secret("canary-new")));
  for (const std::string& text : program.asked) {
    EXPECT_EQ(text.find(R"("verb":"write")"), std::string::npos);
  }
}

TEST(ExecSink, TwoCommandsWithOneAddressAreOnePlace) {
  ScriptedProgram program;
  const auto other = make_exec_sink(
      make_spec(exec_sink().kind, {{"command", setting_of_words({"/usr/bin/keep", "7"})}}),
      program.ask());
  EXPECT_EQ(program.sink()->address(), other->address());
  program.lines["describe"] = {1, "", ""};
  EXPECT_NE(program.sink()->address(), other->address());
}

TEST(DriverWords, AListOfWordsIsKeptSoThatItCanBeToldApartAgain) {
  const std::vector<std::string> words{"/bin/keep", "two words", "", "a\"b\\c", "[\"x\"]"};
  DriverSpec spec{"exec", {{"command", setting_of_words(words)}, {"plain", "no list"}}, {}};
  EXPECT_EQ(spec.words("command"), words);
  EXPECT_EQ(spec.words("plain"), std::nullopt);
  EXPECT_EQ(spec.words("absent"), std::nullopt);
}

TEST(DriverWords, TheInventoryTakesAListAndResolvesTheProgram) {
  const auto spec_of = [](const std::string& command) {
    const std::string text =
        "version: 1\nissuer: {kind: rekey, credential: a.json}\n"
        "integration: {client_id: abcdefghijklmnopqrstuvwx}\nconsumers:\n  - name: shop\n"
        "    sink: {kind: exec, command: " +
        command +
        "}\n    reload: per_call\n    seen_as: {user_agent: \"shop/*\"}\n    interval: 2s\n";
    return parse_inventory(text, "/w/rekey.yaml", builtin_drivers());
  };
  const auto inventory = spec_of("[./keep, 'shelf 7']");
  ASSERT_TRUE(inventory) << inventory.error().detail;
  const DriverSpec& sink = inventory->consumers[0].sinks.front();
  EXPECT_EQ(sink.words("command"), (std::vector<std::string>{"/w/keep", "shelf 7"}));
  EXPECT_EQ(sink.location, "/w/keep shelf 7");
  EXPECT_EQ(spec_of("[keep]")->consumers[0].sinks.front().words("command"),
            std::vector<std::string>{"keep"});
  for (const std::string wrong : {"keep", "[]", "['']", "[[keep]]", "{a: b}"}) {
    const auto refused = spec_of(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_NE(refused.error().detail.find("command must be a list: the program and its arguments"),
              std::string::npos)
        << refused.error().detail;
  }
}

}  // namespace
}  // namespace rekey::rotation
