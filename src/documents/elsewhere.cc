#include "documents/elsewhere.h"

#include <array>

namespace rekey::documents {
namespace {

struct Shape {
  std::string_view begin;
  std::string_view end;
  std::string_view what;
};

constexpr std::array kShapes = {
    Shape{"ENC[", "]", "ciphertext of sops; edit it with sops"},
    Shape{"$ANSIBLE_VAULT;", "", "ciphertext of Ansible Vault; edit it with ansible-vault"},
    Shape{"![", "]", "ciphertext of MuleSoft's secure properties; write it with their tool"},
    Shape{"ENC(", ")", "ciphertext of Jasypt; write it with its tool"},
    Shape{"{cipher}", "", "ciphertext of Spring Cloud Config; write it with its tool"},
    Shape{"${", "}", "a placeholder; the secret itself is kept elsewhere"},
    Shape{"{{", "}}", "a placeholder; the secret itself is kept elsewhere"},
    Shape{"@parameters(", ")", "a parameter; the secret itself is kept elsewhere"},
    Shape{"@Microsoft.KeyVault(", ")", "a reference to Azure Key Vault; rotate it there"},
};

}  // namespace

std::string_view describe_elsewhere(std::string_view value) noexcept {
  for (const Shape& shape : kShapes) {
    if (value.size() >= shape.begin.size() + shape.end.size() && value.starts_with(shape.begin) &&
        value.ends_with(shape.end)) {
      return shape.what;
    }
  }
  return {};
}

}  // namespace rekey::documents
