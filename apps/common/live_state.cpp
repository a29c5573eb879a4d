#include <apps/common/live_state.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <apps/common/numbers.hpp>

namespace xgrad::apps {

namespace {

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string event(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

std::string status_json(const std::string& text, std::optional<double> share) {
  nlohmann::json object = {{"text", text}, {"share", nullptr}};
  if (share) object["share"] = *share;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void LiveState::set(std::vector<Figure> figures) {
  for (const Figure& figure : figures) check(figure);
  auto shared = std::make_shared<const std::vector<Figure>>(std::move(figures));
  {
    const std::lock_guard lock(mutex_);
    figures_.swap(shared);
    ++figures_version_;
  }
  changed_.notify_all();
}

void LiveState::set(const LiveStatus& status, Clock::time_point now) {
  {
    const std::lock_guard lock(mutex_);
    if (status_version_ == 0 || status.what != what_ || status.step < first_step_) {
      what_ = status.what;
      first_step_ = status.step;
      first_time_ = now;
    }
    std::string text = status.what.empty() ? "" : status.what + ": ";
    std::optional<double> share;
    text += fmt::format("step {}", grouped(status.step));
    if (status.steps > 0) {
      share = std::clamp(static_cast<double>(status.step) / static_cast<double>(status.steps), 0.0, 1.0);
      text += fmt::format(" of {}, {:.0f}%", grouped(status.steps), std::floor(100 * *share));
      const double seconds = std::chrono::duration<double>(now - first_time_).count();
      const auto done = static_cast<double>(status.step - first_step_);
      if (done > 0 && status.step < status.steps)
        text += fmt::format(", {} left", duration(seconds / done * static_cast<double>(status.steps - status.step)));
    }
    if (status.loss) text += fmt::format(", loss {}", figure(*status.loss, 4));
    status_ = status_json(text, share);
    ++status_version_;
  }
  changed_.notify_all();
}

void LiveState::end(std::string text) {
  {
    const std::lock_guard lock(mutex_);
    status_ = status_json(text, std::nullopt);
    ++status_version_;
    ended_ = true;
  }
  changed_.notify_all();
}

void LiveState::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool LiveState::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::shared_ptr<const std::string> LiveState::figures_event() {
  const std::lock_guard encoding(encoding_);
  std::shared_ptr<const std::vector<Figure>> figures;
  std::uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    figures = figures_;
    version = figures_version_;
  }
  if (version != encoded_version_) {
    std::string list;
    for (const Figure& figure : *figures) list += (list.empty() ? "" : ",") + figure_json(figure);
    encoded_ = std::make_shared<const std::string>(event("figures", "[" + list + "]"));
    encoded_version_ = version;
  }
  return encoded_;
}

std::optional<std::string> LiveState::next(Seen& seen, std::chrono::milliseconds patience) {
  std::string events;
  bool new_figures = false;
  {
    std::unique_lock lock(mutex_);
    const auto anything = [&] {
      return seen.figures != figures_version_ || seen.status != status_version_ || seen.end != ended_;
    };
    changed_.wait_for(lock, patience, [&] { return anything() || closed_; });
    if (!anything()) return closed_ ? std::nullopt : std::optional<std::string>(": nothing new\n\n");
    new_figures = seen.figures != figures_version_;
    if (seen.status != status_version_) events += event("status", status_);
    if (ended_) events += event("end", "{}");
    seen = {figures_version_, status_version_, ended_};
  }
  return new_figures ? *figures_event() + events : events;
}

void LiveState::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [&] { return closed_; });
}

}  // namespace xgrad::apps
