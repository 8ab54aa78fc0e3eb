#include "telemetry/logger.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "telemetry/escape.h"
#include "telemetry/names.h"

namespace rekey::telemetry {
namespace {

constexpr base::Instant kAt = base::from_millis(1'795'514'400'000);

std::string text_line(std::initializer_list<Field> fields) {
  return format_line(LogFormat::kText, Level::kInfo, kAt, names::kServerStarted, fields);
}

std::string json_line(std::initializer_list<Field> fields) {
  return format_line(LogFormat::kJson, Level::kWarning, kAt, names::kNotReady, fields);
}

TEST(Logger, writes_text_for_people) {
  EXPECT_EQ(text_line({}), "2026-11-24T10:00:00Z INFO server_started");
  EXPECT_EQ(
      text_line({{"port", 8420}, {"public", false}, {"address", "127.0.0.1"}, {"note", "a b"}}),
      base::format_instant(kAt) +
          " INFO server_started port=8420 public=false address=127.0.0.1 note=\"a b\"");
}

TEST(Logger, writes_json_for_machines) {
  EXPECT_EQ(json_line({{"port", 8420}, {"public", true}, {"note", std::string("a\"b")}}),
            "{\"at\":\"" + base::format_instant(kAt) +
                "\",\"level\":\"warning\",\"event\":\"not_ready\",\"port\":8420,\"public\":true,"
                "\"note\":\"a\\\"b\"}");
}

TEST(Logger, quotes_what_could_be_taken_for_something_else) {
  for (const auto* text : {"", " ", "a=b", "x y=1", "\"", "a\tb", "\x1b[31m"}) {
    EXPECT_NE(text_line({{"key", text}}).find(" key=\""), std::string::npos) << text;
  }
}

TEST(Logger, names_a_secret_by_its_fingerprint) {
  base::Fingerprint fingerprint;
  fingerprint.digest.fill(0xab);
  EXPECT_TRUE(text_line({{"secret", fingerprint}}).ends_with(" secret=fp:abababababab"));
  static_assert(!std::is_constructible_v<Field, std::string_view, const base::Secret&>);
}

TEST(Logger, escapes_what_a_terminal_or_a_line_reader_would_obey) {
  std::string line;
  append_quoted(line, std::string_view("\"\\\n\r\x1b\x7f\0", 7));
  append_quoted(line, "\xc2\x9b\xe2\x80\xa8\xe2\x80\xa9\xff\xc3\xa9");
  EXPECT_EQ(line,
            "\"\\\"\\\\\\n\\u000d\\u001b\\u007f\\u0000\""
            "\"\\u009b\\u2028\\u2029\xef\xbf\xbd\xc3\xa9\"");
}

TEST(Logger, escapes_what_would_turn_or_hide_the_rest_of_the_line) {
  std::string line;
  append_quoted(line, "pay\xe2\x80\xaeroll\xe2\x80\x8b\xd8\x9c");
  EXPECT_EQ(line, "\"pay\\u202eroll\\u200b\\u061c\"");
}

TEST(Logger, cuts_a_long_text_at_the_edge_of_a_character) {
  std::string line;
  append_quoted(line, std::string(kLongestTextBytes - 1, 'x') + "\xc3\xa9tail");
  EXPECT_EQ(line, "\"" + std::string(kLongestTextBytes - 1, 'x') + "\xe2\x80\xa6\"");
  EXPECT_EQ(text_line({{"key", std::string(kLongestTextBytes + 1, 'x')}}),
            text_line({}) + " key=\"" + std::string(kLongestTextBytes, 'x') + "\xe2\x80\xa6\"");
}

TEST(Logger, writes_one_line_on_standard_error_from_its_level_up) {
  testing::internal::CaptureStderr();
  Logger logger(LogFormat::kText, Level::kInfo);
  logger.log(Level::kDebug, kAt, "too_small");
  logger.log(Level::kError, kAt, names::kSweepFailed, {{"detail", "100% {} \n"}});
  logger.flush();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            base::format_instant(kAt) + " ERROR sweep_failed detail=\"100% {} \\n\"\n");
}

RC_GTEST_PROP(Logger, writes_one_line_of_utf8_whatever_a_client_sends, (const std::string& text)) {
  for (const auto& line : {text_line({{"key", text}}), json_line({{"key", text}})}) {
    RC_ASSERT(base::is_valid_utf8(line));
    for (const char c : line) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
}

}  // namespace
}  // namespace rekey::telemetry
