#include "discovery/locate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "documents/document.h"
#include "documents/encoding.h"
#include "documents/part.h"

namespace rekey::discovery {
namespace {

using base::Result;
using documents::Encoding;

constexpr std::string_view kBlanks = " \t\r\n";

// The encoding of documents/ that these layers are, as far as it has one.
std::optional<Encoding> encoding_of(const std::vector<Layer>& layers) {
  if (layers.empty()) return Encoding::kPlain;
  if (layers.size() > 1) return std::nullopt;
  if (layers[0] == Layer::kBase64) return Encoding::kBase64;
  if (layers[0] == Layer::kPercent) return Encoding::kPercent;
  // What the format itself escapes is no encoding of the value.
  const bool is_of_format = layers[0] == Layer::kEscapes || layers[0] == Layer::kEntities;
  return is_of_format ? std::optional(Encoding::kPlain) : std::nullopt;
}

bool is_value(Encoding encoding, std::string_view text, std::string_view value) {
  const auto decoded = documents::decode_value(encoding, text);
  return decoded && decoded->reveal() == value;
}

// "connection:NAME" of the setting whose value this is, or "uri:password"; empty where it is none.
std::string part_in(std::string_view text, Encoding encoding, std::string_view value) {
  const auto is_part = [&](const std::string& part) {
    const auto span = documents::locate_part(part, text);
    return span && is_value(encoding, text.substr(span->begin, span->end - span->begin), value);
  };
  if (is_part("uri:password")) return "uri:password";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    const std::string_view setting = text.substr(at, end - at);
    const std::size_t equals = setting.find('=');
    const std::size_t first = setting.find_first_not_of(kBlanks);
    if (equals != std::string_view::npos && first < equals) {
      const std::string part = fmt::format("connection:{}", setting.substr(first, equals - first));
      if (documents::check_part(part) && is_part(part)) return part;
    }
    at = end + 1;
  }
  return {};
}

// Why the value that stands at the key is not the hit's, or cannot be replaced; else empty.
std::string obstacle(const documents::Format& format, std::string_view document, const Hit& hit,
                     Located& located) {
  const auto spot = format.locate(document, located.key_path);
  if (!spot) return spot.error().detail;
  if (hit.begin < spot->begin || hit.end > spot->end) {
    return fmt::format("the key {} leads to another place of the file", located.key_path);
  }
  const auto text = documents::read_value(format, document, located.key_path);
  if (!text) return text.error().detail;
  const auto encoding = encoding_of(hit.layers);
  if (!encoding) return "it is encoded in a way that no driver writes";
  if (is_value(*encoding, text->reveal(), hit.value.reveal())) return {};
  // In a URI a value without special characters is its own percent-encoding.
  for (const Encoding tried : {*encoding, Encoding::kPercent}) {
    located.part = part_in(text->reveal(), tried, hit.value.reveal());
    if (!located.part.empty()) return {};
  }
  return "it is a part of the text at its key, and the rest would have to be known";
}

}  // namespace

std::string_view format_of(std::string_view path, std::string_view document) {
  if (const auto format = documents::guess_format(path); !format.empty()) return format;
  const std::size_t first = document.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  const std::string_view text = document.substr(first);
  if (text[0] == '{' || text[0] == '[') return "json";
  if (text.starts_with("<?php")) return "php";
  return text.starts_with("<?xml") ? "xml" : "";
}

Located locate(const Place& place, std::string_view document, const Hit& hit) {
  Located located;
  const std::string& name = place.inside.empty() ? place.path : place.inside.back();
  located.format = format_of(name, document);
  const documents::Format* format = documents::find_format(located.format);
  if (format != nullptr && document.size() <= kLargestDocument) {
    auto key = format->key_at(document, hit.begin);
    if (key) {
      located.key_path = *std::move(key);
    } else {
      located.not_rewritable = key.error().detail;
    }
  } else {
    located.not_rewritable =
        format == nullptr ? "no format that is edited" : "the file is too large";
  }
  if (!located.key_path.empty()) {
    located.not_rewritable = obstacle(*format, document, hit, located);
  }
  if (!base::is_valid_utf8(place.path)) {
    located.not_rewritable = "its name is not UTF-8, and no inventory can hold it";
  }
  if (!place.is_editable) {
    located.not_rewritable =
        place.inside.empty() ? "it is no file of its own" : "it lies in an archive: make that anew";
  }
  return located;
}

}  // namespace rekey::discovery
