#include "inputs.hpp"

#include <cmath>
#include <iterator>
#include <numbers>

namespace gradbench {

namespace {

/// Where each entry of a lower triangular matrix stands, row by row, if its diagonal comes first, then the columns
/// below, then a zero.
std::vector<std::int64_t> triangle_places(std::int64_t d) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(d * d), d * (d + 1) / 2);
  std::int64_t next = d;
  for (std::int64_t column = 0; column < d; ++column) {
    places[static_cast<std::size_t>(column * d + column)] = column;
    for (std::int64_t row = column + 1; row < d; ++row) places[static_cast<std::size_t>(row * d + column)] = next++;
  }
  return places;
}

/// The logarithm of the Wishart prior's normalization, of one precision matrix.
double log_normalization(const GmmInput& in) {
  const double d = static_cast<double>(in.d), freedom = d + in.m + 1;
  double log_gamma = 0.25 * d * (d - 1) * std::log(std::numbers::pi);
  for (std::int64_t j = 0; j < in.d; ++j) log_gamma += std::lgamma(0.5 * (freedom - static_cast<double>(j)));
  return freedom * d * (std::log(in.gamma) - 0.5 * std::numbers::ln2) - log_gamma;
}

/// Places of gates, one row a gate: layers lie one after the other, and hold one row of each gate.
std::vector<std::int64_t> gate_places(std::int64_t gates, std::int64_t layers) {
  std::vector<std::int64_t> places;
  for (std::int64_t gate = 0; gate < gates; ++gate)
    for (std::int64_t layer = 0; layer < layers; ++layer) places.push_back(gates * layer + gate);
  return places;
}

/// GradBench sends one vector for all; it is stored as often as it stands for.
Tensor copies(const Json& numbers, std::int64_t count) {
  const std::vector<double> one = flat_numbers(numbers);
  std::vector<double> all;
  for (std::int64_t i = 0; i < count; ++i) all.insert(all.end(), one.begin(), one.end());
  return make_tensor(all, {count, std::ssize(one)});
}

/// The same with each number's copies in a row.
Tensor columns(const Json& numbers, std::int64_t count) {
  std::vector<double> all;
  for (const double number : flat_numbers(numbers)) all.insert(all.end(), static_cast<std::size_t>(count), number);
  return make_tensor(all, {std::ssize(numbers), count});
}

/// 0, 1, ..., period - 1, and again.
Tensor cycle(std::int64_t count, std::int64_t period) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i) % period;
  return make_integers(all, {count});
}

}  // namespace

LlsqInput::LlsqInput(const Json& input) : x(read_vector(input.at("x"))), n(input.at("n")) {}

OdeInput::OdeInput(const Json& input) : x(read_vector(input.at("x"))), steps(input.at("s")) {}

KmeansInput::KmeansInput(const Json& input)
    : points(read_rows(input.at("points"))), centroids(read_rows(input.at("centroids"))) {}

GmmInput::GmmInput(const Json& input)
    : d(input.at("d")),
      k(input.at("k")),
      n(input.at("n")),
      mixture{read_numbers(input.at("alpha"), {k}), read_numbers(input.at("mu"), {k, d}),
              read_numbers(input.at("q"), {k, d}), read_numbers(input.at("l"), {k, d * (d - 1) / 2})},
      x(read_numbers(input.at("x"), {n, d})),
      place(make_integers(triangle_places(d), {d, d})),
      m(input.at("m")),
      gamma(input.at("gamma")) {}

double GmmInput::constant() const {
  return static_cast<double>(k) * log_normalization(*this) -
         static_cast<double>(n * d) * 0.5 * std::log(2 * std::numbers::pi);
}

LstmInput::LstmInput(const Json& input)
    : layers(std::ssize(input.at("state")) / 2),
      width(std::ssize(input.at("state").at(0))),
      steps(std::ssize(input.at("sequence")) - 1),
      main(read_rows(input.at("main_params"))),
      extra(read_rows(input.at("extra_params"))),
      state(read_rows(input.at("state"))),
      sequence(read_rows(input.at("sequence"))),
      gate_place(make_integers(gate_places(8, layers), {8, layers})) {}

BaInput::BaInput(const Json& input)
    : cameras(input.at("n")),
      points(input.at("m")),
      observations(input.at("p")),
      camera(copies(input.at("cam"), cameras)),
      point(copies(input.at("x"), points)),
      weight(make_tensor(std::vector<double>(static_cast<std::size_t>(observations), input.at("w").get<double>()),
                         {observations})),
      feature(columns(input.at("feat"), observations)),
      camera_of(cycle(observations, cameras)),
      point_of(cycle(observations, points)) {}

}  // namespace gradbench
