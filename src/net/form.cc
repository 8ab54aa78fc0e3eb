#include "net/form.h"

#include "base/secret.h"
#include "base/text.h"

namespace rekey::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = base::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

bool FlatForm::parse(std::string_view text, std::string_view repeatable) noexcept {
  forget();
  problem_ = {};
  is_repeated_ = false;
  if (text.size() > buffer_.size()) return fail("longer than 8 KiB");
  for (;;) {
    const auto end = text.find('&');
    if (const auto piece = text.substr(0, end); !piece.empty() && !add(piece, repeatable))
      return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool FlatForm::fail(std::string_view problem) noexcept {
  forget();
  problem_ = problem;
  return false;
}

bool FlatForm::add(std::string_view piece, std::string_view repeatable) noexcept {
  if (count_ == members_.size()) return fail("more than 32 fields");
  const auto equals = piece.find('=');
  Member member;
  if (!decode(piece.substr(0, equals), member.name)) return false;
  if (equals != std::string_view::npos && !decode(piece.substr(equals + 1), member.value)) {
    return false;
  }
  if (find(member.name) != nullptr) {
    if (repeatable.empty() || member.name != repeatable) return fail("a field occurs twice");
    is_repeated_ = true;
    return true;
  }
  members_[count_++] = member;
  return true;
}

// Never longer than what it decodes, and so the buffer holds the whole text.
bool FlatForm::decode(std::string_view piece, std::string_view& decoded) noexcept {
  const std::size_t begin = used_;
  for (std::size_t i = 0; i < piece.size(); ++i) {
    char c = piece[i] == '+' ? ' ' : piece[i];
    if (c == '%') {
      const int high = i + 2 < piece.size() ? hex_value(piece[i + 1]) : -1;
      const int low = i + 2 < piece.size() ? hex_value(piece[i + 2]) : -1;
      if (high < 0 || low < 0) return fail("a percent sign without two hex digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return fail("a NUL character");
    buffer_[used_++] = c;
  }
  decoded = {buffer_.data() + begin, used_ - begin};
  return base::is_valid_utf8(decoded) || fail("not UTF-8");
}

const FlatForm::Member* FlatForm::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (members_[i].name == name) return &members_[i];
  }
  return nullptr;
}

void FlatForm::forget() noexcept {
  base::wipe(buffer_.data(), used_);
  used_ = 0;
  count_ = 0;
}

}  // namespace rekey::net
