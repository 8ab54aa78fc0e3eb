#include "rotation/machine/damage.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "base/secret.h"
#include "documents/encoding.h"

namespace rekey::rotation {
namespace {

constexpr std::size_t kLeastPiece = 8;
constexpr std::size_t kMostLookedAt = 4096;  // a place that holds more is not cut off

base::Secret in_lower_case(std::string_view text) {
  std::string lower(text.substr(0, kMostLookedAt));
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return base::Secret::take(std::move(lower));
}

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isspace(c) != 0 || c == '\0'; });
}

std::size_t longest_common_piece(std::string_view a, std::string_view b) {
  std::vector<std::size_t> ending_here(b.size() + 1, 0);
  std::size_t longest = 0;
  for (const char c : a) {
    for (std::size_t i = b.size(); i > 0; --i) {
      ending_here[i] = c == b[i - 1] ? ending_here[i - 1] + 1 : 0;
      longest = std::max(longest, ending_here[i]);
    }
  }
  return longest;
}

bool shares_enough(std::string_view found, std::string_view form) {
  const base::Secret a = in_lower_case(found);
  const base::Secret b = in_lower_case(form);
  const std::size_t shared = longest_common_piece(a.reveal(), b.reveal());
  const bool is_half = shared >= (b.reveal().size() + 1) / 2;
  return shared >= kLeastPiece && (is_half || shared == a.reveal().size());
}

}  // namespace

bool is_damaged_copy(std::string_view found, std::string_view written) {
  if (found == written) return false;
  if (is_blank(found)) return true;
  using documents::Encoding;
  constexpr Encoding kForms[] = {Encoding::kPlain, Encoding::kBase64, Encoding::kPercent};
  return std::any_of(std::begin(kForms), std::end(kForms), [&](Encoding form) {
    return shares_enough(found, documents::encode_value(form, written).reveal());
  });
}

}  // namespace rekey::rotation
