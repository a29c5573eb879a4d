#include <nn/onnx/import.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <autograd/io/file.hpp>
#include <nn/onnx/graph.hpp>
#include <nn/onnx/proto.hpp>

namespace xgrad::onnx {
namespace {

constexpr const char* load_name = "onnx::load";

/// Modules that hold the state of a file under names with dots.
class Names : public nn::Module {
 public:
  explicit Names(const char* type) : Module(type) {}

  void add_child(const std::string& name, const Names& child) { register_module(name, child); }

  void add(const std::string& name, const Graph::Stored& stored) {
    if (stored.trained)
      register_parameter(name, stored.tensor);
    else
      register_buffer(name, stored.tensor);
  }
};

/// A file as it is read.
class Reader {
 public:
  Reader(const ::onnx::ModelProto& model, std::string place, const ImportOptions& options)
      : model_(model), options_(options) {
    graph_.place = std::move(place);
  }

  Graph read() {
    find_opset();
    const ::onnx::GraphProto& graph = model_.graph();
    for (const auto& entry : model_.metadata_props()) graph_.metadata[entry.key()] = entry.value();
    if (model_.functions_size() > 0) refuse("it has functions of its own, which are not supported");
    if (graph.sparse_initializer_size() > 0) refuse("it has sparse tensors, which are not supported");
    find_buffers();
    for (const auto& initializer : graph.initializer()) add_initializer(initializer);
    for (const auto& input : graph.input()) {
      if (values_.contains(input.name())) continue;  // an initializer's default
      graph_.input_names.push_back(input.name());
      graph_.inputs.push_back(define(input.name(), "an input"));
    }
    for (const auto& node : graph.node()) add_node(node);
    for (const auto& output : graph.output()) {
      graph_.output_names.push_back(output.name());
      graph_.outputs.push_back(known(output.name(), "an output"));
    }
    if (graph_.outputs.empty()) refuse("it has no outputs; expected at least one");
    graph_.values = values_.size();
    find_last_reads();
    return std::move(graph_);
  }

 private:
  [[noreturn]] void refuse(std::string_view message) const { fail(graph_.place, message); }

  void find_opset() {
    constexpr std::int64_t first = 1, last = 22;
    for (const auto& set : model_.opset_import())
      if (set.domain().empty() || set.domain() == "ai.onnx") graph_.opset = set.version();
    if (graph_.opset < first || graph_.opset > last)
      refuse(fmt::format("its operators are those of opset {}; {} to {} are supported", graph_.opset, first, last));
  }

  std::size_t define(const std::string& name, std::string_view what) {
    const auto [found, added] = values_.try_emplace(name, values_.size());
    if (!added) refuse(fmt::format("the value '{}' of {} is defined twice", name, what));
    return found->second;
  }

  std::size_t known(const std::string& name, const std::string& what) const {
    const auto found = values_.find(name);
    if (found == values_.end())
      refuse(fmt::format("the value '{}' of {} is not computed before it is read", name, what));
    return found->second;
  }

  /// Floating-point tensors that are not trained: running statistics, settings of operators, those that are named.
  void find_buffers() {
    buffers_.insert(options_.buffers.begin(), options_.buffers.end());
    if (const auto own = lines("xgrad.buffers")) buffers_.insert(own->begin(), own->end());
    parameters_ = lines("xgrad.parameters");
    static const std::set<std::string> with_settings{"Resize", "Upsample", "Clip", "Pad", "Dropout", "OneHot", "Range"};
    for (const auto& node : model_.graph().node()) {
      const int first = node.op_type() == "BatchNormalization" ? 3 : with_settings.contains(node.op_type()) ? 1 : -1;
      for (int i = first; i >= 0 && i < node.input_size(); ++i) buffers_.insert(node.input(i));
    }
  }

  /// A text of the file as lines; nothing where the file does not have it.
  std::optional<std::set<std::string>> lines(const char* key) const {
    const auto found = graph_.metadata.find(key);
    if (found == graph_.metadata.end()) return {};
    std::set<std::string> result;
    std::istringstream stream(found->second);
    for (std::string line; std::getline(stream, line);) result.insert(line);
    return result;
  }

  void add_initializer(const ::onnx::TensorProto& proto) {
    const std::size_t value = define(proto.name(), "an initializer");
    const Tensor tensor = read_tensor(proto, fmt::format("{}: tensor '{}'", graph_.place, proto.name()));
    const bool buffer = buffers_.contains(proto.name());
    const bool listed = parameters_ ? buffer || parameters_->contains(proto.name()) : tensor.rank() > 0;
    const bool trained = !buffer && is_floating(tensor.dtype());
    if (listed && is_floating(tensor.dtype()))
      graph_.state.push_back({value, proto.name(), tensor, trained});
    else
      graph_.constants.emplace_back(value, tensor);
  }

  Attribute attribute_of(const ::onnx::AttributeProto& proto, const std::string& place) const {
    switch (proto.type()) {
      case ::onnx::AttributeProto::INT:
        return proto.i();
      case ::onnx::AttributeProto::FLOAT:
        return static_cast<double>(proto.f());
      case ::onnx::AttributeProto::STRING:
        return proto.s();
      case ::onnx::AttributeProto::TENSOR:
        return read_tensor(proto.t(), place);
      case ::onnx::AttributeProto::INTS:
        return std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
      case ::onnx::AttributeProto::FLOATS:
        return std::vector<double>(proto.floats().begin(), proto.floats().end());
      case ::onnx::AttributeProto::STRINGS:
        return std::vector<std::string>(proto.strings().begin(), proto.strings().end());
      default:
        fail(place, "it is of a type that is not supported (graphs, sequences, sparse tensors)");
    }
  }

  void add_node(const ::onnx::NodeProto& node) {
    const std::string what = fmt::format("node '{}' ({})", node.name(), node.op_type());
    Operation operation;
    operation.type = node.op_type();
    operation.name = node.name();
    if (node.domain().empty() || node.domain() == "ai.onnx") operation.compute = operator_of(node.op_type());
    if (!operation.compute) {
      refuse(fmt::format("{}: the operator '{}'{} is not supported", what, node.op_type(),
                         node.domain().empty() ? "" : fmt::format(" of domain '{}'", node.domain())));
    }
    for (const std::string& input : node.input())
      operation.inputs.push_back(input.empty() ? no_value : known(input, what));
    for (const auto& attribute : node.attribute()) {
      operation.attributes[attribute.name()] =
          attribute_of(attribute, fmt::format("{}: {}, attribute '{}'", graph_.place, what, attribute.name()));
    }
    for (const std::string& output : node.output())
      operation.outputs.push_back(output.empty() ? no_value : define(output, what));
    if (operation.outputs.empty()) refuse(what + " has no outputs");
    graph_.operations.push_back(std::move(operation));
  }

  void find_last_reads() {
    std::vector<bool> read(graph_.values);
    for (const std::size_t output : graph_.outputs) read[output] = true;
    for (std::size_t i = graph_.operations.size(); i-- > 0;) {
      Operation& operation = graph_.operations[i];
      for (const std::size_t input : operation.inputs) {
        if (input == no_value || read[input]) continue;
        read[input] = true;
        operation.last_reads.push_back(input);
      }
    }
  }

  const ::onnx::ModelProto& model_;
  const ImportOptions& options_;
  Graph graph_;
  std::set<std::string> buffers_;
  std::optional<std::set<std::string>> parameters_;  ///< those of a file that says which they are
  std::unordered_map<std::string, std::size_t> values_;
};

/// The parts of a name between dots; the whole, with other dots, where they make no names of modules.
std::vector<std::string> parts_of(const std::string& name) {
  std::vector<std::string> parts;
  std::istringstream stream(name);
  for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
  const bool sound = !parts.empty() && name.back() != '.' && std::ranges::none_of(parts, &std::string::empty);
  if (sound && parts.size() <= 16) return parts;
  std::string flat = name.empty() ? "_" : name;
  std::ranges::replace(flat, '.', '_');
  return {flat};
}

/// The state of one level of names, and of those below.
struct Level {
  std::vector<std::pair<std::string, const Graph::Stored*>> own;
  std::vector<std::pair<std::string, std::unique_ptr<Level>>> below;

  Level& child(const std::string& name) {
    for (auto& [known, level] : below)
      if (known == name) return *level;
    return *below.emplace_back(name, std::make_unique<Level>()).second;
  }
  bool has(const std::string& name) const {
    return std::ranges::any_of(own, [&](const auto& entry) { return entry.first == name; }) ||
           std::ranges::any_of(below, [&](const auto& entry) { return entry.first == name; });
  }
};

}  // namespace

Operator operator_of(std::string_view type) {
  for (const Operators* table : {&elementwise_operators(), &arranging_operators(), &reducing_operators(),
                                 &window_operators(), &recurrent_operators()}) {
    const auto found = table->find(type);
    if (found != table->end()) return found->second;
  }
  return nullptr;
}

std::vector<std::string> imported_operators() {
  std::set<std::string> names;
  for (const Operators* table : {&elementwise_operators(), &arranging_operators(), &reducing_operators(),
                                 &window_operators(), &recurrent_operators()})
    for (const auto& [name, compute] : *table) names.emplace(name);
  return {names.begin(), names.end()};
}

Model::Model(std::shared_ptr<const Graph> graph) : Module("onnx::Model"), graph_(std::move(graph)) {
  // A tensor whose name is also the beginning of another one's is kept under a name without dots.
  Level top;
  std::vector<std::string> paths;
  for (const Graph::Stored& stored : graph_->state) {
    std::vector<std::string> parts = parts_of(stored.name);
    const auto fits = [&] {
      const Level* level = &top;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (std::ranges::any_of(level->own, [&](const auto& entry) { return entry.first == parts[i]; })) return false;
        const auto next = std::ranges::find(level->below, parts[i], [](const auto& entry) { return entry.first; });
        if (next == level->below.end()) return true;
        level = next->second.get();
      }
      return !level->has(parts.back());
    };
    if (!fits()) {
      std::string flat = stored.name;
      std::ranges::replace(flat, '.', '_');
      parts = {flat};
      while (!fits()) parts[0] += '_';
    }
    Level* level = &top;
    std::string path;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      level = &level->child(parts[i]);
      path += parts[i] + '.';
    }
    level->own.emplace_back(parts.back(), &stored);
    paths.push_back(path + parts.back());
  }
  const auto filled = [](const auto& self, const Level& level) -> Names {
    Names names("Names");
    for (const auto& [name, stored] : level.own) names.add(name, *stored);
    for (const auto& [name, below] : level.below) names.add_child(name, self(self, *below));
    return names;
  };
  for (const auto& [name, stored] : top.own) {
    if (stored->trained)
      register_parameter(name, stored->tensor);
    else
      register_buffer(name, stored->tensor);
  }
  for (const auto& [name, below] : top.below) register_module(name, filled(filled, *below));
  std::map<std::string, nn::Parameter> by_name;
  for (const auto& [name, entry] : named_state()) by_name[name] = entry;
  for (const std::string& path : paths) state_.push_back(by_name.at(path));
}

std::vector<Tensor> Model::compute(const std::vector<Tensor>& inputs) const {
  const Graph& graph = *graph_;
  if (inputs.size() != graph.inputs.size()) {
    refuse(fmt::format("{} inputs were given; {} takes {}: {}", inputs.size(), graph.place, graph.inputs.size(),
                       fmt::join(graph.input_names, ", ")));
  }
  std::vector<Tensor> values(graph.values);
  for (std::size_t i = 0; i < inputs.size(); ++i) values[graph.inputs[i]] = inputs[i];
  for (const auto& [value, tensor] : graph.constants) values[value] = tensor;
  for (std::size_t i = 0; i < state_.size(); ++i) values[graph.state[i].value] = state_[i].value();
  for (const Operation& operation : graph.operations) {
    std::vector<Tensor> given;
    for (const std::size_t input : operation.inputs) given.push_back(input == no_value ? Tensor() : values[input]);
    Results results;
    try {
      results = operation.compute(Call(operation, graph.opset, std::move(given)));
    } catch (const Error& error) {
      fail(fmt::format("{}: node '{}' ({})", graph.place, operation.name, operation.type), error.what());
    }
    for (std::size_t k = 0; k < operation.outputs.size(); ++k) {
      if (operation.outputs[k] == no_value) continue;
      if (k >= results.size() || !results[k].defined()) {
        fail(fmt::format("{}: node '{}' ({})", graph.place, operation.name, operation.type),
             fmt::format("output {} is not supported", k));
      }
      values[operation.outputs[k]] = results[k];
    }
    for (const std::size_t value : operation.last_reads) values[value] = Tensor();
  }
  std::vector<Tensor> outputs;
  for (const std::size_t output : graph.outputs) {
    if (!values[output].defined()) refuse("an output is an input that was not given");
    outputs.push_back(values[output]);
  }
  return outputs;
}

Tensor Model::forward(const Tensor& x) const { return compute({x}).front(); }
Tensor Model::forward(const std::vector<Tensor>& inputs) const { return compute(inputs).front(); }

std::vector<Tensor> Model::outputs(const std::vector<Tensor>& inputs) const {
  return scoped([&] { return compute(inputs); });
}

NamedTensors Model::run(const NamedTensors& inputs) const {
  std::vector<Tensor> ordered(graph_->inputs.size());
  for (const auto& [name, tensor] : inputs) {
    const auto found = std::ranges::find(graph_->input_names, name);
    if (found == graph_->input_names.end()) {
      refuse(fmt::format("'{}' is no input of {}; it takes {}", name, graph_->place,
                         fmt::join(graph_->input_names, ", ")));
    }
    ordered[static_cast<std::size_t>(found - graph_->input_names.begin())] = tensor;
  }
  for (std::size_t i = 0; i < ordered.size(); ++i)
    if (!ordered[i].defined())
      refuse(fmt::format("the input '{}' of {} is missing", graph_->input_names[i], graph_->place));
  const std::vector<Tensor> results = outputs(ordered);
  NamedTensors named;
  for (std::size_t i = 0; i < results.size(); ++i) named.emplace_back(graph_->output_names[i], results[i]);
  return named;
}

const std::vector<std::string>& Model::input_names() const noexcept { return graph_->input_names; }
const std::vector<std::string>& Model::output_names() const noexcept { return graph_->output_names; }
const Metadata& Model::metadata() const noexcept { return graph_->metadata; }

Model parse(std::string_view bytes, std::string_view name, const ImportOptions& options) {
  const std::string place = fmt::format("{}: '{}'", load_name, name);
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    fail(place,
         fmt::format("it has {} bytes; the format holds {} at most", bytes.size(), std::numeric_limits<int>::max()));
  ::onnx::ModelProto model;
  google::protobuf::io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream stream(&array);
  google::protobuf::LogSilencer silent;
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    fail(place, fmt::format("its {} bytes are no ONNX model (they end, or make no sense, at offset {})", bytes.size(),
                            stream.CurrentPosition()));
  if (!model.has_graph()) fail(place, "it has no graph: it is no ONNX model, or an empty one");
  return Model(std::make_shared<const Graph>(Reader(model, place, options).read()));
}

Model load(const std::filesystem::path& path, const ImportOptions& options) {
  const std::string bytes = io::read_file({load_name, path.string()});
  return parse(bytes, path.string(), options);
}

}  // namespace xgrad::onnx
