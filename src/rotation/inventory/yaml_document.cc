#include "rotation/inventory/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

namespace rekey::rotation {
namespace {

// Walks through the file once before it is built up: yaml-cpp's LoadAll never returns from some
// broken files, and its Load does not look at what follows the first document.
class Screening final : public YAML::EventHandler {
 public:
  [[nodiscard]] const YAML::Mark& first_alias() const { return first_alias_; }
  [[nodiscard]] const YAML::Mark& document() const { return document_; }  // the newest

  void OnDocumentStart(const YAML::Mark& mark) override { document_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (first_alias_.is_null()) first_alias_ = mark;
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  YAML::Mark first_alias_ = YAML::Mark::null_mark();
  YAML::Mark document_;
};

}  // namespace

void screen_yaml(const std::string& text, Problems& problems) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Screening screening;
  if (!parser.HandleNextDocument(screening)) {
    problems.add(YAML::Mark(), "the file is empty; write its keys, beginning with version: 1");
  } else if (parser.HandleNextDocument(screening)) {
    problems.add(screening.document(),
                 "something follows the end of the first YAML document; take it out");
  } else if (!screening.first_alias().is_null()) {
    problems.add(screening.first_alias(), "aliases are not used here; write it out");
  }
}

}  // namespace rekey::rotation
