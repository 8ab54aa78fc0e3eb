#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/secret.h"
#include "net/json.h"

namespace rekey::net {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kCapacityBytes = 64 * 1024;
constexpr std::size_t kMaxDepth = 33;  // simdjson counts one more than the levels that it allows
constexpr std::size_t kMaxMembers = 32;

constexpr std::string_view kTooLarge = "larger than 64 KiB";
constexpr std::string_view kNotObject = "not a JSON object";
constexpr std::string_view kNotUtf8 = "not UTF-8";
constexpr std::string_view kTooDeep = "nested deeper than 32 levels";
constexpr std::string_view kMalformed = "malformed JSON";
constexpr std::string_view kTooManyMembers = "more than 32 members";
constexpr std::string_view kTwice = "a member occurs twice";
constexpr std::string_view kNul = "a NUL character";

std::string_view describe(simdjson::error_code problem) {
  switch (problem) {
    case simdjson::CAPACITY:
      return kTooLarge;
    case simdjson::UTF8_ERROR:
      return kNotUtf8;
    case simdjson::DEPTH_ERROR:
      return kTooDeep;
    default:
      return kMalformed;
  }
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

struct FlatJson::State {
  State() : parser(kCapacityBytes) {
    // Everything is allocated here, so that no parse has to.
    const bool is_ready = parser.allocate(kCapacityBytes, kMaxDepth) == simdjson::SUCCESS &&
                          parser.doc.allocate(kCapacityBytes) == simdjson::SUCCESS;
    REKEY_ASSERT(is_ready);
  }
  ~State() { forget(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // What went wrong, or empty.
  std::string_view read(std::string_view text) {
    count = 0;
    parsed_bytes = std::max(parsed_bytes, std::min(text.size(), kCapacityBytes));
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos || text[start] != '{') return kNotObject;
    dom::object object;
    if (const auto error = parser.parse(text.data(), text.size(), false).get(object)) {
      return describe(error);
    }
    for (const auto field : object) {
      if (count == kMaxMembers) return kTooManyMembers;
      if (has_nul(field.key)) return kNul;
      for (std::size_t i = 0; i < count; ++i) {
        if (members[i].name == field.key) return kTwice;
      }
      members[count] = Member{};
      members[count].name = field.key;
      set_value(members[count], field.value);
      if (has_nul(members[count].string)) return kNul;
      ++count;
    }
    return {};
  }

  static void set_value(Member& member, const dom::element& value) {
    switch (value.type()) {
      case dom::element_type::STRING:
        member.type = Type::kString;
        member.string = value.get_string().value_unsafe();
        return;
      case dom::element_type::INT64:
        member.type = Type::kInteger;
        member.integer = value.get_int64().value_unsafe();
        return;
      case dom::element_type::BOOL:
        member.type = Type::kBoolean;
        member.integer = value.get_bool().value_unsafe() ? 1 : 0;
        return;
      case dom::element_type::NULL_VALUE:
        member.type = Type::kNull;
        return;
      default:
        member.type = Type::kOther;
        return;
    }
  }

  void forget() noexcept {
    count = 0;
    if (parsed_bytes == 0) return;
    // The shortest member text, "", takes 3 bytes with its comma and 5 in the parser's buffer,
    // which has 64 bytes to spare for whole-register writes.
    base::wipe(parser.doc.string_buf.get(), 5 * parsed_bytes / 3 + simdjson::SIMDJSON_PADDING);
    parsed_bytes = 0;
  }

  dom::parser parser;
  std::array<Member, kMaxMembers> members;
  std::size_t count = 0;
  std::size_t parsed_bytes = 0;  // the longest text since the last forget
  std::string_view problem;
};

FlatJson::FlatJson() : state_(std::make_unique<State>()) {}
FlatJson::~FlatJson() = default;

bool FlatJson::parse(std::string_view text) noexcept {
  state_->problem = state_->read(text);
  if (!state_->problem.empty()) state_->count = 0;
  return state_->problem.empty();
}

const FlatJson::Member* FlatJson::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < state_->count; ++i) {
    if (state_->members[i].name == name) return &state_->members[i];
  }
  return nullptr;
}

std::string_view FlatJson::problem() const noexcept {
  return state_->problem;
}

void FlatJson::forget() noexcept {
  state_->forget();
}

}  // namespace rekey::net
