#include <bit>
#include <map>
#include <memory>

#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// Expansion by minors, of each minor once: the minors of the last m rows come out of those of the last m - 1, for all
/// sets of m columns in one tensor. The reference computes a minor anew wherever it occurs: n! e products instead of
/// n 2^(n - 1).
class Expansion {
 public:
  explicit Expansion(std::int64_t n) : n_(n) {
    std::map<std::uint32_t, std::int64_t> places;  // of the smaller minors, by their columns
    for (std::int64_t column = 0; column < n; ++column) places[1u << column] = column;
    for (std::int64_t m = 2; m <= n; ++m) {
      std::map<std::uint32_t, std::int64_t> next;
      std::vector<std::vector<std::int64_t>> columns(static_cast<std::size_t>(m)), minors(columns.size());
      for (std::uint32_t set = 0; set < 1u << n; ++set) {
        if (std::popcount(set) != m) continue;
        next.emplace(set, std::ssize(next));
        std::size_t term = 0;
        for (std::int64_t column = 0; column < n; ++column)
          if (const std::uint32_t bit = 1u << column; set & bit) {
            columns[term].push_back(column);
            minors[term++].push_back(places.at(set ^ bit));
          }
      }
      const Tensor signs = make_tensor<double>({m, 1}, [](std::span<double> sign) {
        for (std::size_t i = 0; i < sign.size(); ++i) sign[i] = i % 2 == 0 ? 1 : -1;
      });
      levels_.push_back({tensor(columns), tensor(minors), signs});
      places = std::move(next);
    }
  }

  Tensor operator()(const Tensor& a) const {
    Tensor minors = select(a, 0, n_ - 1);
    std::int64_t row = n_ - 1;
    for (const Level& level : levels_)
      minors = sum(level.signs * take(select(a, 0, --row), level.columns) * take(minors, level.minors), 0);
    return select(minors, 0, 0);
  }

 private:
  /// For each term of each minor, (terms, minors): the column of its factor, its smaller minor, and its sign.
  struct Level {
    Tensor columns, minors, signs;
  };

  std::int64_t n_;
  std::vector<Level> levels_;
};

struct Input {
  Tensor a;
  Expansion determinant;

  explicit Input(const Json& input) : Input(input, input.at("ell").get<std::int64_t>()) {}
  Input(const Json& input, std::int64_t n) : a(read_numbers(input.at("A"), {n, n})), determinant(n) {}
};

}  // namespace

Module det() {
  return {{"primal", [](const Json& input) { return program([in = Input(input)] { return in.determinant(in.a); }); }},
          {"gradient", [](const Json& input) {
             return program([in = Input(input)] { return ravel(gradient(in.determinant, in.a)); });
           }}};
}

}  // namespace gradbench
