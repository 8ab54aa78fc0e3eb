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

constexpr std::size_t kWalksPerHit = 3;  // key_at, locate, read_value

struct AtKey {
  std::string part;
  std::string obstacle;  // why the value there is not the hit's, or cannot be replaced; else empty
};

AtKey read_at(const documents::Format& format, std::string_view document, const Hit& hit,
              const std::string& key_path) {
  const auto spot = format.locate(document, key_path);
  if (!spot) return {{}, spot.error().detail};
  if (hit.begin < spot->begin || hit.end > spot->end) {
    return {{}, fmt::format("the key {} leads to another place of the file", key_path)};
  }
  const auto text = documents::read_value(format, document, key_path);
  if (!text) return {{}, text.error().detail};
  const auto encoding = encoding_of(hit.layers);
  if (!encoding) return {{}, "it is encoded in a way that no driver writes"};
  if (is_value(*encoding, text->reveal(), hit.value.reveal())) return {};
  // In a URI a value without special characters is its own percent-encoding.
  for (const Encoding tried : {*encoding, Encoding::kPercent}) {
    std::string part = part_in(text->reveal(), tried, hit.value.reveal());
    if (!part.empty()) return {std::move(part), {}};
  }
  return {{}, "it is a part of the text at its key, and the rest would have to be known"};
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

Locator::Locator(const Content& content, std::size_t most_parsed_bytes)
    : content_(content), most_parsed_bytes_(most_parsed_bytes) {
  const Place& place = content.place;
  format_name_ = format_of(place.inside.empty() ? place.path : place.inside.back(), content.bytes);
  format_ = documents::find_format(format_name_);
}

Located Locator::locate_key(const Hit& hit) {
  const std::string_view document = content_.bytes;
  Located located;
  located.format = format_name_;
  if (format_ == nullptr) {
    located.not_rewritable = "no format that is edited";
    return located;
  }
  if (document.size() > kLargestDocument) {
    located.not_rewritable = "the file is too large";
    return located;
  }
  const bool is_first = walks_ == 0;
  if (!is_first && (walks_ + kWalksPerHit) * document.size() > most_parsed_bytes_) {
    located.not_rewritable = "the file holds too many values to find the key of each";
    return located;
  }
  walks_ += kWalksPerHit;
  auto key = format_->key_at(document, hit.begin);
  if (!key) {
    located.not_rewritable = key.error().detail;
    return located;
  }
  located.key_path = *std::move(key);
  if (located.key_path.empty()) return located;
  AtKey at_key = read_at(*format_, document, hit, located.key_path);
  located.part = std::move(at_key.part);
  located.not_rewritable = std::move(at_key.obstacle);
  return located;
}

Located Locator::locate(const Hit& hit) {
  Located located;
  if (content_.is_first && content_.is_last) {
    located = locate_key(hit);
  } else {
    located.not_rewritable = "the file is too large";
    return located;
  }
  const Place& place = content_.place;
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
