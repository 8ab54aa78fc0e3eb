#include "discovery/matcher.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "credential/secret_format.h"
#include "discovery/context.h"
#include "discovery/layers.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kLeftBytes = 256;     // read for the name of a key
constexpr std::size_t kNearBytes = 1500;    // to each side, for words nearby
constexpr std::size_t kRegionBytes = 1024;  // to each side, read through escapes
constexpr std::size_t kEscapesInARow = 8;
constexpr std::size_t kLayerCount = 6;
constexpr std::size_t kAlphabets = 6;
// Of layers taken off one content, for each of its bytes, and beside that.
constexpr std::size_t kDecodedPerByte = 16;
constexpr std::size_t kDecodedAtLeast = std::size_t{4} << 20;
constexpr std::size_t kShortestBase64 = 32;  // of 24 bytes
constexpr std::size_t kShortestHex = 48;

enum class Use { kPrefix, kKey, kOwnKey, kHost, kEntra, kEscape };
struct AnchorUse {
  Use use = Use::kKey;
  std::size_t detector = 0;
  Layer layer = Layer::kPercent;
};

// A text, and how it comes from the one that it was found in.
struct View {
  std::string_view text;
  const View* parent = nullptr;
  const Decoded* decoded = nullptr;
  Layer layer = Layer::kBase64;
  int depth = 0;
  // How far each layer has been taken off already.
  std::array<std::size_t, kLayerCount> done{};
};

Span root_span(const View& view, Span span) {
  for (const View* at = &view; at->parent != nullptr; at = at->parent) {
    span = at->decoded->origin(span.begin, span.end);
  }
  return span;
}

std::string left_of(const View& view, std::size_t at) {
  const std::size_t size = std::min(at, kLeftBytes);
  std::string left;
  if (size < kLeftBytes && view.parent != nullptr) {
    left = left_of(*view.parent, view.decoded->origin(0, 1).begin);
  }
  left += view.text.substr(at - size, size);
  return left;
}

constexpr std::size_t kLongestToken = 4097;

// Cut where it is longer than `longest` to a side.
Span token_around(std::string_view text, Span core, Alphabet alphabet,
                  std::size_t longest = kLongestToken) {
  const Alphabet wide = alphabet == Alphabet::kLowerDigits || alphabet == Alphabet::kHex
                            ? Alphabet::kAlphanumeric
                            : alphabet;
  Span token = core;
  // An '=' in front separates a name from its value.
  while (token.begin > 0 && text[token.begin - 1] != '=' && holds(wide, text[token.begin - 1]) &&
         core.begin - token.begin < longest) {
    --token.begin;
  }
  while (token.end < text.size() && holds(wide, text[token.end]) &&
         token.end - core.end < longest) {
    ++token.end;
  }
  while (token.end > core.end && text[token.end - 1] == '.') --token.end;
  return token;
}

// A run within a longer word of another alphabet is no value of its own.
bool is_cut_out(std::string_view text, Span token) {
  constexpr std::string_view kGoesOn = "_-+/";
  const bool before =
      token.begin > 0 && kGoesOn.find(text[token.begin - 1]) != std::string_view::npos;
  const bool behind =
      token.end < text.size() && kGoesOn.find(text[token.end]) != std::string_view::npos;
  return before || behind;
}

std::optional<Decoded> take_off(Layer layer, std::string_view text, Span span) {
  switch (layer) {
    case Layer::kPercent:
      return decode_percent(text, span);
    case Layer::kEscapes:
      return decode_escapes(text, span);
    case Layer::kEntities:
      return decode_entities(text, span);
    case Layer::kBase64:
    case Layer::kHex:
    case Layer::kUtf16:
      break;
  }
  return std::nullopt;
}

std::vector<Layer> layers_of(crypto::SecretForm form) {
  switch (form) {
    case crypto::SecretForm::kRaw:
      return {};
    case crypto::SecretForm::kHexLower:
    case crypto::SecretForm::kHexUpper:
      return {Layer::kHex};
    case crypto::SecretForm::kBase64:
      return {Layer::kBase64};
    case crypto::SecretForm::kBase64OfBase64:
      return {Layer::kBase64, Layer::kBase64};
    case crypto::SecretForm::kBase64OfUtf16Le:
    case crypto::SecretForm::kBase64OfUtf16Be:
      return {Layer::kBase64, Layer::kUtf16};
  }
  return {};
}

char sign_of(Layer layer) noexcept {
  return layer == Layer::kPercent ? '%' : layer == Layer::kEscapes ? '\\' : '&';
}

constexpr std::array kSignedLayers{Layer::kPercent, Layer::kEscapes, Layer::kEntities};

}  // namespace

struct Matcher::State {
  std::vector<Detector> detectors;
  std::unique_ptr<const ExactSearch> exact;  // nullptr: the detectors are what is looked for
  std::vector<AnchorUse> uses;
  std::vector<const Detector*> keyed;  // those that go by the name of the key
  std::unique_ptr<Classes> classes;
  const Detector* ours = nullptr;
  const Detector* host = nullptr;
};

namespace {

// One content, looked through.
class Search {
 public:
  Search(std::span<const Detector> detectors, std::span<const Detector* const> keyed,
         std::span<const AnchorUse> uses, const Classes& classes, const Detector* ours,
         const Detector* host, const ExactSearch* exact, std::string_view bytes,
         std::string_view path)
      : detectors_(detectors),
        keyed_(keyed),
        exact_(exact),
        uses_(uses),
        classes_(classes),
        ours_(ours),
        host_(host),
        bytes_(bytes),
        path_(path),
        budget_(bytes.size() * kDecodedPerByte + kDecodedAtLeast) {}

  Matches run() {
    View root{bytes_};
    look(root);
    for (Hit& hit : matches_.hits) {
      // What escapes elsewhere in the line did not change is no layer of the value.
      if (bytes_.substr(hit.begin, hit.end - hit.begin) == hit.value.reveal()) hit.layers.clear();
    }
    keep_cores();
    keep_the_best();
    matches_.is_cut = matches_.is_cut || is_too_deep_;
    return std::move(matches_);
  }

 private:
  void look(View& view) {
    const Triggers triggers = classes_.find(view.text);
    for (const Run& run : triggers.runs) {
      const Span span{run.begin, run.end};
      if (exact_ != nullptr) {
        look_for_exact(view, span);
      } else {
        look_for_ours(view, span);
        look_for_keyed(view, span);
      }
      take_layers_off(view, span);
    }
    for (const AnchorHit& hit : triggers.anchors) look_at_anchor(view, hit);
    for (const std::size_t at : triggers.alternations) take_utf16_off(view, at);
  }

  void look_for_ours(const View& view, Span run) {
    constexpr std::size_t kTail = credential::kSecretSize - credential::kSecretPrefixSize;
    if (run.end - run.begin < kTail || run.begin < credential::kSecretPrefixSize) return;
    const std::size_t begin = run.begin - credential::kSecretPrefixSize;
    if (view.text[run.begin - 1] != '_') return;
    if (!fits(*ours_, view.text.substr(begin, credential::kSecretSize))) return;
    add(view, {begin, begin + credential::kSecretSize}, *ours_, Confidence::kHigh);
  }

  void look_for_exact(const View& view, Span run) {
    for (const ExactHit& hit : exact_->search_run(view.text, run.begin, run.end)) {
      const bool is_raw = hit.form == crypto::SecretForm::kRaw;
      Hit made =
          hit_of(view, {hit.begin, hit.begin + hit.size_bytes}, *hit.detector, Confidence::kHigh);
      if (hit.value != nullptr) made.value = hit.value->clone();
      made.known = hit.known;
      for (const Layer layer : layers_of(hit.form)) made.layers.push_back(layer);
      (is_raw ? matches_.hits : cores_).push_back(std::move(made));
    }
  }

  // What was seen through its encoding alone: it stands in something that is no text, and no layer
  // was taken off there.
  void keep_cores() {
    auto& hits = matches_.hits;
    std::sort(hits.begin(), hits.end(),
              [](const Hit& a, const Hit& b) { return a.begin < b.begin; });
    std::vector<std::size_t> ends;  // the farthest of each hit and those in front of it
    for (const Hit& hit : hits) {
      ends.push_back(std::max(hit.end, ends.empty() ? 0 : ends.back()));
    }
    const std::size_t count = hits.size();
    for (Hit& core : cores_) {
      // The first that may reach into the core.
      const auto end = std::upper_bound(ends.begin(), ends.end(), core.begin);
      bool is_seen = false;
      for (auto i = static_cast<std::size_t>(end - ends.begin());
           i < count && hits[i].begin < core.end && !is_seen; ++i) {
        is_seen = core.begin < hits[i].end && is_same_secret(hits[i], core);
      }
      if (!is_seen) hits.push_back(std::move(core));
    }
  }

  // Of what is known the encoded text is all that is at hand of a core.
  static bool is_same_secret(const Hit& hit, const Hit& core) {
    return core.known != nullptr ? hit.known == core.known : hit.value == core.value;
  }

  // What stands before a value.
  struct Before {
    std::size_t at = std::string_view::npos;
    std::string key;
    std::string column;  // in a table
    bool is_client_id = false;
  };

  Before before(const View& view, std::size_t at) {
    const std::string_view near =
        view.text.substr(at - std::min(at, kLeftBytes), std::min(at, kLeftBytes));
    if (near.size() == kLeftBytes || view.parent == nullptr) {
      return {at, nearest_key(near), std::string(column_of(view, at)), ends_in_client_id(near)};
    }
    std::string left = left_of(view, at);
    Before found{at, nearest_key(left), {}, ends_in_client_id(left)};
    base::wipe(left.data(), left.size());
    return found;
  }

  // Of a table that the whole content is.
  std::string_view column_of(const View& view, std::size_t at) {
    if (view.parent != nullptr) return {};
    if (!table_head_) table_head_ = table_head(bytes_);
    return column_name(*table_head_, bytes_, at);
  }

  // The detectors that go by the name of the key.
  void look_for_keyed(const View& view, Span core) {
    std::array<Span, kAlphabets> tokens{};
    Before context;
    for (const Detector* keyed : keyed_) {
      const Detector& detector = *keyed;
      Span& token = tokens[static_cast<std::size_t>(detector.alphabet)];
      if (token.end == 0) token = token_around(view.text, core, detector.alphabet);
      if (!has_size(detector, token.end - token.begin)) continue;
      if (context.at != token.begin) context = before(view, token.begin);
      if (is_call(view.text, token.end)) continue;
      const bool is_pair = detector.by_pair && context.is_client_id;
      if (is_named(context, detector.other_keys)) continue;
      if (!is_pair && !is_named(context, detector.keys)) continue;
      const bool is_plain = detector.alphabet == Alphabet::kAlphanumeric ||
                            detector.alphabet == Alphabet::kLowerDigits;
      if (is_plain && is_cut_out(view.text, token)) continue;
      if (!fits(detector, view.text.substr(token.begin, token.end - token.begin))) continue;
      const bool is_near = is_near_words(view, token, detector.near);
      if (detector.needs_near && !is_near && !is_pair) continue;
      add(view, token, detector, is_near ? Confidence::kHigh : detector.confidence);
    }
  }

  static bool is_named(const Before& context, const std::vector<std::string>& names) {
    return ends_in(context.key, names) ||
           (!context.column.empty() && ends_in(context.column, names));
  }

  // With and without what says which of several it is: "client_secret_old", "client_secrets".
  static bool ends_in(std::string_view key, const std::vector<std::string>& names) {
    const std::string_view bare = without_variant(key);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return key.ends_with(name) || bare.ends_with(name);
    });
  }

  // The name of a function, called: "client_secret: readFromVault()".
  static bool is_call(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] == '(';
  }

  [[nodiscard]] bool is_near_words(const View& view, Span token,
                                   const std::vector<std::string>& words) const {
    if (words.empty()) return false;
    const Span root = root_span(view, token);
    return has_word_near(path_, words) || has_word_near(around(view.text, token), words) ||
           (view.parent != nullptr && has_word_near(around(bytes_, root), words));
  }

  static std::string_view around(std::string_view text, Span span) {
    const std::size_t begin = span.begin - std::min(span.begin, kNearBytes);
    return text.substr(begin, span.end - begin + kNearBytes);
  }

  void look_at_anchor(View& view, const AnchorHit& hit) {
    const AnchorUse& use = uses_[hit.anchor];
    if (exact_ != nullptr && use.use != Use::kEscape) return;
    switch (use.use) {
      case Use::kPrefix:
        return look_for_prefixed(view, hit.begin, detectors_[use.detector]);
      case Use::kEntra:
        return look_for_entra(view, hit.begin, detectors_[use.detector]);
      case Use::kKey:
        return look_behind_key(view, hit.begin, kRunSize);
      case Use::kOwnKey:
        return look_behind_key(view, hit.begin, kShortestOwnValue);
      case Use::kHost:
        return look_for_host(view, hit.begin);
      case Use::kEscape:
        if (hit.begin >= view.done[static_cast<std::size_t>(use.layer)] &&
            begins_with_escapes(use.layer, view.text.substr(hit.begin), kEscapesInARow)) {
          take_region_off(view, {hit.begin, hit.begin + 1}, use.layer);
        }
    }
  }

  void look_for_prefixed(const View& view, std::size_t begin, const Detector& detector) {
    constexpr std::size_t kShortPrefix = 4;
    const bool is_inside = begin > 0 && holds(detector.alphabet, view.text[begin - 1]);
    if (is_inside && detector.prefix.size() < kShortPrefix) return;
    const std::size_t limit = std::min(view.text.size(), begin + longest_size(detector) + 1);
    std::size_t end = begin + detector.prefix.size();
    while (end < limit && holds(detector.alphabet, view.text[end])) ++end;
    while (end > begin && view.text[end - 1] == '.') --end;
    end = begin + size_before_joint(detector, view.text.substr(begin, end - begin));
    if (!fits(detector, view.text.substr(begin, end - begin))) return;
    const bool is_near = is_near_words(view, {begin, end}, detector.near);
    if (detector.needs_near && !is_near) return;
    add(view, {begin, end}, detector, is_near ? Confidence::kHigh : detector.confidence);
  }

  void look_for_entra(const View& view, std::size_t at, const Detector& detector) {
    constexpr std::size_t kBefore = 4;  // three characters and a digit
    if (at < kBefore) return;
    const Span token =
        token_around(view.text, {at, at + 2}, detector.alphabet, detector.max_size + 1);
    if (token.begin + kBefore != at) return;
    if (fits(detector, view.text.substr(token.begin, token.end - token.begin))) {
      add(view, token, detector, detector.confidence);
    }
  }

  // A value without kRunSize letters and digits in a row has to be found from its key's name.
  void look_behind_key(const View& view, std::size_t begin, std::size_t shortest) {
    const std::size_t at = value_behind(view.text, begin, shortest);
    if (at == std::string_view::npos) return;
    look_for_keyed(view, {at, at + 1});
  }

  // "mc….auth.marketingcloudapis.com", from the anchor at its domain (contract section 3.4).
  void look_for_host(const View& view, std::size_t domain) {
    constexpr std::size_t kLongestHost = 64;  // to each side; a tenant's is 34 and 18
    const std::string_view text = view.text;
    std::size_t begin = domain;
    while (begin > 0 && domain - begin < kLongestHost &&
           (holds(Alphabet::kUrl, text[begin - 1]) || text[begin - 1] == '.')) {
      --begin;
    }
    std::size_t end = domain;
    while (end < text.size() && end - domain < kLongestHost &&
           holds(Alphabet::kAlphanumeric, text[end])) {
      ++end;
    }
    constexpr std::string_view kTop = ".com";
    if (text.substr(end, kTop.size()) != kTop || begin == domain) return;
    end += kTop.size();
    const std::string_view name = text.substr(begin, domain - begin);
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos || name.find('.', dot + 1) != name.size() - 1) return;
    const std::string_view part = name.substr(dot + 1, name.size() - dot - 2);
    constexpr std::size_t kTenantSize = 28;
    const bool is_known = part == "auth" || part == "rest" || part == "soap";
    if (dot == kTenantSize && is_known) add(view, {begin, end}, *host_, Confidence::kHigh);
  }

  void take_layers_off(View& view, Span run) {
    constexpr std::size_t kBefore = 6;
    constexpr std::size_t kBehind = 3;
    const std::size_t begin = run.begin - std::min(run.begin, kBefore);
    const std::string_view left = view.text.substr(begin, run.begin - begin);
    const std::string_view right = view.text.substr(run.end, kBehind);
    for (const Layer layer : kSignedLayers) {
      const char sign = sign_of(layer);
      if (left.find(sign) == std::string_view::npos && right.find(sign) == std::string_view::npos)
        continue;
      take_region_off(view, run, layer);
    }
    take_base64_off(view, run);
  }

  void take_region_off(View& view, Span core, Layer layer) {
    std::size_t& done = view.done[static_cast<std::size_t>(layer)];
    if (core.end <= done) return;
    const std::size_t from = core.begin - std::min(core.begin, kRegionBytes);
    const std::size_t line = view.text.substr(from, core.begin - from).rfind('\n');
    const std::size_t begin = line == std::string_view::npos ? from : from + line + 1;
    const std::size_t limit = std::min(view.text.size(), core.end + 2 * kRegionBytes);
    const std::size_t end = std::min(limit, view.text.substr(0, limit).find('\n', core.end));
    done = end;
    const auto decoded = take_off(layer, view.text, {begin, end});
    if (decoded) descend(view, *decoded, layer);
  }

  void take_base64_off(View& view, Span run) {
    std::size_t& done = view.done[static_cast<std::size_t>(Layer::kBase64)];
    if (run.end <= done) return;
    const Span span = base64_span(view.text, run);
    done = span.end;
    const std::size_t size = span.end - span.begin;
    if (const auto digits = hex_digits_in(view.text, span)) {
      const std::size_t count = digits->end - digits->begin;
      if (count < kShortestHex || count % 2 != 0) return;
      const Decoded decoded = decode_hex(view.text, *digits);
      if (looks_like_text(decoded.text())) descend(view, decoded, Layer::kHex);
      return;
    }
    if (size < kShortestBase64) return;
    for (std::size_t phase = 0; phase < 4; ++phase) {
      if (!spend(size)) return;
      if (!base64_looks_like_text(view.text, span, phase)) continue;
      const Decoded decoded = decode_base64(view.text, span, phase);
      descend(view, decoded, Layer::kBase64);
      return;
    }
  }

  void take_utf16_off(View& view, std::size_t at) {
    std::size_t& done = view.done[static_cast<std::size_t>(Layer::kUtf16)];
    if (at < done) return;
    const auto decoded = decode_utf16(view.text, at);
    if (!decoded) return;
    done = decoded->origin(decoded->text().size() - 1, decoded->text().size()).end;
    descend(view, *decoded, Layer::kUtf16);
  }

  void descend(View& view, const Decoded& decoded, Layer layer) {
    if (view.depth == kMaxLayers) is_too_deep_ = true;
    if (decoded.text().empty() || view.depth == kMaxLayers || !spend(decoded.text().size())) return;
    View inner{decoded.text(), &view, &decoded, layer, view.depth + 1};
    look(inner);
  }

  bool spend(std::size_t bytes) {
    if (bytes > budget_) matches_.is_cut = true;
    if (matches_.is_cut) return false;
    budget_ -= bytes;
    return true;
  }

  void add(const View& view, Span span, const Detector& detector, Confidence confidence) {
    matches_.hits.push_back(hit_of(view, span, detector, confidence));
  }

  static Hit hit_of(const View& view, Span span, const Detector& detector, Confidence confidence) {
    const Span root = root_span(view, span);
    std::vector<Layer> layers;
    for (const View* at = &view; at->parent != nullptr; at = at->parent) {
      layers.insert(layers.begin(), at->layer);
    }
    return {&detector,         confidence,
            root.begin,        root.end,
            std::move(layers), base::Secret(view.text.substr(span.begin, span.end - span.begin))};
  }

  // One hit for each place: the surest, by the fewest layers, of the first row.
  void keep_the_best() {
    auto& hits = matches_.hits;
    const auto rank = [](const Hit& hit) {
      return std::tuple(hit.begin, hit.end, -static_cast<int>(hit.confidence), hit.layers.size(),
                        hit.detector);
    };
    std::sort(hits.begin(), hits.end(),
              [&](const Hit& a, const Hit& b) { return rank(a) < rank(b); });
    const auto last = std::unique(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
      return a.begin == b.begin && a.end == b.end;
    });
    hits.erase(last, hits.end());
  }

  std::span<const Detector> detectors_;
  std::span<const Detector* const> keyed_;
  const ExactSearch* exact_;
  std::vector<Hit> cores_;
  std::span<const AnchorUse> uses_;
  const Classes& classes_;
  const Detector* ours_;
  const Detector* host_;
  std::string_view bytes_;
  std::string_view path_;
  std::size_t budget_;
  std::optional<TableHead> table_head_;
  bool is_too_deep_ = false;  // a layer is left beneath kMaxLayers of them
  Matches matches_;
};

// Of prefixes, so that few other texts look like one of the group.
constexpr std::size_t kUpperGroup = 4;
constexpr std::size_t kLowerGroup = 5;

}  // namespace

Matcher::Matcher(std::vector<Detector> own) : state_(std::make_unique<State>()) {
  State& state = *state_;
  const auto builtin = builtin_detectors();
  state.detectors.assign(builtin.begin(), builtin.end());
  state.detectors.insert(state.detectors.end(), std::make_move_iterator(own.begin()),
                         std::make_move_iterator(own.end()));
  std::vector<Anchor> anchors;
  std::set<std::string> own_words;
  const auto anchor = [&](Anchor what, AnchorUse use) {
    anchors.push_back(std::move(what));
    state.uses.push_back(use);
  };
  for (std::size_t i = 0; i < state.detectors.size(); ++i) {
    const Detector& detector = state.detectors[i];
    if (detector.prefix.empty() && !detector.keys.empty()) state.keyed.push_back(&detector);
    if (detector.check == Check::kOurs) state.ours = &detector;
    if (detector.role == Role::kHost) state.host = &detector;
    if (detector.check == Check::kEntra) anchor({"Q~", false, 0, 6}, {Use::kEntra, i});
    if (!detector.prefix.empty()) {
      const char first = detector.prefix.front();
      const bool is_lower = first >= 'a' && first <= 'z';
      anchor({detector.prefix, false, 0, is_lower ? kLowerGroup : kUpperGroup}, {Use::kPrefix, i});
    }
  }
  for (const Detector& detector : state.detectors) {
    own_words.insert(detector.key_words.begin(), detector.key_words.end());
  }
  for (const std::string& word : own_words) anchor({word, true, 0, 0}, {Use::kOwnKey});
  anchor({"secret", true, 0, 0}, {Use::kKey});
  anchor({"signature", true, 2, 1}, {Use::kKey});
  anchor({"marketingcloudapis", true, 6, 2}, {Use::kHost});
  anchor({"\\u00", false, 0, 3}, {Use::kEscape, 0, Layer::kEscapes});
  anchor({"\\x", false, 0, 3}, {Use::kEscape, 0, Layer::kEscapes});
  anchor({"&#", false, 0, 6}, {Use::kEscape, 0, Layer::kEntities});
  for (const char* digit : {"%3", "%4", "%5", "%6", "%7"}) {
    anchor({digit, false, 0, 7}, {Use::kEscape, 0, Layer::kPercent});
  }
  state.classes = std::make_unique<Classes>(std::move(anchors));
}

Matcher::Matcher(std::unique_ptr<const ExactSearch> exact) : Matcher(std::vector<Detector>{}) {
  state_->exact = std::move(exact);
}

Matcher::Matcher(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Matches Matcher::match(std::string_view bytes, std::string_view path) const {
  const State& state = *state_;
  return Search(state.detectors, state.keyed, state.uses, *state.classes, state.ours, state.host,
                state.exact.get(), bytes, path)
      .run();
}

std::span<const Detector> Matcher::detectors() const noexcept {
  if (state_->exact != nullptr) return state_->exact->detectors();
  return state_->detectors;
}

}  // namespace rekey::discovery
