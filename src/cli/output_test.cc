#include "cli/output.h"

#include <gtest/gtest.h>

#include <array>

namespace rekey::cli {
namespace {

// A terminal that keeps what is printed.
class Screen {
 public:
  explicit Screen(bool is_terminal)
      : file_(std::tmpfile()), context_{clock_, files_, nullptr, file_, file_, is_terminal} {}
  ~Screen() { std::fclose(file_); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] std::string text() const {
    std::rewind(file_);
    std::array<char, 4096> buffer{};
    return {buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file_)};
  }

 private:
  platform::SystemClock clock_;
  platform::SystemFiles files_;
  std::FILE* file_;
  Context context_;
};

constexpr std::string_view kSpoof = "pay\xe2\x80\xaeroll\x1b[2J";

net::JsonValue object_with(std::string_view name) {
  net::JsonWriter json;
  json.begin_object().member("name", name).key("owners").begin_array();
  json.value(name).end_array().end_object();
  return *net::parse_json(json.text());
}

TEST(Output, WhatAnOlderLedgerHoldsIsEscapedWhereItComesIn) {
  const auto object = object_with(kSpoof);
  EXPECT_EQ(text_or_dash(object, "name"), "pay\\u{202E}roll\\u{1B}[2J");
  EXPECT_EQ(joined(object.find("owners")), "pay\\u{202E}roll\\u{1B}[2J");
  EXPECT_EQ(describe_instant(object.find("name"), {}), "pay\\u{202E}roll\\u{1B}[2J");
}

TEST(Output, ALineKeepsItsColoursAndItsEndsAndNothingElse) {
  const Screen screen(true);
  print_line(screen.context(),
             "one\n" + in_tone(screen.context(), "two", Tone::kBad) + std::string(kSpoof));
  EXPECT_EQ(screen.text(), "one\n\033[31mtwo\033[0mpay\\u{202E}roll\\u{1B}[2J\n");
}

TEST(Output, ColumnsStayInLineWhereACellIsEscaped) {
  const Screen screen(false);
  Table table({"NAME", "ID"});
  table.add({{text_or_dash(object_with("a\xe2\x80\xae"), "name")}, {"pkg_1"}});
  table.print(screen.context());
  EXPECT_EQ(screen.text(), "NAME       ID\na\\u{202E}  pkg_1\n");
}

TEST(Output, ACommandIsBrokenOverNoLineAndGetsTheTarget) {
  EXPECT_EQ(wrapped("Say `rekey run show -i x` then", 2, 12),
            "  Say\n  `rekey run show -i x`\n  then\n");
  EXPECT_EQ(wrapped("a ` is a mark", 0, 6), "a ` is\na mark\n");
  const Screen screen(false);
  Context context = screen.context();
  context.target.integration = "Order sync";
  print_line(context, "start `rekey rotate`\xe2\x80\xae");
  EXPECT_EQ(screen.text(), "start `rekey rotate -i 'Order sync'`\\u{202E}\n");
}

TEST(Output, JsonStaysTheSameDocument) {
  const Screen screen(true);
  print_json(screen.context(), "{\"name\":\"pay\xe2\x80\xaeroll\"}");
  EXPECT_EQ(screen.text(), "{\"name\":\"pay\\u202eroll\"}\n");
  EXPECT_EQ(net::parse_json(screen.text())->string_member("name").value(), "pay\xe2\x80\xaeroll");
}

}  // namespace
}  // namespace rekey::cli
