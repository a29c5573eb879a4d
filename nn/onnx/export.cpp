#include <nn/onnx/export.hpp>

#include <limits>

#include <fmt/format.h>

#include <autograd/io/file.hpp>
#include <autograd/primitive.hpp>
#include <nn/onnx/proto.hpp>
#include <nn/onnx/writer.hpp>

namespace xgrad::onnx {
namespace {

constexpr const char* save_name = "onnx::save";
constexpr int opset = 17;
constexpr int ir_version = 8;  // of ONNX 1.12, with opset 17

/// The steps in the order in which they are written, each with how.
void write_steps(const Recording& recording, Writer& writer) {
  const std::vector<Step>& steps = recording.steps();
  std::vector<bool> needed(steps.size());
  std::vector<Emission> emissions(steps.size());
  for (const std::size_t output : recording.outputs()) needed[output] = true;
  for (std::size_t i = steps.size(); i-- > 0;) {
    const Step& step = steps[i];
    // Constants are written where they are first read. One value repeated is short as it was recorded.
    if (!needed[i] || step.kind != Step::Kind::computed || (step.literal && !step.is("broadcast_to"))) continue;
    const Rule rule = rule_of(step.node->primitive->name);
    if (rule) emissions[i] = rule(recording, i);
    if (!emissions[i].write) {
      fail(save_name, fmt::format("{} cannot be exported: no ONNX operator of opset {} is known for it",
                                  described(*step.node), opset));
    }
    for (const std::size_t read : emissions[i].reads) needed[read] = true;
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!emissions[i].write) continue;
    writer.begin(i);
    emissions[i].write(writer);
  }
}

std::vector<std::string> output_names(const Recording& recording, const ExportOptions& options) {
  const std::size_t count = recording.outputs().size();
  if (options.output_names.empty()) {
    if (count == 1) return {"output"};
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("output_{}", i));
    return names;
  }
  if (options.output_names.size() != count) {
    fail(save_name, fmt::format("{} output_names were given for a program of {} outputs; expected as many",
                                options.output_names.size(), count));
  }
  return options.output_names;
}

void write(const Program& program, const std::filesystem::path& path, const std::vector<Input>& inputs,
           const ExportOptions& options, const Metadata& own) {
  const Recording recording(program, inputs, options.named);
  ::onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("xgrad");
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("xgrad");
  for (const Metadata* metadata : {&options.metadata, &own}) {
    for (const auto& [key, value] : *metadata) {
      auto& entry = *model.add_metadata_props();
      entry.set_key(key);
      entry.set_value(value);
    }
  }
  Writer writer(recording, inputs, *model.mutable_graph());
  write_steps(recording, writer);
  writer.finish(output_names(recording, options));

  const io::Place place{save_name, path.string()};
  const std::size_t size = model.ByteSizeLong();
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
  if (size > most) place.refuse(fmt::format("the file would have {} bytes; the format holds {} at most", size, most));
  std::string bytes;
  io::with_memory(place, size, [&] {
    if (!model.SerializeToString(&bytes)) place.refuse("the model could not be serialized");
  });
  io::write_file(place, bytes);
}

/// Names, one a line: which tensors of the file are trained, and which are the state of layers, for onnx::load.
std::string lines(const auto& named) {
  std::string text;
  for (const auto& [name, value] : named) text += (text.empty() ? "" : "\n") + name;
  return text;
}

/// Puts a module and its submodules into evaluation mode, and back, each into the mode that it had.
class EvaluationMode {
 public:
  explicit EvaluationMode(const nn::Module& module) {
    note(module);
    nn::Module(module).eval();
  }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;
  ~EvaluationMode() {
    for (auto& [module, training] : modes_) training ? module.train() : module.eval();
  }

 private:
  /// Parents come before their children, whose modes they set as well.
  void note(const nn::Module& module) {
    modes_.emplace_back(module, module.is_training());
    for (const auto& [name, child] : module.children()) note(child);
  }

  std::vector<std::pair<nn::Module, bool>> modes_;
};

}  // namespace

void save(const Program& program, const std::filesystem::path& path, const std::vector<Input>& inputs,
          const ExportOptions& options) {
  if (!program) fail(save_name, "the program is an empty function");
  write(program, path, inputs, options, {{"xgrad.parameters", lines(options.named)}, {"xgrad.buffers", ""}});
}

void save(const nn::Module& module, const std::filesystem::path& path, const std::vector<Input>& inputs,
          const ExportOptions& options) {
  if (inputs.empty()) fail(save_name, "no inputs were given; expected as many as the module takes");
  const EvaluationMode mode(module);
  ExportOptions named = options;
  for (const auto& [name, entry] : module.named_state()) named.named.emplace_back(name, entry.value());
  const auto apply = [&](const std::vector<Tensor>& xs) { return std::vector<Tensor>{module(xs)}; };
  write(apply, path, inputs, named,
        {{"xgrad.parameters", lines(module.named_parameters())}, {"xgrad.buffers", lines(module.named_buffers())}});
}

std::vector<std::string> exported_primitives() {
  std::vector<std::string> names;
  for (const Primitive* primitive : primitives())
    if (rule_of(primitive->name)) names.emplace_back(primitive->name);
  return names;
}

}  // namespace xgrad::onnx
