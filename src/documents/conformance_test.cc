// What every format promises, tried on random documents of its grammar. A new format is one line in
// kSuites.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "documents/document.h"
#include "documents/elsewhere.h"
#include "documents/grammars_test_support.h"

namespace rekey::documents {
namespace {

using base::Code;
using grammars::Example;

bool has_any(std::string_view value, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [value](std::string_view part) {
    return value.find(part) != std::string_view::npos;
  });
}

bool is_printable_ascii(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool carries_all(std::string_view) {
  return true;
}

struct Suite {
  std::string_view format;
  rc::Gen<Example> (*examples)();
  // The values that the format must be able to carry; about others it may say no.
  bool (*carries)(std::string_view value);
};

const Suite kSuites[] = {
    {"dotenv", grammars::dotenv,
     [](std::string_view value) { return is_printable_ascii(value) && !has_any(value, {"`"}); }},
    {"json", grammars::json, carries_all},
    {"ini", grammars::ini,
     [](std::string_view value) {
       return !value.empty() && is_printable_ascii(value) &&
              !has_any(value, {" ", "%", "${", "\"", "'", "#", ";"});
     }},
    {"properties", grammars::properties,
     [](std::string_view value) { return !has_any(value, {"${"}); }},
    {"php", grammars::php, carries_all},
    {"yaml", grammars::yaml, carries_all},
    {"toml", grammars::toml, carries_all},
    {"xml", grammars::xml, [](std::string_view value) { return !has_any(value, {"\x01"}); }},
};

void PrintTo(const Suite& suite, std::ostream* out) {
  *out << suite.format;
}

class EveryFormat : public testing::TestWithParam<Suite> {
 protected:
  const Format& format() const { return *find_format(GetParam().format); }

  std::string read(std::string_view document, std::string_view key) const {
    const auto value = read_value(format(), document, key);
    return value ? std::string(value->reveal()) : "error: " + value.error().detail;
  }

  // Replaces the value, checks what is promised, and gives the new document.
  std::string replace(const std::string& document, const Example& example, std::size_t index,
                      const std::string& value) const {
    const auto& key = example.values[index].first;
    const auto spot = format().locate(document, key);
    RC_ASSERT(spot.has_value());
    const auto edited = replace_value(format(), document, key, value);
    if (!edited) {
      RC_ASSERT(edited.error().code == Code::kInvalidArgument);
      RC_ASSERT((!GetParam().carries(value) || !describe_elsewhere(value).empty()));
      RC_ASSERT((value.size() < 8 || edited.error().detail.find(value) == std::string::npos));
      return document;
    }
    const std::string result(edited->reveal());
    const std::string_view before(document);
    RC_ASSERT(result.starts_with(before.substr(0, spot->begin)));
    RC_ASSERT(result.ends_with(before.substr(spot->end)));
    const auto again = format().locate(result, key);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->begin == spot->begin);
    RC_ASSERT(again->value.reveal() == value);
    RC_ASSERT(replace_value(format(), result, key, value)->reveal() == result);
    for (std::size_t i = 0; i < example.values.size(); ++i) {
      if (i == index) continue;
      RC_ASSERT(read(result, example.values[i].first) == read(document, example.values[i].first));
    }
    return result;
  }
};

TEST_P(EveryFormat, reads_what_its_grammar_writes) {
  EXPECT_TRUE(rc::check([this] {
    const Example example = *GetParam().examples();
    for (const auto& [key, value] : example.values) {
      RC_ASSERT(read(example.document, key) == value);
      RC_ASSERT(replace_value(format(), example.document, key, value)->reveal() ==
                example.document);
    }
  }));
}

TEST_P(EveryFormat, replaces_one_value_and_nothing_else) {
  EXPECT_TRUE(rc::check([this] {
    const Example example = *GetParam().examples();
    const auto index = *rc::gen::inRange<std::size_t>(0, example.values.size());
    // The second value meets the quotes and escapes that the first one got.
    auto document = example.document;
    for (int i = 0; i < 3; ++i) {
      document = replace(document, example, index, *grammars::wild_values());
    }
  }));
}

TEST_P(EveryFormat, puts_no_value_into_an_error_whatever_is_broken) {
  EXPECT_TRUE(rc::check([this] {
    const Example example = *GetParam().examples();
    const auto& key =
        example.values[*rc::gen::inRange<std::size_t>(0, example.values.size())].first;
    const auto edited = replace_value(format(), example.document, key, "canary7canary");
    RC_ASSERT(edited.has_value());
    std::string broken(edited->reveal());
    const auto at = *rc::gen::inRange<std::size_t>(0, broken.size());
    if (grammars::flip()) {
      broken.resize(at);
    } else {
      broken.insert(at, grammars::pick({"\"", "'", "\\", "{", "]", "\n", ":", "<", "&", "\t", "%",
                                        "${", "\xff", "#", "|"}));
    }
    const auto value = read_value(format(), broken, key);
    if (value) return;
    RC_ASSERT(value.error().code != Code::kInternal);
    RC_ASSERT(value.error().detail.find("canary") == std::string::npos);
  }));
}

INSTANTIATE_TEST_SUITE_P(Documents, EveryFormat, testing::ValuesIn(kSuites),
                         [](const auto& suite) { return std::string(suite.param.format); });

TEST(Conformance, covers_every_format) {
  std::set<std::string_view> covered;
  for (const Suite& suite : kSuites) covered.insert(suite.format);
  for (const auto name : format_names()) {
    EXPECT_TRUE(covered.contains(name)) << name;
  }
}

}  // namespace
}  // namespace rekey::documents
