#include "credential/scope.h"

#include <gtest/gtest.h>

#include <set>

namespace rekey::credential {
namespace {

ScopeRegistry full_registry() {
  ScopeRegistry registry;
  for (const auto name : known_scopes()) EXPECT_TRUE(registry.append(name).has_value()) << name;
  return registry;
}

TEST(Scopes, TheCatalogueIsTheContractsThenTheAdditionsThenRekeysOwn) {
  const auto& names = known_scopes();
  ASSERT_EQ(names.size(), 81u + 4 + 1 + 3 + 3 + 1);
  EXPECT_EQ(names.front(), "offline");
  EXPECT_EQ(names[80], "package_manager_deploy");
  EXPECT_EQ(names[81], "contact_bu_mapping_create");
  EXPECT_EQ(names[85], "Contacts_access");
  EXPECT_EQ(names[86], "file_location_create");
  EXPECT_EQ(names[91], "tags_delete");
  EXPECT_EQ(names.back(), kAdminScope);
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), names.size());
}

TEST(Scopes, ANameKeepsTheNumberItWasGiven) {
  const auto registry = full_registry();
  for (std::size_t i = 0; i < known_scopes().size(); ++i) {
    EXPECT_EQ(registry.find(known_scopes()[i]), i);
  }
  EXPECT_EQ(registry.find("email_reed"), kMaxScopes);
  EXPECT_EQ(registry.find(""), kMaxScopes);
}

TEST(Scopes, TwoHundredAndFiftySixNamesFitAndNotOneMore) {
  ScopeRegistry registry;
  for (std::size_t i = 0; i < kMaxScopes; ++i) {
    EXPECT_EQ(registry.append("scope_" + std::to_string(i)).value(), i);
  }
  EXPECT_EQ(registry.append("one_more").error().code, base::Code::kLimitReached);
  EXPECT_EQ(registry.find("one_more"), kMaxScopes);
  for (std::size_t i = 0; i < kMaxScopes; ++i) {
    EXPECT_EQ(registry.find("scope_" + std::to_string(i)), i);
  }
}

TEST(Scopes, ANameIsRegisteredOnce) {
  auto registry = full_registry();
  EXPECT_EQ(registry.append("offline").error().code, base::Code::kAlreadyExists);
  EXPECT_EQ(registry.names().size(), known_scopes().size());
}

TEST(Scopes, NamesOutsideTheAlphabetAreRefused) {
  ScopeRegistry registry;
  for (const std::string& name :
       {std::string(), std::string("two words"), std::string("quo\"te"), std::string("back\\slash"),
        std::string("del\x7f"), std::string("nul\0byte", 8), std::string("\xc3\xa9"),
        std::string(65, 'a')}) {
    EXPECT_EQ(registry.append(name).error().code, base::Code::kInvalidArgument) << name;
  }
  EXPECT_TRUE(registry.append(std::string(64, 'a')).has_value());
  EXPECT_TRUE(registry.append("!#[]~").has_value());
}

TEST(Scopes, AListIsReadAndWrittenInRegistryOrder) {
  const auto registry = full_registry();
  const auto set = registry.parse("  email_write   offline email_read ");
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(registry.format(*set), "offline email_read email_write");
  EXPECT_TRUE(set->contains(1));
  EXPECT_FALSE(set->contains(3));
  EXPECT_TRUE(registry.parse("").value().is_empty());
  EXPECT_EQ(registry.format({}), "");
}

TEST(Scopes, TheFullCatalogueSurvivesTheRoundTrip) {
  const auto registry = full_registry();
  ScopeSet all;
  for (std::size_t i = 0; i < registry.names().size(); ++i) all.insert(i);
  const auto read_back = registry.parse(registry.format(all));
  ASSERT_TRUE(read_back.has_value());
  EXPECT_EQ(*read_back, all);
  EXPECT_EQ(ScopeSet::from_words(all.words()), all);
}

TEST(Scopes, TheFirstUnknownNameIsNamed) {
  const auto error = full_registry().parse("offline nonsense rubbish").error();
  EXPECT_EQ(error.code, base::Code::kNotFound);
  EXPECT_EQ(error.detail, "there is no scope \"nonsense\"");
}

TEST(Scopes, SomethingThatIsNoScopeNameIsNotEchoed) {
  const auto error = full_registry().parse("offline bad\x01name").error();
  EXPECT_EQ(error.code, base::Code::kNotFound);
  EXPECT_EQ(error.detail.find("name\""), std::string::npos);
  EXPECT_EQ(error.detail.find('\x01'), std::string::npos);
}

TEST(Scopes, ASubsetIsIncluded) {
  const auto registry = full_registry();
  const auto few = registry.parse("email_read").value();
  const auto more = registry.parse("email_read tags_delete").value();
  EXPECT_TRUE(more.includes(few));
  EXPECT_FALSE(few.includes(more));
  EXPECT_TRUE(few.includes({}));
}

}  // namespace
}  // namespace rekey::credential
