#include "rotation/issuers/secret_shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

using base::Code;

constexpr std::string_view kUsualLengths = "64";
constexpr std::string_view kUsualAlphabet = "A-Za-z0-9_-";
constexpr std::size_t kLongest = 4096;

bool is_printable(char c) {
  return c > ' ' && c < 0x7f;
}

base::Result<std::size_t> parse_length(std::string_view text) {
  std::size_t length = 0;
  const bool is_number =
      !text.empty() && text.size() <= 4 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  for (const char c : text)
    length = is_number ? length * 10 + static_cast<std::size_t>(c - '0') : 0;
  if (length >= 1 && length <= kLongest) return length;
  return base::fail(
      Code::kInvalidArgument,
      "secret_length is one length or several, from 1 to 4096; write it as 64 or 24,64");
}

}  // namespace

base::Result<SecretShape> SecretShape::parse(std::string_view lengths, std::string_view alphabet) {
  SecretShape shape;
  if (lengths.empty()) lengths = kUsualLengths;
  if (alphabet.empty()) alphabet = kUsualAlphabet;
  for (;;) {
    const std::size_t end = lengths.find(',');
    REKEY_TRY(const std::size_t length, parse_length(lengths.substr(0, end)));
    shape.lengths_.push_back(length);
    if (end == std::string_view::npos) break;
    lengths.remove_prefix(end + 1);
  }
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    const char first = alphabet[i];
    const bool is_range = i + 2 < alphabet.size() && alphabet[i + 1] == '-';
    const char last = is_range ? alphabet[i + 2] : first;
    if (!is_printable(first) || !is_printable(last) || last < first) {
      return base::fail(
          Code::kInvalidArgument,
          "secret_alphabet is characters and ranges of them; write it as A-Za-z0-9_-");
    }
    for (int c = first; c <= last; ++c) shape.is_allowed_[static_cast<std::size_t>(c)] = true;
    if (is_range) i += 2;
  }
  return shape;
}

std::string SecretShape::characters() const {
  std::string all;
  for (std::size_t c = 0; c < is_allowed_.size(); ++c) {
    if (is_allowed_[c]) all += static_cast<char>(c);
  }
  return all;
}

base::Status SecretShape::check(const base::Secret& value) const {
  const std::string_view text = value.reveal();
  const auto stranger = std::find_if(text.begin(), text.end(), [this](char c) {
    return static_cast<unsigned char>(c) >= is_allowed_.size() ||
           !is_allowed_[static_cast<std::size_t>(c)];
  });
  if (stranger != text.end()) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("character {} of it cannot be in a client secret: something else "
                                  "was copied with it, or instead of it",
                                  stranger - text.begin() + 1));
  }
  if (std::find(lengths_.begin(), lengths_.end(), text.size()) != lengths_.end()) return {};
  const std::size_t longest = *std::max_element(lengths_.begin(), lengths_.end());
  return base::fail(Code::kInvalidArgument,
                    fmt::format("it has {} characters, and a new secret has {}: {}", text.size(),
                                fmt::join(lengths_, " or "),
                                text.size() < longest ? "the copy is incomplete"
                                                      : "something was copied with it"));
}

}  // namespace rekey::rotation
