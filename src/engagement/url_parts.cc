#include "engagement/url_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace rekey::engagement {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kMostParameters = 32;
constexpr std::int64_t kLastPage = 1'000'000'000;

Result<std::string> checked_text(Result<std::string> decoded, std::string_view place) {
  const bool is_text =
      decoded && decoded->find('\0') == std::string::npos && base::is_valid_utf8(*decoded);
  if (is_text) return decoded;
  return fail(Code::kInvalidArgument, fmt::format("the {} is not well encoded", place));
}

}  // namespace

Result<std::string> decode_path_part(std::string_view part) {
  std::string form;
  for (const char c : part) {
    if (c == '+') {
      form += "%2B";
    } else {
      form += c;
    }
  }
  return checked_text(base::percent_decode_form(form), "path");
}

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    REKEY_TRY(std::string name,
              checked_text(base::percent_decode_form(piece.substr(0, equals)), "query"));
    REKEY_TRY(
        std::string value,
        checked_text(base::percent_decode_form(piece.substr(std::min(equals + 1, piece.size()))),
                     "query"));
    if (query.find(name)) {
      return fail(Code::kInvalidArgument, "a parameter of the query is given twice");
    }
    if (query.parameters_.size() == kMostParameters) {
      return fail(Code::kInvalidArgument, "the query has more than 32 parameters");
    }
    query.parameters_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::optional<std::string> Query::find(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (base::equal_ignoring_case(known, name)) return value;
  }
  return std::nullopt;
}

Result<std::int64_t> Query::number_or(std::string_view name, std::int64_t fallback,
                                      std::int64_t low, std::int64_t high) const {
  const auto text = find(name);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (problem == std::errc{} && end == text->data() + text->size() && number >= low &&
      number <= high) {
    return number;
  }
  return fail(Code::kInvalidArgument,
              fmt::format("{} takes a whole number from {} to {}", name, low, high));
}

Result<PageAsked> page_asked(const Query& query, std::int64_t usual_size,
                             std::int64_t largest_size) {
  PageAsked asked;
  REKEY_TRY(asked.page, query.number_or("$page", 1, 1, kLastPage));
  REKEY_TRY(asked.size, query.number_or("$pageSize", usual_size, 1, 1'000'000));
  asked.size = std::min(asked.size, largest_size);
  return asked;
}

}  // namespace rekey::engagement
