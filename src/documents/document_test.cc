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
  EXPECT_EQ(find_format("xml"), nullptr);
  EXPECT_EQ(find_format(""), nullptr);
}

TEST(Registry, guesses_the_format_by_the_name_of_the_file) {
  for (const auto* path : {".env", "/srv/app/.env", "prod.env", "/etc/x/.env.local"}) {
    EXPECT_EQ(guess_format(path), "dotenv") << path;
  }
  for (const auto* path : {"a.json", "/srv/.env.d/config.json"}) {
    EXPECT_EQ(guess_format(path), "json") << path;
  }
  for (const auto* path : {"", "env", "a.yaml", "/srv/.env/", "/srv/.env.d/config", "json"}) {
    EXPECT_EQ(guess_format(path), "") << path;
  }
}

// Claims a spot and writes text for it that does not mean the value there.
class Broken final : public Format {
 public:
  explicit Broken(std::string_view written) : written_(written) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "broken"; }
  [[nodiscard]] base::Result<Located> locate(std::string_view document,
                                             std::string_view) const override {
    const auto end = document.find(';');
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
  EXPECT_EQ(replace_value(Broken("new"), "old;rest", "k", "new")->reveal(), "new;rest");
  for (const auto* written : {"other", "new;", ";new"}) {
    const auto edited = replace_value(Broken(written), "old;rest", "k", "new");
    ASSERT_FALSE(edited.has_value()) << written;
    EXPECT_EQ(edited.error().code, Code::kInternal);
  }
}

}  // namespace
}  // namespace rekey::documents
