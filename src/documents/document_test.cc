#include "documents/document.h"

#include <gtest/gtest.h>

namespace rekey::documents {
namespace {

using base::Code;

TEST(Registry, knows_every_format_by_its_name) {
  ASSERT_FALSE(format_names().empty());
  for (const auto name : format_names()) {
    ASSERT_NE(find_format(name), nullptr) << name;
    EXPECT_EQ(find_format(name)->name(), name);
  }
  EXPECT_EQ(find_format("word"), nullptr);
  EXPECT_EQ(find_format(""), nullptr);
}

TEST(Registry, guesses_the_format_by_the_name_of_the_file) {
  const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> kExpected = {
      {"dotenv", {".env", "/srv/app/.env", "prod.env", "/etc/x/.env.local"}},
      {"json",
       {"a.json", "/srv/.env.d/config.json", ".mcdev-auth.json", ".mcdata-auth.json",
        "sfmc.postman_environment.json"}},
      {"ini", {"a.ini", "setup.cfg", "/home/x/.fuelsdk/config.python"}},
      {"properties", {"fuelsdk.properties", "src/main/resources/mule.properties"}},
      {"yaml", {"values.yaml", "marketing_cloud.settings.yml"}},
      {"toml", {"a.toml"}},
      {"xml",
       {"services.xml", "App.config", "Web.config", "a.authprovider-meta.xml", "a.authprovider",
        "a.namedCredential"}},
      {"", {"", "env", "a.txt", "/srv/.env/", "/srv/.env.d/config", "json", "a.ini.bak"}},
  };
  for (const auto& [format, paths] : kExpected) {
    for (const auto path : paths) EXPECT_EQ(guess_format(path), format) << path;
  }
}

// Claims a spot and writes text for it that does not mean the value there.
class Broken final : public Format {
 public:
  [[nodiscard]] base::Result<std::string> key_at(std::string_view, std::size_t) const override {
    return std::string("key");
  }
  explicit Broken(std::string_view written) : written_(written) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "broken"; }
  [[nodiscard]] base::Result<Located> locate(std::string_view document,
                                             std::string_view) const override {
    const auto end = document.find('|');
    return Located{0, end, base::Secret(document.substr(0, end))};
  }
  [[nodiscard]] base::Result<base::Secret> encode(std::string_view, const Located&,
                                                  std::string_view) const override {
    return base::Secret(written_);
  }

 private:
  std::string written_;
};

TEST(Document, refuses_an_edit_that_does_not_read_back) {
  EXPECT_EQ(replace_value(Broken("new"), "old|rest", "k", "new")->reveal(), "new|rest");
  for (const auto* written : {"other", "new|", "|new"}) {
    const auto edited = replace_value(Broken(written), "old|rest", "k", "new");
    ASSERT_FALSE(edited.has_value()) << written;
    EXPECT_EQ(edited.error().code, Code::kInternal);
  }
}

TEST(Document, leaves_alone_what_is_no_secret_in_clear_text) {
  for (const auto* value :
       {"ENC[AES256_GCM,data:x]", "$ANSIBLE_VAULT;1.1;AES256", "![c2VjcmV0]", "ENC(x)", "{cipher}x",
        "${NAME}", "${{ secrets.NAME }}", "{{ .Values.name }}", "@parameters('name')"}) {
    const auto document = std::string(value) + "|rest";
    const auto read = read_value(Broken("new"), document, "k");
    ASSERT_FALSE(read.has_value()) << value;
    EXPECT_EQ(read.error().code, Code::kUnsupported);
    EXPECT_EQ(replace_value(Broken("new"), document, "k", "new").error().code, Code::kUnsupported);
    const auto written = replace_value(Broken(value), "old|rest", "k", value);
    ASSERT_FALSE(written.has_value()) << value;
    EXPECT_EQ(written.error().code, Code::kInvalidArgument);
    EXPECT_EQ(written.error().detail.find(value), std::string::npos);
  }
  EXPECT_TRUE(read_value(Broken("new"), "a${b}|", "k").has_value());
}

}  // namespace
}  // namespace rekey::documents
