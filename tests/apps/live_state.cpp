#include <apps/common/live_state.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include <autograd/error.hpp>

using namespace xgrad;
using namespace xgrad::apps;
using namespace std::chrono_literals;

namespace {

std::vector<Figure> figures_of(std::string text) { return {{{}, std::move(text)}}; }

bool has(const std::optional<std::string>& events, std::string_view part) {
  return events && events->find(part) != std::string::npos;
}

std::string status_of(LiveState& state) {
  LiveState::Seen seen;
  return state.next(seen, 0ms).value();
}

}  // namespace

TEST_CASE("a reader gets the latest state, not what it has missed") {
  LiveState state;
  state.set(figures_of("first"));
  state.set(figures_of("second"));
  LiveState::Seen seen;
  const auto events = state.next(seen, 0ms);
  CHECK(has(events, "event: figures\ndata: ["));
  CHECK(has(events, "second"));
  CHECK(!has(events, "first"));
}

TEST_CASE("a reader gets only what has changed, and a comment where nothing has") {
  LiveState state;
  state.set(figures_of("figures"));
  LiveState::Seen seen, other;
  state.next(seen, 0ms);
  CHECK(state.next(seen, 0ms) == ": nothing new\n\n");
  state.set(LiveStatus{.step = 3, .steps = 10});
  const auto events = state.next(seen, 0ms);
  CHECK(has(events, "event: status"));
  CHECK(!has(events, "event: figures"));
  CHECK(has(state.next(other, 0ms), "event: figures"));
}

TEST_CASE("an event is of two lines and an empty one") {
  LiveState state;
  state.set(figures_of("a\nb"));
  state.set(LiveStatus{.what = "c\nd", .step = 1, .steps = 2});
  LiveState::Seen seen;
  const std::string events = state.next(seen, 0ms).value();
  CHECK(std::ranges::count(events, '\n') == 6);
  CHECK(events.ends_with("\n\n"));
}

TEST_CASE("a status tells the step, the time left by the steps so far, and the loss") {
  LiveState state;
  const LiveState::Clock::time_point begin;
  state.set({.what = "tanh-bad", .step = 1000, .steps = 5000, .loss = 0.25}, begin);
  CHECK(has(status_of(state), "tanh-bad: step 1,000 of 5,000, 20%, loss 0.2500"));
  state.set({.what = "tanh-bad", .step = 2000, .steps = 5000, .loss = std::nan("")}, begin + 30s);
  CHECK(has(status_of(state), "tanh-bad: step 2,000 of 5,000, 40%, 1:30 left, loss NaN"));
  state.set({.what = "relu-bad", .step = 1, .steps = 5000}, begin + 100s);
  CHECK(has(status_of(state), "\"relu-bad: step 1 of 5,000, 0%\""));
  state.set({.what = "relu-bad", .step = 5000, .steps = 5000}, begin + 200s);
  CHECK(has(status_of(state), "\"relu-bad: step 5,000 of 5,000, 100%\""));
}

TEST_CASE("readers are told the end, and nothing after the state is closed") {
  LiveState state;
  state.set(figures_of("last"));
  state.end("Training has ended.");
  state.close();
  LiveState::Seen seen;
  const auto events = state.next(seen, 0ms);
  CHECK(has(events, "last"));
  CHECK(has(events, "Training has ended."));
  CHECK(has(events, "event: end"));
  CHECK(state.next(seen, 1h) == std::nullopt);
}

TEST_CASE("a reader that waits is told at once") {
  LiveState state;
  std::optional<std::string> events;
  std::thread reader([&] {
    LiveState::Seen seen;
    events = state.next(seen, 1h);
  });
  state.set(figures_of("news"));
  reader.join();
  CHECK(has(events, "news"));
  std::thread paused([&] { state.pause(1h); });
  state.close();
  paused.join();
}

TEST_CASE("figures that cannot be shown are an error for the program, not for its readers") {
  LiveState state;
  HeatMap map{
      .title = "m", .x_label = "", .columns = {1, 2}, .y_label = "", .rows = {"1"}, .values = {{1}}, .value_label = ""};
  CHECK_THROWS_AS(state.set({{{map}, ""}}), Error);
}
