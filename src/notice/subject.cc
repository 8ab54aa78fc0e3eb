#include "notice/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace rekey::notice {
namespace {

constexpr std::array<std::string_view, 11> kKindNames{
    "secret",        "superseded_in_use", "run_waits",   "run_parked",
    "cut_too_early", "watcher_silent",    "undelivered", "no_secret_works",
    "unread",        "staged_ended",      "leaked"};

constexpr std::string_view kEllipsis = "…";

bool is_id_character(char c) noexcept {
  const char low = base::to_lower(c);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("._/:-").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view name_of(SubjectKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

base::Result<SubjectKind> parse_subject_kind(std::string_view text) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i) {
    if (kKindNames[i] == text) return static_cast<SubjectKind>(i);
  }
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("\"{}\" is no kind of subject", clean_text(text, 40)));
}

base::Status check_subject(const Subject& subject) {
  const bool has_form =
      !subject.id.empty() && subject.id.size() <= kMaxSubjectIdBytes &&
      std::all_of(subject.id.begin(), subject.id.end(), is_id_character) &&
      std::all_of(subject.former_id.begin(), subject.former_id.end(), is_id_character);
  if (has_form) return {};
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("\"{}\" cannot name what a notice is about: 1 to {} characters of "
                                "[A-Za-z0-9._/:-]",
                                clean_text(subject.id, 40), kMaxSubjectIdBytes));
}

std::string clean_text(std::string_view text, std::size_t limit) {
  std::string out(text);
  if (text.size() > limit) {
    const bool has_room = limit >= kEllipsis.size();
    out.resize(has_room ? limit - kEllipsis.size() : limit);
    // The cut must not leave half a character.
    while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xc0) == 0x80) {
      out.pop_back();
    }
    if (has_room) out += kEllipsis;
  }
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

}  // namespace rekey::notice
