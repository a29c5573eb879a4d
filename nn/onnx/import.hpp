#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::onnx {

struct Graph;

struct ImportOptions {
  /// Floating-point tensors of the file that are not trained, beside running statistics and those that the file itself
  /// names so: they become buffers.
  std::vector<std::string> buffers = {};
};

/// The program of an ONNX file: a module whose parameters are the floating-point tensors of the file, under their names
/// there. It runs, is differentiated, trained, saved and exported as every module. Names with dots make submodules, as
/// in "layers.0.weight".
///
/// Integers of all widths are int64 here, float16 and bfloat16 are float32.
class Model : public nn::Module {
 public:
  using Module::operator();
  /// The first output, for inputs in the order of input_names(). Optional ones may be undefined. Throws Error, naming
  /// the node, where an operator refuses its inputs.
  Tensor forward(const Tensor& x) const override;
  Tensor forward(const std::vector<Tensor>& inputs) const override;
  /// All outputs, in the order of output_names().
  std::vector<Tensor> outputs(const std::vector<Tensor>& inputs) const;
  /// All outputs by name, for inputs by name. Throws Error on a name that is no input's, and on one that is missing.
  NamedTensors run(const NamedTensors& inputs) const;

  const std::vector<std::string>& input_names() const noexcept;
  const std::vector<std::string>& output_names() const noexcept;
  /// The file's texts (metadata_props).
  const Metadata& metadata() const noexcept;

 private:
  friend Model parse(std::string_view bytes, std::string_view name, const ImportOptions& options);
  explicit Model(std::shared_ptr<const Graph> graph);

  std::vector<Tensor> compute(const std::vector<Tensor>& inputs) const;

  std::shared_ptr<const Graph> graph_;
  std::vector<nn::Parameter> state_;  ///< of the graph's tensors, in their order
};

/// Reads an ONNX file of opset 1 to 22, or its bytes, which errors call `name`. Throws Error, naming the file and the
/// node or tensor, on bytes that are no such file, operators that are not known (imported_operators), attributes of
/// another type, tensors whose bytes do not fit their shape, and values that are read before they are computed. Memory
/// is asked for only as far as the bytes of the file justify it.
Model load(const std::filesystem::path& path, const ImportOptions& options = {});
Model parse(std::string_view bytes, std::string_view name = "model", const ImportOptions& options = {});

/// The names of the operators that can be imported, in order.
std::vector<std::string> imported_operators();

}  // namespace xgrad::onnx
#pragma GCC visibility pop
