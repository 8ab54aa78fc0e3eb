#include "net/form.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

#include "base/text.h"

namespace rekey::net {
namespace {

std::string problem_of(std::string_view text) {
  FlatForm form;
  return form.parse(text) ? "" : std::string(form.problem());
}

TEST(FlatForm, decodes_names_and_values) {
  FlatForm form;
  ASSERT_TRUE(
      form.parse("grant_type=client_credentials&&sc%6Fpe=a+b%2Bc%c3%A9&flag&empty=&eq=a=b&"));
  EXPECT_EQ(form.find("grant_type")->value, "client_credentials");
  EXPECT_EQ(form.find("scope")->value, "a b+c\xc3\xa9");
  EXPECT_EQ(form.find("flag")->value, "");
  EXPECT_EQ(form.find("empty")->value, "");
  EXPECT_EQ(form.find("eq")->value, "a=b");
  EXPECT_EQ(form.find("absent"), nullptr);
}

TEST(FlatForm, takes_an_empty_body_as_no_fields) {
  FlatForm form;
  EXPECT_TRUE(form.parse(""));
  EXPECT_EQ(form.find(""), nullptr);
}

TEST(FlatForm, names_what_is_wrong) {
  EXPECT_EQ(problem_of("a=1&a=2"), "a field occurs twice");
  EXPECT_EQ(problem_of("a=1&%61"), "a field occurs twice");
  EXPECT_EQ(problem_of("a=%"), "a percent sign without two hex digits");
  EXPECT_EQ(problem_of("a=%4"), "a percent sign without two hex digits");
  EXPECT_EQ(problem_of("a=%g0"), "a percent sign without two hex digits");
  EXPECT_EQ(problem_of("a=%4&b=1"), "a percent sign without two hex digits");
  EXPECT_EQ(problem_of("a=%00"), "a NUL character");
  EXPECT_EQ(problem_of(std::string_view("a=\0", 3)), "a NUL character");
  EXPECT_EQ(problem_of("a=%ff"), "not UTF-8");
  EXPECT_EQ(problem_of("\xff=1"), "not UTF-8");
}

TEST(FlatForm, keeps_its_bounds) {
  EXPECT_EQ(problem_of("a=" + std::string(8 * 1024 - 2, 'x')), "");
  EXPECT_EQ(problem_of("a=" + std::string(8 * 1024 - 1, 'x')), "longer than 8 KiB");
  std::string fields;
  for (int i = 0; i < 32; ++i) fields += "f" + std::to_string(i) + "&";
  EXPECT_EQ(problem_of(fields), "");
  EXPECT_EQ(problem_of(fields + "f32"), "more than 32 fields");
}

TEST(FlatForm, keeps_no_field_of_a_refused_text) {
  FlatForm form;
  ASSERT_FALSE(form.parse("a=1&b=%"));
  EXPECT_EQ(form.find("a"), nullptr);
}

TEST(FlatForm, forgets_what_it_decoded) {
  FlatForm form;
  ASSERT_TRUE(form.parse("name=canary"));
  const std::string_view value = form.find("name")->value;
  form.forget();
  EXPECT_EQ(form.find("name"), nullptr);
  EXPECT_EQ(value, std::string_view("\0\0\0\0\0\0", 6));
}

RC_GTEST_PROP(FlatForm, reads_back_what_was_percent_encoded, ()) {
  const auto text = rc::gen::string<std::string>();
  const auto fields = *rc::gen::container<std::map<std::string, std::string>>(text, text);
  RC_PRE(fields.size() <= 32);
  std::string body;
  bool is_readable = true;
  for (const auto& [name, value] : fields) {
    body += base::percent_encode(name) + "=" + base::percent_encode(value) + "&";
    for (const auto& part : {name, value}) {
      is_readable = is_readable && base::is_valid_utf8(part) && part.find('\0') == part.npos;
    }
  }
  FlatForm form;
  RC_ASSERT(form.parse(body) == (is_readable && body.size() <= 8 * 1024));
  if (!is_readable) return;
  for (const auto& [name, value] : fields) RC_ASSERT(form.find(name)->value == value);
}

}  // namespace
}  // namespace rekey::net
