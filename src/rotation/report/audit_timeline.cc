// The timeline as a picture. Time runs to the right and is not to scale: a phase of days would
// leave no room for one of seconds, so the width of a phase grows with the logarithm of its length.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/html.h"
#include "rotation/report/audit_document.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;

constexpr double kWidth = 960;
constexpr double kLeft = 150;
constexpr double kRight = 44;  // the last slanted name stands out
constexpr double kTop = 78;    // room for the slanted names of the phases
constexpr double kLane = 24;
constexpr double kBar = 16;
constexpr double kFoot = 34;
constexpr double kTickRoom = 62;  // of a time of day
constexpr double kNameRoom = 22;  // of a slanted name: its lines are 14 apart then
constexpr std::size_t kMostSpans = 40;
constexpr std::size_t kMostConsumers = 40;
constexpr std::size_t kLongestNameBytes = 22;

std::string_view class_of(Phase phase) {
  switch (phase) {
    case Phase::kPlanned:
    case Phase::kApproved:
    case Phase::kStaging:
    case Phase::kStaged:
    case Phase::kSettled:
      return "prepare";
    case Phase::kPropagating:
      return "move";
    case Phase::kObserving:
    case Phase::kGate:
      return "watch";
    case Phase::kActivating:
    case Phase::kActivated:
      return "act";
    case Phase::kRetiring:
    case Phase::kRetired:
    case Phase::kClosed:
      return "retire";
    case Phase::kRollingBack:
      return "back";
    case Phase::kParked:
      break;
  }
  return "stop";
}

std::string_view class_of(ConsumerStep step) {
  switch (step) {
    case ConsumerStep::kPending:
      return "idle";
    case ConsumerStep::kWritten:
    case ConsumerStep::kReadBack:
    case ConsumerStep::kProven:
      return "moving";
    case ConsumerStep::kReloaded:
      return "moved";
    case ConsumerStep::kRollingBack:
    case ConsumerStep::kRestored:
    case ConsumerStep::kRestoreProven:
      break;
  }
  return "undoing";
}

// Those that took time, and no more than fit: the shortest go into the one before them.
std::vector<PhaseSpan> drawn_phases(std::vector<PhaseSpan> spans) {
  const auto took_no_time = [](const PhaseSpan& span) { return span.to <= span.from; };
  if (!std::all_of(spans.begin(), spans.end(), took_no_time)) std::erase_if(spans, took_no_time);
  while (spans.size() > kMostSpans) {
    const auto shortest = std::min_element(
        spans.begin() + 1, spans.end(),
        [](const PhaseSpan& a, const PhaseSpan& b) { return a.to - a.from < b.to - b.from; });
    std::prev(shortest)->to = shortest->to;
    spans.erase(shortest);
  }
  return spans;
}

// From instants to places in the picture.
class Scale {
 public:
  explicit Scale(const std::vector<PhaseSpan>& spans) {
    double total = 0;
    for (const PhaseSpan& span : spans) {
      const auto millis = static_cast<double>((span.to - span.from).count());
      pieces_.push_back({span.from, span.to, total, 1 + std::log2(1 + millis / 1000)});
      total += pieces_.back().width;
    }
    const double factor = (kWidth - kLeft - kRight) / std::max(total, 1.0);
    for (Piece& piece : pieces_) {
      piece.start = kLeft + piece.start * factor;
      piece.width *= factor;
    }
  }

  [[nodiscard]] double place_of(Instant at) const {
    double place = kLeft;
    for (const Piece& piece : pieces_) {
      if (at < piece.from) return piece.start;
      place = piece.start + piece.width;
      if (at >= piece.to) continue;
      const auto part = static_cast<double>((at - piece.from).count());
      const auto whole = static_cast<double>((piece.to - piece.from).count());
      return piece.start + piece.width * part / whole;
    }
    return place;
  }

 private:
  struct Piece {
    Instant from{};
    Instant to{};
    double start = 0;
    double width = 0;
  };
  std::vector<Piece> pieces_;
};

// Cut at a character's end.
std::string short_name(const std::string& name) {
  if (name.size() <= kLongestNameBytes) return name;
  std::size_t end = kLongestNameBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return name.substr(0, end) + "…";
}

struct Bar {
  double from = 0;
  double to = 0;
  double top = 0;
  std::string_view kind;
  std::string title;
};

std::string svg_of(const Bar& bar) {
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" rx=\"2\">"
      "<title>{}</title></rect>\n",
      bar.kind, bar.from, bar.top, std::max(bar.to - bar.from - 1, 1.0), kBar,
      base::escape_html(bar.title));
}

std::string title_of(std::string_view what, Instant from, Instant to) {
  return fmt::format("{}: {}, for {}", what, clock_text(from), rough_duration(to - from));
}

// Whose names are shown: there is not room for each, and a wide bar has the first claim.
std::vector<bool> named_spans(const std::vector<PhaseSpan>& spans, const Scale& scale) {
  std::vector<std::size_t> order(spans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto width_of = [&](std::size_t i) {
    return scale.place_of(spans[i].to) - scale.place_of(spans[i].from);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return width_of(a) > width_of(b); });
  std::vector<bool> is_named(spans.size(), false);
  std::vector<double> taken;
  for (const std::size_t i : order) {
    const double from = scale.place_of(spans[i].from);
    const bool is_free = std::all_of(taken.begin(), taken.end(), [&](double other) {
      return std::abs(other - from) >= kNameRoom;
    });
    if (!is_free) continue;
    is_named[i] = true;
    taken.push_back(from);
  }
  return is_named;
}

// The phases' lane, with their names above and times of day below the picture.
std::string phases_svg(const std::vector<PhaseSpan>& spans, const Scale& scale, double bottom) {
  std::string out =
      fmt::format("<text class=\"soft\" x=\"0\" y=\"{:.0f}\">phase</text>\n", kTop + kBar - 4);
  const std::vector<bool> is_named = named_spans(spans, scale);
  double tick_end = 0;
  std::string last_tick;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const PhaseSpan& span = spans[i];
    const double from = scale.place_of(span.from);
    const auto name = name_of(span.phase);
    out += svg_of({from, scale.place_of(span.to), kTop, class_of(span.phase),
                   title_of(name, span.from, span.to)});
    if (is_named[i]) {
      out += fmt::format("<text transform=\"translate({:.1f} {:.0f}) rotate(-40)\">{}</text>\n",
                         from + 6, kTop - 6, name);
    }
    const std::string text = clock_text(span.from);
    if (from < tick_end || text == last_tick) continue;
    last_tick = text;
    out += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\"/>"
        "<text class=\"soft\" x=\"{0:.1f}\" y=\"{3:.0f}\">{4}</text>\n",
        from, kTop, bottom + 4, bottom + 16, text.substr(11, 8));
    tick_end = from + kTickRoom;
  }
  return out;
}

std::string consumer_svg(const AuditedConsumer& consumer, const Scale& scale, double top) {
  std::string out = fmt::format("<text x=\"0\" y=\"{:.0f}\">{}<title>{}</title></text>\n",
                                top + kBar - 4, base::escape_html(short_name(consumer.facts.name)),
                                base::escape_html(consumer.facts.name));
  for (const StepSpan& span : consumer.spans) {
    if (span.to <= span.from) continue;
    out += svg_of({scale.place_of(span.from), scale.place_of(span.to), top, class_of(span.step),
                   title_of(name_of(span.step), span.from, span.to)});
  }
  return out;
}

std::string mark_svg(const Scale& scale, Instant at, std::string_view what, double bottom) {
  return fmt::format(
      "<line class=\"mark\" x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\">"
      "<title>{3}: {4}</title></line>\n",
      scale.place_of(at), kTop - 2, bottom, what, clock_text(at));
}

}  // namespace

std::string timeline_svg(const AuditReport& report) {
  const auto spans = drawn_phases(report.phases);
  const Scale scale(spans);
  const std::size_t count = std::min(report.consumers.size(), kMostConsumers);
  const double bottom = kTop + kLane * static_cast<double>(count + 1);
  const double height = bottom + kFoot;
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-label=\"Phases and consumers of the "
      "run over time, from {2} to {3}\">\n",
      kWidth, height, clock_text(report.begun_at), clock_text(report.phases.back().to));
  out += phases_svg(spans, scale, bottom);
  for (std::size_t i = 0; i < count; ++i) {
    out += consumer_svg(report.consumers[i], scale, kTop + kLane * static_cast<double>(i + 1));
  }
  if (!report.secrets.empty() && report.secrets.back().activated_at) {
    out += mark_svg(scale, *report.secrets.back().activated_at, "activated", bottom);
  }
  if (report.undone_at) out += mark_svg(scale, *report.undone_at, "activation undone", bottom);
  for (const AuditedWave& wave : report.waves) {
    out += mark_svg(scale, wave.at, "the wave has held", bottom);
  }
  for (const AuditedOldValue& old : report.old_values) {
    if (old.refused_at) out += mark_svg(scale, *old.refused_at, "old value refused", bottom);
  }
  out += fmt::format("<text class=\"soft\" x=\"0\" y=\"{:.0f}\">{}, UTC</text>\n", bottom + 16,
                     clock_text(report.begun_at).substr(0, 10));
  if (count < report.consumers.size()) {
    out +=
        fmt::format("<text class=\"soft\" x=\"{:.0f}\" y=\"{:.0f}\">and {} more consumers</text>",
                    kLeft, bottom + 30, report.consumers.size() - count);
  }
  return out + "</svg>\n";
}

}  // namespace rekey::rotation
