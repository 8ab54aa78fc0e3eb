#include "documents/encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "documents/part.h"

namespace rekey::documents {
namespace {

using base::Code;

TEST(Encoding, every_value_reads_back_as_it_was_in_every_encoding) {
  EXPECT_TRUE(rc::check([] {
    const auto value = *rc::gen::arbitrary<std::string>();
    for (const auto name : encoding_names()) {
      const auto encoding = encoding_of(name);
      const auto text = encode_value(encoding, value);
      const auto again = decode_value(encoding, text.reveal());
      RC_ASSERT(again.has_value());
      RC_ASSERT(again->reveal() == value);
    }
  }));
}

TEST(Encoding, what_can_be_read_in_two_ways_is_refused_and_not_told) {
  for (const std::string text : {"Y2FuYXJ5=", "Y2Fu\nYXJ5", "canary!"}) {
    const auto value = decode_value(Encoding::kBase64, text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().detail.find(text), std::string::npos);
  }
  for (const std::string text : {"a+b", "a%4", "a%zz", "a b", "a\"b"}) {
    EXPECT_EQ(decode_value(Encoding::kPercent, text).error().code, Code::kUnsupported) << text;
  }
  EXPECT_EQ(decode_value(Encoding::kPercent, "a%2fb!%2B")->reveal(), "a/b!+");
}

TEST(Part, finds_and_replaces_one_setting_of_a_connection_string) {
  const std::string text = "Subdomain=x;OAuthClientId=id; OAuthClientSecret =old;Timeout=5;";
  EXPECT_EQ(replace_part("connection:oauthclientsecret", text, "a=new=")->reveal(),
            "Subdomain=x;OAuthClientId=id; OAuthClientSecret =a=new=;Timeout=5;");
}

TEST(Part, a_connection_string_that_drivers_read_in_different_ways_is_refused) {
  const auto code_of = [](std::string_view text) {
    return locate_part("connection:S", text).error().code;
  };
  EXPECT_EQ(code_of("S=a;s=b"), Code::kConflict);
  EXPECT_EQ(code_of("T=a"), Code::kNotFound);
  for (const std::string_view text : {"S='a'", "S={a}", "S==a", "S=a;b", "S= a", "T=\"S=1\";S=a"}) {
    EXPECT_EQ(code_of(text), Code::kUnsupported) << text;
  }
  for (const std::string_view value : {"a;b", "'a", "=a", " a", "a\n", "{a}"}) {
    EXPECT_EQ(replace_part("connection:S", "S=x", value).error().code, Code::kInvalidArgument);
  }
}

TEST(Part, finds_and_replaces_the_password_of_a_uri) {
  EXPECT_EQ(replace_part("uri:password", "http://id:old%2F@h:443/a?b#c", "n%2Fw")->reveal(),
            "http://id:n%2Fw@h:443/a?b#c");
  for (const std::string_view text : {"http://u:a:b@h/", "http://u:a@b@h/", "http://u:a/b@h/"}) {
    EXPECT_EQ(locate_part("uri:password", text).error().code, Code::kUnsupported) << text;
  }
  for (const std::string_view text : {"http://u@h/", "http://h/", "plain"}) {
    EXPECT_EQ(locate_part("uri:password", text).error().code, Code::kNotFound) << text;
  }
  EXPECT_EQ(replace_part("uri:password", "x://a:b@c", "d@e").error().code, Code::kInvalidArgument);
}

TEST(Part, a_name_that_no_form_knows_is_refused) {
  for (const std::string_view part : {"", "uri:user", "connection:", "connection:a=b", "x"}) {
    EXPECT_EQ(check_part(part).error().code, Code::kInvalidArgument) << part;
  }
}

}  // namespace
}  // namespace rekey::documents
