#include <gmock/gmock.h>

#include "credential/lifecycle_test_support.h"
#include "credential/secret_format.h"

namespace rekey::credential::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

template <typename Change>
base::Error refusal_of_creation(Change&& change) {
  World world;
  auto command = create_package();
  change(command);
  return world.refusal(command);
}

EditPackage edit_name(std::string name) {
  EditPackage edit;
  edit.package = PackageFacts{std::move(name), "", {}, {}, ""};
  return edit;
}

// ---- create ------------------------------------------------------------------------------------

TEST(Package, CreatingItIssuesOneSecretThatIsActiveAtOnce) {
  for (const auto& policy : {standard_policy(), marketing_cloud_policy()}) {
    World world;
    world.policy = policy;
    EXPECT_EQ(kinds_of(world.must(create_package())), "PackageCreated SecretIssued");
    const auto& secret = world.secret(kFirst);
    EXPECT_EQ(secret.slot, default_slot());
    EXPECT_EQ(secret.phase, Phase::kActive);
    EXPECT_EQ(secret.usable_from, world.now);
    EXPECT_EQ(secret.activated_at, world.now);
    EXPECT_EQ(secret.expires_at, world.now + Days{180});
    EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
  }
}

TEST(Package, ItStartsWithExactlyOneSecret) {
  EXPECT_EQ(refusal_of_creation([](auto& command) { command.generated.reset(); }).code,
            Code::kInvalidArgument);
  EXPECT_EQ(refusal_of_creation([](auto& command) {
              command.imported = ImportedMaterial{material(2), {}};
            }).code,
            Code::kInvalidArgument);
}

TEST(Package, ItExistsOnce) {
  auto world = world_with(standard_policy());
  EXPECT_EQ(world.refusal(create_package()).code, Code::kAlreadyExists);
}

TEST(Package, ItsOwnPolicyCountsFromTheFirstSecretOn) {
  World world;
  auto command = create_package();
  command.policy_overrides = {{"ttl", "30d"}, {"dormancy", "10d"}};
  world.must(command);
  EXPECT_EQ(world.secret(kFirst).expires_at, world.now + Days{30});
  EXPECT_EQ(world.secret(kFirst).dormancy, Days{10});
}

TEST(Package, ALaxerPolicyThanTheTenantsIsRefused) {
  const auto error = refusal_of_creation([](auto& command) {
    command.policy_overrides = {{"ttl", "200d"}};
  });
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.detail, HasSubstr("ttl can be no laxer than 180d"));
}

TEST(Package, TheAdminScopeIsTheAdminPackagesAlone) {
  EXPECT_THAT(refusal_of_creation([](auto& command) {
                command.scopes = {std::string(kAdminScope)};
              }).detail,
              HasSubstr("only the admin package has it"));
  EXPECT_THAT(refusal_of_creation([](auto& command) { command.is_admin = true; }).detail,
              HasSubstr("must keep rekey_admin"));
}

// ---- what people may write ---------------------------------------------------------------------

TEST(Package, ANameIsTwoHundredBytesOfValidPrintableText) {
  const auto detail_for = [](std::string name) {
    return refusal_of_creation([&](auto& command) { command.package.name = std::move(name); })
        .detail;
  };
  EXPECT_THAT(detail_for(""), HasSubstr("name is empty"));
  EXPECT_THAT(detail_for(std::string(201, 'x')), HasSubstr("name has 201 bytes; at most 200"));
  EXPECT_THAT(detail_for("caf\xe9"), HasSubstr("not valid UTF-8"));
  for (const auto* name : {"bell\x07", "new\nline", "del\x7f", "c1 \xc2\x85"}) {
    EXPECT_THAT(detail_for(name), HasSubstr("control character"));
  }
  EXPECT_THAT(detail_for("pay\xe2\x80\xaeroll"),
              HasSubstr("name holds U+202E, which turns the direction of text; take it out"));
  EXPECT_THAT(detail_for("pay\xe2\x80\x8broll"), HasSubstr("name holds U+200B"));
  auto world = world_with(standard_policy());
  EXPECT_TRUE(world
                  .run(edit_name("Gr\xc3\xbc\xc3\x9f"
                                 "e \xe6\xb3\xa8\xe6\x96\x87"))
                  .has_value());
}

TEST(Package, NothingHiddenStandsInAnyTextThatAPersonWrites) {
  using Fill = void (*)(CreatePackage&, const std::string&);
  const std::pair<std::string, Fill> fields[] = {
      {"name", [](auto& command, const auto& text) { command.package.name = text; }},
      {"description", [](auto& command, const auto& text) { command.package.description = text; }},
      {"owners", [](auto& command, const auto& text) { command.package.owners = {text}; }},
      {"contacts", [](auto& command, const auto& text) { command.package.contacts = {text}; }},
      {"documentation_link",
       [](auto& command, const auto& text) {
         command.package.documentation_link = "https://" + text;
       }},
      {"policy",
       [](auto& command, const auto& text) {
         command.policy_overrides = {{"ttl", text}};
       }},
  };
  for (const auto& [field, fill] : fields) {
    const Fill put = fill;
    const auto error =
        refusal_of_creation([put](auto& command) { put(command, "a\xe2\x81\xa6z"); });
    EXPECT_EQ(error.code, Code::kInvalidArgument);
    EXPECT_THAT(error.detail, HasSubstr(field + " holds U+2066"));
  }
}

TEST(Package, ListsHaveAtMostFiftyEntries) {
  const std::vector<std::string> many(51, "someone");
  EXPECT_THAT(refusal_of_creation([&](auto& command) { command.package.owners = many; }).detail,
              HasSubstr("owners has 51 entries"));
  EXPECT_THAT(refusal_of_creation([&](auto& command) { command.package.contacts = many; }).detail,
              HasSubstr("contacts has 51 entries"));
  EXPECT_THAT(refusal_of_creation([](auto& command) {
                for (int i = 1; i <= 51; ++i) command.business_units.push_back({i});
              }).detail,
              HasSubstr("business_units has 52 entries"));
  EXPECT_THAT(refusal_of_creation([](auto& command) { command.package.owners = {""}; }).detail,
              HasSubstr("owners has an empty entry"));
}

TEST(Package, BusinessUnitsHoldTheHomeAndEachOnce) {
  EXPECT_THAT(refusal_of_creation([](auto& command) { command.business_units = {{7}}; }).detail,
              HasSubstr("must hold 500000002"));
  EXPECT_THAT(refusal_of_creation([](auto& command) {
                command.business_units.push_back(command.home_business_unit);
              }).detail,
              HasSubstr("names 500000002 twice"));
  for (const std::int64_t wrong :
       {std::int64_t{0}, std::int64_t{-5}, std::int64_t{10'000'000'000}}) {
    EXPECT_THAT(refusal_of_creation([&](auto& command) {
                  command.business_units.push_back({wrong});
                }).detail,
                HasSubstr("not a MID"));
  }
}

TEST(Package, ScopesAreNamesEachOnce) {
  EXPECT_THAT(refusal_of_creation([](auto& command) { command.scopes = {"a b"}; }).detail,
              HasSubstr("not a scope name"));
  EXPECT_THAT(refusal_of_creation([](auto& command) {
                command.scopes = {"a", "a"};
              }).detail,
              HasSubstr("names a twice"));
}

TEST(Package, ADocumentationLinkIsAWebAddress) {
  EXPECT_THAT(refusal_of_creation([](auto& command) {
                command.package.documentation_link = "javascript:alert(1)";
              }).detail,
              HasSubstr("must start with https://"));
}

TEST(Package, ASecretValueInAnyTextIsRefusedAndNotRepeated) {
  std::vector<std::uint8_t> entropy(90);
  for (std::size_t i = 0; i < entropy.size(); ++i) entropy[i] = static_cast<std::uint8_t>(i * 7);
  SecretShape shape;
  shape.kind = SecretKind::kTest;
  const auto value = make_secret(shape, entropy).value();
  const std::string text = "use " + std::string(value.reveal()) + " please";
  auto world = world_with(standard_policy());
  EditPackage described;
  described.package = PackageFacts{"Order sync", text, {}, {}, ""};
  SecretMaterial shows_all = material(2);
  shows_all.shown_prefix = value.reveal();
  EditPackage scoped;
  scoped.scopes = std::vector<std::string>{std::string(value.reveal())};
  EditPackage governed;
  governed.policy_overrides = std::vector<PolicySetting>{{"ttl", text}};
  const std::vector<Command> commands{edit_name(text),
                                      scoped,
                                      governed,
                                      described,
                                      RevokeSecret{kFirst, text},
                                      StageSecret{default_slot(), material(2), text, false},
                                      StageSecret{default_slot(), shows_all, "", false},
                                      ImportSecret{default_slot(), {material(2), {}}, text},
                                      ActivateSecret{default_slot(), {}, true, text}};
  for (const auto& command : commands) {
    const auto error = world.refusal(command);
    EXPECT_EQ(error.code, Code::kInvalidArgument);
    EXPECT_THAT(error.detail, Not(HasSubstr(std::string(value.reveal().substr(kSecretShownSize)))));
  }
}

// ---- edit, enable, delete ----------------------------------------------------------------------

TEST(Package, AnEditChangesWhatItNamesAndNothingElse) {
  auto world = world_with(standard_policy());
  EditPackage edit;
  edit.scopes = {"email_read", "email_write"};
  EXPECT_EQ(kinds_of(world.must(edit)), "PackageEdited");
  EXPECT_EQ(world.state.scopes, (std::vector<std::string>{"email_read", "email_write"}));
  EXPECT_EQ(world.state.package.name, "Order sync");
  EXPECT_THAT(world.must(edit), IsEmpty());
  EXPECT_THAT(world.must(EditPackage{}), IsEmpty());
}

TEST(Package, AnOverrideCanBeLoosenedUpToTheTenantsBound) {
  auto world = world_with(standard_policy());
  EditPackage edit;
  edit.policy_overrides = std::vector<PolicySetting>{{"ttl", "30d"}};
  world.must(edit);
  edit.policy_overrides = std::vector<PolicySetting>{{"ttl", "180d"}};
  EXPECT_EQ(kinds_of(world.must(edit)), "PackageEdited");
}

TEST(Package, EnablingTwiceIsEnablingOnce) {
  auto world = world_with(standard_policy());
  EXPECT_THAT(world.must(SetEnabled{true}), IsEmpty());
  EXPECT_EQ(kinds_of(world.must(SetEnabled{false})), "PackageDisabled");
  EXPECT_THAT(world.must(SetEnabled{false}), IsEmpty());
  EXPECT_FALSE(world.state.is_enabled);
  EXPECT_EQ(kinds_of(world.must(SetEnabled{true})), "PackageEnabled");
  EXPECT_TRUE(world.state.is_enabled);
}

TEST(Package, DeletingItEndsEveryLiveSecret) {
  auto world = world_with(standard_policy());
  const auto second = world.stage();
  world.activate();
  const auto third = world.stage(SlotTag{"aB3dE6"});
  EXPECT_EQ(kinds_of(world.must(DeletePackage{})),
            "SecretEnded SecretEnded SecretEnded PackageDeleted");
  for (const auto id : {kFirst, second, third}) {
    EXPECT_EQ(world.ask_for_token(id), Refusal::kEnded);
    EXPECT_EQ(world.secret(id).end_reason, EndReason::kDeleted);
  }
  EXPECT_THAT(world.must(DeletePackage{}), IsEmpty());
  EXPECT_THAT(world.must(Sweep{}), IsEmpty());
  EXPECT_EQ(world.refusal(SetEnabled{false}).code, Code::kRefused);
  EXPECT_EQ(world.refusal(edit_name("Back again")).code, Code::kRefused);
}

TEST(Package, TheAdminPackageStaysTheWayIn) {
  World world;
  auto command = create_package();
  command.is_admin = true;
  command.scopes = {std::string(kAdminScope)};
  world.must(command);
  EXPECT_EQ(world.refusal(DeletePackage{}).code, Code::kRefused);
  EXPECT_EQ(world.refusal(SetEnabled{false}).code, Code::kRefused);
  EditPackage edit;
  edit.scopes = std::vector<std::string>{};
  EXPECT_EQ(world.refusal(edit).code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::credential::testing
