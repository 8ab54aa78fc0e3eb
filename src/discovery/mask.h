// Takes secrets out of what is told beside a value: names of files and members, key paths, authors,
// reasons, problems. All of them are others' text, and people do paste a secret there.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "discovery/finding.h"
#include "discovery/matcher.h"

namespace rekey::discovery {

class Mask {
 public:
  // What is written in place of a value.
  using Namer = std::function<std::string(std::string_view value)>;

  // Whatever one of `matchers` finds is taken out, and the values of `hits` as well: in a short
  // text nothing may tell that they are secret. All of them outlive the mask.
  Mask(std::vector<const Matcher*> matchers, std::span<const Hit> hits, Namer namer);

  // The text without them; "…" where it is too deeply encoded to be read.
  [[nodiscard]] std::string operator()(std::string_view text) const;
  // Of a key path: also what a JSON Pointer (RFC 6901 section 3) writes otherwise.
  [[nodiscard]] std::string of_key(std::string_view key_path) const;
  [[nodiscard]] Place of_place(const Place& place) const;

 private:
  struct Masked {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string name;
  };
  [[nodiscard]] std::vector<Masked> values_in(std::string_view text) const;

  // The longest value that `text` begins with, or one that begins with all of it; empty where there
  // is none.
  [[nodiscard]] std::string_view value_at(std::string_view text) const;

  std::vector<const Matcher*> matchers_;
  // In order, each once. A text is read once, however many values there are and however alike they
  // begin.
  std::vector<std::string_view> values_;
  std::unordered_set<std::string_view> beginnings_;
  Namer namer_;
};

}  // namespace rekey::discovery
