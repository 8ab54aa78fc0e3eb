#include "documents/php.h"

#include <gtest/gtest.h>

namespace rekey::documents {
namespace {

using base::Code;

Code code_of(std::string_view document) {
  const auto value = read_value(php_format(), document, "clientsecret");
  return value ? Code::kInternal : value.error().code;
}

TEST(Php, replaces_the_secret_of_fuelsdk_and_no_other_byte) {
  const std::string before =
      "<?php\n    return array(\n        'appsignature' => 'none', \n"
      "        'clientid' => 'id',\n        'clientsecret' => 'old\\\\one',  // keep\n"
      "        \"baseAuthUrl\" => 'https://x/',\n        'sslverifypeer' => false\n    );\n?>\n";
  EXPECT_EQ(read_value(php_format(), before, "clientsecret")->reveal(), "old\\one");
  std::string after = before;
  after.replace(after.find("old\\\\one"), 8, "it\\'s $new");
  EXPECT_EQ(replace_value(php_format(), before, "clientsecret", "it's $new")->reveal(), after);
}

TEST(Php, refuses_what_is_computed_or_read_in_another_way) {
  for (const std::string value :
       {"\"a$b\"", "\"{$b}\"", "\"\\n\"", "getenv('X')", "'a' . 'b'", "\"a\" ?? 'b'", "$x", "1"}) {
    EXPECT_EQ(code_of("<?php return ['clientsecret' => " + value + "];"), Code::kUnsupported)
        << value;
  }
  EXPECT_EQ(code_of("<?php return ['clientsecret' => 'a', 'clientsecret' => 'b'];"),
            Code::kConflict);
}

TEST(Php, a_file_that_is_no_returned_array_is_refused_whole) {
  for (const std::string document :
       {"", "<?php $x = 1; return ['clientsecret' => 'a'];", "<?php return ['clientsecret' => 'a']",
        "<?php return ['clientsecret' => 'a'); ", "<?php return ['clientsecret' => <<<X\na\nX\n];",
        "<?php return ['clientsecret' => 'a']; echo 1;", "<?php return ['clientsecret' => 'a",
        "<?php # ?>\nreturn ['clientsecret' => 'a'];", "<?php return ['a' => `id`];"}) {
    EXPECT_EQ(code_of(document), Code::kCorrupt) << document;
  }
}

}  // namespace
}  // namespace rekey::documents
