// A text that is looked through: a content, or what came out of it when layers were taken off.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "discovery/layers.h"
#include "discovery/near_words.h"
#include "discovery/tokens.h"

namespace rekey::discovery {

struct View {
  View(std::string_view of, const View* from, const Decoded* by, Layer off)
      : text(of),
        parent(from),
        decoded(by),
        layer(off),
        depth(from == nullptr ? 0 : from->depth + 1),
        tokens(of),
        near(of) {}

  std::string_view text;
  const View* parent;      // nullptr: the content
  const Decoded* decoded;  // how it comes from the parent; nullptr: all of it from all of that
  Layer layer;             // that was taken off the parent
  int depth;
  // How far each layer has been taken off already.
  std::array<std::size_t, kLayerCount> done{};
  Tokens tokens;
  NearWords near;
  // What was held against the detectors of each alphabet last.
  std::array<Span, kAlphabets> tried{};
};

// The bytes of the parent that a span comes from, which is not empty.
[[nodiscard]] Span span_in_parent(const View& view, Span span);

// The bytes of the content that a span comes from.
[[nodiscard]] Span root_span(const View& view, Span span);

// What stands in front of `at`, into the views around: at most kLeftBytes.
inline constexpr std::size_t kLeftBytes = 256;  // read for the name of a key
[[nodiscard]] std::string left_of(const View& view, std::size_t at);

}  // namespace rekey::discovery
