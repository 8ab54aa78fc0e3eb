#include "discovery/search.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/secret.h"
#include "credential/secret_format.h"
#include "discovery/context.h"
#include "discovery/unpack.h"
#include "discovery/view.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kNearBytes = 1500;    // to each side, for words nearby
constexpr std::size_t kRegionBytes = 1024;  // to each side, read through escapes
constexpr std::size_t kEscapesInARow = 8;
// Of layers taken off one content, for each of its bytes, and beside that.
constexpr std::size_t kDecodedPerByte = 16;
constexpr std::size_t kDecodedAtLeast = std::size_t{16} << 20;
constexpr std::size_t kShortestBase64 = 32;  // of 24 bytes
constexpr std::size_t kShortestHex = 48;

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
    case Layer::kQuotedPrintable:
      return decode_quoted_printable(text, span);
    case Layer::kBase64:
    case Layer::kHex:
    case Layer::kUtf16:
    case Layer::kCompressed:
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

// Of kSignedLayers.
char sign_of(Layer layer) noexcept {
  switch (layer) {
    case Layer::kPercent:
      return '%';
    case Layer::kEscapes:
      return '\\';
    case Layer::kEntities:
      return '&';
    case Layer::kQuotedPrintable:
    case Layer::kBase64:
    case Layer::kHex:
    case Layer::kUtf16:
    case Layer::kCompressed:
      break;
  }
  return '\0';
}

constexpr std::array kSignedLayers{Layer::kPercent, Layer::kEscapes, Layer::kEntities};

// What each layer leaves as it is where a line ends; of an encoding of whole texts, nothing.
bool ends_with_its_line(Layer layer) noexcept {
  return layer != Layer::kQuotedPrintable;
}

// The name of a key or a column, with and without what says which of several it is:
// "client_secret_old", "client_secrets".
struct Name {
  Name() = default;
  explicit Name(std::string text)
      : whole(std::move(text)), bare_size(without_variant(whole).size()) {}
  [[nodiscard]] bool ends_in(const std::vector<std::string>& names) const {
    const std::string_view bare = std::string_view(whole).substr(0, bare_size);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return whole.ends_with(name) || bare.ends_with(name);
    });
  }
  std::string whole;
  std::size_t bare_size = 0;
};

// The name of a function, called: "client_secret: readFromVault()".
bool is_call(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] == '(';
}

Span around(Span span) {
  return {span.begin - std::min(span.begin, kNearBytes), span.end + kNearBytes};
}

class Search {
 public:
  Search(const SearchPlan& plan, std::string_view bytes, std::string_view path)
      : plan_(plan),
        bytes_(bytes),
        root_(bytes, nullptr, nullptr, Layer::kBase64),
        path_size_(path.size()),
        near_path_(path),
        budget_(bytes.size() * kDecodedPerByte + kDecodedAtLeast) {}

  Matches run() {
    look(root_);
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
    const Triggers triggers = plan_.classes->find(view.text);
    if (plan_.exact != nullptr) add_exact(view, plan_.exact->search_text(view.text));
    for (const Run& run : triggers.runs) {
      const Span span{run.begin, run.end};
      if (plan_.exact != nullptr) {
        add_exact(view, plan_.exact->search_run(view.text, run.begin, run.end));
      } else {
        look_for_ours(view, span);
        look_for_keyed(view, span);
      }
      take_layers_off(view, span);
    }
    for (const AnchorHit& hit : triggers.anchors) look_at_anchor(view, hit);
    for (const std::size_t at : triggers.alternations) take_utf16_off(view, at);
    matches_.work_bytes += view.tokens.walked_bytes() + view.near.read_bytes();
  }

  void look_for_ours(const View& view, Span run) {
    constexpr std::size_t kTail = credential::kSecretSize - credential::kSecretPrefixSize;
    if (run.end - run.begin < kTail || run.begin < credential::kSecretPrefixSize) return;
    const std::size_t begin = run.begin - credential::kSecretPrefixSize;
    if (view.text[run.begin - 1] != '_') return;
    if (!fits(*plan_.ours, view.text.substr(begin, credential::kSecretSize))) return;
    add(view, {begin, begin + credential::kSecretSize}, *plan_.ours, Confidence::kHigh);
  }

  void add_exact(const View& view, const std::vector<ExactHit>& found) {
    for (const ExactHit& hit : found) {
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
    Name key;
    Name column;  // in a table
    bool is_client_id = false;
    [[nodiscard]] bool is_named(const std::vector<std::string>& names) const {
      return key.ends_in(names) || (!column.whole.empty() && column.ends_in(names));
    }
  };

  Before before(const View& view, std::size_t at) {
    matches_.work_bytes += kLeftBytes;
    const std::string_view near =
        view.text.substr(at - std::min(at, kLeftBytes), std::min(at, kLeftBytes));
    if (near.size() == kLeftBytes || view.parent == nullptr) {
      return {at, Name(nearest_key(near)), Name(std::string(column_of(view, at))),
              ends_in_client_id(near)};
    }
    std::string left = left_of(view, at);
    Before found{at, Name(nearest_key(left)), {}, ends_in_client_id(left)};
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
  void look_for_keyed(View& view, Span core) {
    std::array<std::optional<Span>, kAlphabets> tokens{};
    Before context;
    for (const Detector* keyed : plan_.keyed) {
      const Detector& detector = *keyed;
      auto& found = tokens[static_cast<std::size_t>(detector.alphabet)];
      if (!found) found = new_token(view, core, detector.alphabet);
      const Span token = *found;
      if (!has_size(detector, token.end - token.begin)) continue;
      if (context.at != token.begin) context = before(view, token.begin);
      if (is_call(view.text, token.end)) continue;
      const bool is_pair =
          detector.by_pair &&
          (detector.role == Role::kClientId ? begins_with_paired_secret(view.text.substr(token.end))
                                            : context.is_client_id);
      if (context.is_named(detector.other_keys)) continue;
      if (!is_pair && !context.is_named(detector.keys)) continue;
      const bool is_plain = detector.alphabet == Alphabet::kAlphanumeric ||
                            detector.alphabet == Alphabet::kLowerDigits;
      // "https://id:secret@host".
      const bool is_user = is_pair && view.text.substr(0, token.begin).ends_with("://");
      if (is_plain && !is_user && is_cut_out(view.text, token)) continue;
      if (!fits(detector, view.text.substr(token.begin, token.end - token.begin))) continue;
      const bool is_near = is_near_words(view, token, detector.near);
      if (detector.needs_near && !is_near && !is_pair) continue;
      add(view, token, detector, is_near ? Confidence::kHigh : detector.confidence);
    }
  }

  // The word around `core`; an empty one where it was tried from another core of its own.
  static Span new_token(View& view, Span core, Alphabet alphabet) {
    const Span token = view.tokens.around(core, alphabet);
    Span& tried = view.tried[static_cast<std::size_t>(alphabet)];
    return std::exchange(tried, token) == token ? Span{} : token;
  }

  [[nodiscard]] bool is_near_words(View& view, Span token, const std::vector<std::string>& words) {
    if (near_path_.has_any({0, path_size_}, words)) return true;
    if (view.near.has_any(around(token), words)) return true;
    return view.parent != nullptr && root_.near.has_any(around(root_span(view, token)), words);
  }

  void look_at_anchor(View& view, const AnchorHit& hit) {
    using What = AnchorUse::What;
    const AnchorUse& use = plan_.uses[hit.anchor];
    const bool is_of_layer =
        use.what == What::kEscape || use.what == What::kFold || use.what == What::kQuotedPrintable;
    if (plan_.exact != nullptr && !is_of_layer) return;
    switch (use.what) {
      case What::kPrefix:
        return look_for_prefixed(view, hit.begin, plan_.detectors[use.detector]);
      case What::kEntra:
        return look_for_entra(view, hit.begin, plan_.detectors[use.detector]);
      case What::kKey:
        return look_behind_key(view, hit.begin, kRunSize);
      case What::kOwnKey:
        return look_behind_key(view, hit.begin, kShortestOwnValue);
      case What::kHost:
        return look_for_host(view, hit.begin);
      case What::kEscape:
        if (hit.begin >= view.done[static_cast<std::size_t>(use.layer)] &&
            begins_with_escapes(use.layer, view.text.substr(hit.begin), kEscapesInARow)) {
          take_region_off(view, {hit.begin, hit.begin + 1}, use.layer);
        }
        return;
      case What::kFold:
        if (is_fold(view.text, hit.begin)) {
          take_region_off(view, {hit.begin, hit.begin + 1}, use.layer);
        }
        return;
      case What::kQuotedPrintable:
        if (view.text[hit.begin + 1] == '3' || is_soft_break(view.text, hit.begin)) {
          take_region_off(view, {hit.begin, hit.begin + 1}, use.layer);
        }
    }
  }

  void look_for_prefixed(View& view, std::size_t begin, const Detector& detector) {
    constexpr std::size_t kShortPrefix = 4;
    const bool is_inside = begin > 0 && holds(detector.alphabet, view.text[begin - 1]);
    if (is_inside && detector.prefix.size() < kShortPrefix) return;
    const std::size_t limit = std::min(view.text.size(), begin + longest_size(detector) + 1);
    std::size_t end = begin + detector.prefix.size();
    while (end < limit && holds(detector.alphabet, view.text[end])) ++end;
    while (end > begin && view.text[end - 1] == '.') --end;
    matches_.work_bytes += end - begin;
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
    matches_.work_bytes += token.end - token.begin;
    if (token.begin + kBefore != at) return;
    if (fits(detector, view.text.substr(token.begin, token.end - token.begin))) {
      add(view, token, detector, detector.confidence);
    }
  }

  // A value without kRunSize letters and digits in a row has to be found from its key's name.
  void look_behind_key(View& view, std::size_t begin, std::size_t shortest) {
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
    if (dot == kTenantSize && is_known) add(view, {begin, end}, *plan_.host, Confidence::kHigh);
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

  // What is read again in front of where a layer was taken off last: a value and its key may lie
  // over that place.
  static std::size_t floor_of(const View& view, Layer layer) noexcept {
    const std::size_t done = view.done[static_cast<std::size_t>(layer)];
    return done - std::min(done, kRegionBytes);
  }

  void take_region_off(View& view, Span core, Layer layer) {
    std::size_t& done = view.done[static_cast<std::size_t>(layer)];
    if (core.end <= done) return;
    const std::size_t from =
        std::max(core.begin - std::min(core.begin, kRegionBytes), floor_of(view, layer));
    const std::size_t limit = std::min(view.text.size(), core.end + 2 * kRegionBytes);
    Span region{from, limit};
    if (ends_with_its_line(layer)) {
      region = {line_begin(view.text, from, core.begin),
                line_end(view.text.substr(0, limit), core.end)};
    }
    done = region.end;
    matches_.work_bytes += region.end - from;
    const auto decoded = take_off(layer, view.text, region);
    if (decoded) descend(view, *decoded, layer);
  }

  void take_base64_off(View& view, Span run) {
    std::size_t& done = view.done[static_cast<std::size_t>(Layer::kBase64)];
    if (run.end <= done) return;
    const Span span = base64_span(view.text, run, floor_of(view, Layer::kBase64));
    done = span.end;
    const std::size_t size = span.end - span.begin;
    matches_.work_bytes += size;
    if (const auto digits = hex_digits_in(view.text, span)) return take_hex_off(view, *digits);
    if (size < kShortestBase64 || take_packed_off(view, span)) return;
    if (!spend(size)) return;
    if (const auto phase = base64_text_phase(view.text, span)) {
      descend(view, decode_base64(view.text, span, *phase), Layer::kBase64);
    }
  }

  void take_hex_off(View& view, Span digits) {
    if (digits.end - digits.begin < kShortestHex) return;
    const bool is_odd = (digits.end - digits.begin) % 2 != 0;
    // Where a window begins within them, nobody knows which is the first of a pair.
    const bool is_cut = digits.begin == 0 || digits.end == view.text.size();
    for (std::size_t phase = 0; phase < (is_cut ? 2U : 1U); ++phase) {
      if (is_odd && !is_cut) return;
      const Decoded decoded = decode_hex(view.text, {digits.begin + phase, digits.end});
      if (!looks_like_text(decoded.text()) && !may_be_packed(decoded.text())) continue;
      return descend(view, decoded, Layer::kHex);
    }
  }

  // Compressed data in base64. False where there is none, or none that can be read.
  bool take_packed_off(View& view, Span span) {
    const auto begin = packed_begin(view.text, span);
    if (!begin || !spend(span.end - *begin)) return false;
    const Decoded decoded = decode_base64(view.text, {*begin, span.end}, 0);
    View packed(decoded.text(), &view, &decoded, Layer::kBase64);
    if (!unpack_off(packed)) return false;
    // What stands in such a span beyond its limit belongs to the same data, and was not read.
    if (span.end - span.begin >= kLongestSpanBytes) matches_.is_cut = true;
    return true;
  }

  // Looks through what is packed in all of a view. False where nothing is, or it is damaged.
  bool unpack_off(View& packed) {
    if (!may_be_packed(packed.text)) return false;
    bool is_text = false;  // else it may be chance that something came out
    const UnpackEnd end = unpack(packed.text, [&](std::string_view content) {
      is_text = is_text || looks_like_text(content);
      if (packed.depth >= kMaxLayers) is_too_deep_ = true;
      if (packed.depth >= kMaxLayers || !spend(content.size())) return false;
      View inner(content, &packed, nullptr, Layer::kCompressed);
      look_into(inner);
      return true;
    });
    if (end == UnpackEnd::kBroken && is_text) matches_.is_broken = true;
    return end == UnpackEnd::kWhole || end == UnpackEnd::kStopped;
  }

  void look_into(View& view) {
    if (!unpack_off(view)) look(view);
  }

  void take_utf16_off(View& view, std::size_t at) {
    std::size_t& done = view.done[static_cast<std::size_t>(Layer::kUtf16)];
    if (at < done) return;
    const auto decoded = decode_utf16(view.text, at, floor_of(view, Layer::kUtf16));
    if (!decoded) return;
    done = decoded->origin(decoded->text().size() - 1, decoded->text().size()).end;
    descend(view, *decoded, Layer::kUtf16);
  }

  void descend(View& view, const Decoded& decoded, Layer layer) {
    if (view.depth == kMaxLayers) is_too_deep_ = true;
    if (decoded.text().empty() || view.depth == kMaxLayers || !spend(decoded.text().size())) return;
    View inner(decoded.text(), &view, &decoded, layer);
    // What a reader of text makes is no data.
    const bool may_be_data = layer == Layer::kBase64 || layer == Layer::kHex;
    if (may_be_data) {
      look_into(inner);
    } else {
      look(inner);
    }
  }

  bool spend(std::size_t bytes) {
    matches_.work_bytes += bytes;
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

  // One hit for each value at a place: the surest, by the fewest layers, of the first row. Several
  // values come from one place where that is compressed data.
  void keep_the_best() {
    auto& hits = matches_.hits;
    const auto rank = [](const Hit& hit) {
      return std::tuple(hit.begin, hit.end, -static_cast<int>(hit.confidence), hit.layers.size(),
                        hit.detector);
    };
    std::stable_sort(hits.begin(), hits.end(),
                     [&](const Hit& a, const Hit& b) { return rank(a) < rank(b); });
    const auto is_packed = [](const Hit& hit) {
      return std::find(hit.layers.begin(), hit.layers.end(), Layer::kCompressed) !=
             hit.layers.end();
    };
    std::vector<Hit> kept;
    kept.reserve(hits.size());
    std::set<std::string_view> values;  // at this place
    for (Hit& hit : hits) {
      const bool is_same_place =
          !kept.empty() && kept.back().begin == hit.begin && kept.back().end == hit.end;
      if (!is_same_place) values.clear();
      const bool is_new = values.insert(hit.value.reveal()).second;
      if (is_same_place && (!is_new || !is_packed(hit))) continue;
      kept.push_back(std::move(hit));
    }
    hits = std::move(kept);
  }

  const SearchPlan& plan_;
  std::string_view bytes_;
  View root_;
  std::size_t path_size_;
  NearWords near_path_;
  std::size_t budget_;
  std::optional<TableHead> table_head_;
  std::vector<Hit> cores_;
  bool is_too_deep_ = false;  // a layer is left beneath kMaxLayers of them
  Matches matches_;
};

}  // namespace

Matches search(const SearchPlan& plan, std::string_view bytes, std::string_view path) {
  return Search(plan, bytes, path).run();
}

}  // namespace rekey::discovery
