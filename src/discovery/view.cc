#include "discovery/view.h"

#include <algorithm>

namespace rekey::discovery {

Span span_in_parent(const View& view, Span span) {
  return view.decoded == nullptr ? Span{0, view.parent->text.size()}
                                 : view.decoded->origin(span.begin, span.end);
}

Span root_span(const View& view, Span span) {
  for (const View* at = &view; at->parent != nullptr; at = at->parent) {
    span = span_in_parent(*at, span);
  }
  return span;
}

std::string left_of(const View& view, std::size_t at) {
  const std::size_t size = std::min(at, kLeftBytes);
  std::string left;
  if (size < kLeftBytes && view.parent != nullptr) {
    left = left_of(*view.parent, span_in_parent(view, {0, 1}).begin);
  }
  left += view.text.substr(at - size, size);
  return left;
}

}  // namespace rekey::discovery
