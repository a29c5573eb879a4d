#include "tensors.hpp"

#include <iterator>
#include <memory>
#include <utility>

namespace gradbench {

Program program(std::function<std::vector<Tensor>()> compute, std::function<Json(const std::vector<Tensor>&)> output) {
  const auto results = std::make_shared<std::vector<Tensor>>();
  return {[results, compute = std::move(compute)] {
            results->clear();
            *results = computed(compute);
          },
          [results, output = std::move(output)] { return output(*results); }};
}

Program program(std::function<Tensor()> compute) {
  return program([compute = std::move(compute)] { return std::vector{compute()}; },
                 [](const std::vector<Tensor>& results) { return write_numbers(results[0]); });
}

Tensor read_numbers(const Json& numbers, const Extents& extents) { return make_tensor(flat_numbers(numbers), extents); }
Tensor read_vector(const Json& numbers) { return read_numbers(numbers, {std::ssize(numbers)}); }
Tensor read_rows(const Json& rows) { return read_numbers(rows, {std::ssize(rows), std::ssize(rows.at(0))}); }

Json write_numbers(const Tensor& tensor) { return nested(numbers_of(tensor), extents_of(tensor)); }

}  // namespace gradbench
