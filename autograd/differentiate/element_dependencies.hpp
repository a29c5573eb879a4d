#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad {

/// For each element of y the elements of x on which its derivative may depend, as far as what was recorded from
/// position `first` of the list on leads from x to y. Sets are shared: a set that many elements have exists once.
class ElementDependencies {
 public:
  /// Throws Error, in the name of a function, where a value in between has more than 2^28 elements.
  ElementDependencies(const char* op, const Tensor& y, const Tensor& x, std::size_t first);
  ElementDependencies(const ElementDependencies&) = delete;
  ElementDependencies& operator=(const ElementDependencies&) = delete;
  ~ElementDependencies();

  /// Those of element i of y, ascending.
  std::span<const std::int32_t> operator[](std::int64_t i) const;

 private:
  class Trace;
  std::unique_ptr<Trace> trace_;
};

}  // namespace xgrad
