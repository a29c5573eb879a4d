#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <autograd/tensor.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// Files in the ONNX format (https://onnx.ai), opset 17: other programs run what was recorded here.
///
/// A program is exported as it was recorded: each primitive becomes the ONNX operator that computes the same, so that
/// every composition of exported primitives can be exported. Convolutions, poolings and matrix products with a bias,
/// which are recorded as several primitives, become one operator each.
namespace xgrad::onnx {

/// An input of the exported program: its name, an example of its values, and the axis that holds the batch.
struct Input {
  Input(std::string of_input, Tensor values, std::optional<int> batch = 0)
      : name(std::move(of_input)), example(std::move(values)), batch_axis(batch) {}

  std::string name;
  Tensor example;
  /// The axis whose extent may be any number when the file is used; none for an input of one shape only. Negative axes
  /// count from the end.
  std::optional<int> batch_axis;
};

struct ExportOptions {
  /// Names of the outputs: "output" where there is one, else "output_0" and so on.
  std::vector<std::string> output_names = {};
  /// Tensors that the program reads, under the names that they have in the file. Those of a module are named by its
  /// state, all others by their number.
  NamedTensors named = {};
  /// Texts that the file keeps (metadata_props).
  Metadata metadata = {};
};

/// A function of the inputs, in their order, that gives the outputs.
using Program = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// Writes a module, in evaluation mode, or a function. It is recorded at three batch sizes; extents that differ must be
/// a multiple of the size plus a constant, and become symbolic. The examples are repeated to fill a batch. A module is
/// applied to all inputs and has one output; the parameters and buffers that it reads carry the names of its state. The
/// file appears when it is complete, or not at all.
///
/// Throws Error, naming the primitive and where it was recorded, where no ONNX operator is known for it, and where the
/// program depends on the batch size in another way; on names that are given twice or empty; and where a file would be
/// larger than 2 GiB, the most that the format holds.
void save(const nn::Module& module, const std::filesystem::path& path, const std::vector<Input>& inputs,
          const ExportOptions& options = {});
void save(const Program& program, const std::filesystem::path& path, const std::vector<Input>& inputs,
          const ExportOptions& options = {});

/// The names of the primitives that can be exported.
std::vector<std::string> exported_primitives();

}  // namespace xgrad::onnx
#pragma GCC visibility pop
