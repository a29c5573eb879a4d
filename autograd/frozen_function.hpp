#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// Values in the caller's memory, row-major.
struct RawValues {
  const void* data;
  const Shape& shape;
  DType dtype;
};

/// A function of tensors whose program is recorded, simplified and planned once for the shapes and dtypes of its inputs
/// (differentiate/folding.hpp), and from then on run without being called. Everything that the function reads beside
/// its inputs is a constant. Calls may come from several threads at once; one that finds its program takes no lock.
class FrozenFunction {
 public:
  using Function = std::function<Tensor(const std::vector<Tensor>&)>;

  /// Calls of f are in the name of an operation. Inputs may be undefined Tensors, which f gets as they are.
  FrozenFunction(const char* name, Function f);
  FrozenFunction(const FrozenFunction&) = delete;
  FrozenFunction& operator=(const FrozenFunction&) = delete;
  ~FrozenFunction();

  /// The result, which is there already. Throws what f throws; Error if f asks for values that depend on its inputs.
  Tensor operator()(const std::vector<Tensor>& inputs) const;
  /// The same, where the result's values are written to memory of the caller's, which asks for no other memory once a
  /// thread has made such a call. Throws Error unless the result has that dtype and so many elements.
  void write(std::span<const Tensor> inputs, void* result, DType dtype, std::size_t count) const;
  void write(const RawValues& input, void* result, DType dtype, std::size_t count) const;

 private:
  struct Programs;
  std::unique_ptr<Programs> programs_;
};

}  // namespace xgrad
#pragma GCC visibility pop
