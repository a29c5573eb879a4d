#include <nn/training_file.hpp>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <span>
#include <unordered_set>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/shared_memory.hpp>

namespace xgrad::nn {
namespace {

constexpr const char* format_key = "xgrad.format";
constexpr const char* format = "training-1";
constexpr const char* metric_name = "metric";

NamedTensors state_of(const Generator& generator) {
  const std::int64_t words[] = {std::bit_cast<std::int64_t>(generator.seed()),
                                std::bit_cast<std::int64_t>(generator.stream()),
                                std::bit_cast<std::int64_t>(generator.position())};
  return {{"generator", tensor(std::span<const std::int64_t>(words), {3})}};
}

Generator generator_of(std::string_view where, const NamedTensors& state) {
  const auto words = matched(where, state, {{"generator", zeros({3}, int64)}})[0].to_vector<std::int64_t>();
  Generator generator(std::bit_cast<std::uint64_t>(words[0]), std::bit_cast<std::uint64_t>(words[1]));
  generator.set_position(std::bit_cast<std::uint64_t>(words[2]));
  return generator;
}

/// The default generator; other threads take on its seed, as with manual_seed.
void set_default_generator(const Generator& generator) {
  manual_seed(generator.seed(), generator.stream());
  default_generator().set_position(generator.position());
}

/// The state dict of a model, with entries that are tied under their first name only.
NamedTensors entries_once(const Module& model) {
  NamedTensors state;
  std::unordered_set<std::uintptr_t> seen;
  for (const auto& [name, entry] : model.named_state())
    if (seen.insert(entry.id()).second) state.emplace_back(name, entry.value());
  return state;
}

/// A part of a run by the name that its entries begin with.
struct Part {
  std::string name;
  std::function<NamedTensors()> state;
  std::function<void(const NamedTensors&)> load;
};

std::vector<Part> parts_of(const std::string& where, const Training& training) {
  std::vector<Part> parts{{"model", [&] { return entries_once(training.model); },
                           [&](const NamedTensors& state) { load_state_dict(training.model, state); }}};
  const auto add = [&](const std::string& name, const Stateful& object) {
    if (object.defined())
      parts.push_back({name, [object] { return object.state(); },
                       [object](const NamedTensors& state) { object.load_state(state); }});
  };
  add("optimizer", training.optimizer);
  add("schedule", training.schedule);
  add("average", training.average);
  add("accumulator", training.accumulator);
  add("early_stopping", training.early_stopping);
  add("loader", training.loader);
  std::set<std::string> names;
  for (const auto& [name, object] : training.others) {
    if (name.empty() || name.find('.') != std::string::npos)
      fail(where, fmt::format("others has the name '{}'; one without a dot was expected", name));
    if (!names.insert(name).second) fail(where, fmt::format("others has the name '{}' twice", name));
    add("others." + name, object);
  }
  return parts;
}

/// Another tensor of the same memory, which is written in place no more. Its node is nobody else's, so that another
/// thread may have it.
Tensor held(const Tensor& tensor) {
  xgrad::detail::SharedValues values = xgrad::detail::contiguous_values("save_checkpoint", tensor, tensor.dtype());
  return xgrad::detail::tensor_of_memory(tensor.shape(), tensor.dtype(), std::move(values.memory));
}

/// "others.<name>" or the text before the first dot: the part that an entry of a file belongs to.
std::string part_of(const std::string& entry) {
  constexpr std::string_view others = "others.";
  const std::size_t from = entry.starts_with(others) ? others.size() : 0;
  return entry.substr(0, entry.find('.', from));
}

std::string listed(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

/// Takes the number out of a file's parts.
std::int64_t take_number(const std::string& where, std::map<std::string, NamedTensors>& given, const char* name) {
  const auto found = given.find(name);
  if (found == given.end()) fail(where, fmt::format("'{}' is missing", name));
  const Tensor value = matched(where, found->second, {{name, zeros({}, int64)}})[0];
  given.erase(found);
  return value.item<std::int64_t>();
}

}  // namespace

Stateful::Stateful(Generator& generator)
    : state_([&generator] { return state_of(generator); }),
      load_([&generator](const NamedTensors& state) { generator = generator_of("Generator", state); }) {}

NamedTensors Stateful::state() const {
  if (!state_) fail("Stateful::state", "there is no object");
  return state_();
}

void Stateful::load_state(const NamedTensors& state) const {
  if (!load_) fail("Stateful::load_state", "there is no object");
  load_(state);
}

TrainingFile file_of(const std::string& where, const Training& training, std::optional<double> metric) {
  TrainingFile file{.metadata = training.metadata, .metric = metric};
  if (!file.metadata.emplace(format_key, format).second)
    fail(where, fmt::format("the metadata have '{}', which is reserved", format_key));
  file.entries = {{"epoch", Tensor(training.epoch)}, {"step", Tensor(training.step)}};
  if (metric) file.entries.emplace_back(metric_name, tensor(*metric, float64));
  file.entries.push_back(state_of(default_generator())[0]);
  for (const Part& part : parts_of(where, training))
    for (const auto& [name, tensor] : part.state()) file.entries.emplace_back(part.name + "." + name, tensor);
  std::vector<Tensor> values;
  for (const auto& [name, tensor] : file.entries)
    if (tensor.defined()) values.push_back(tensor);
  eval(values);
  for (auto& [name, tensor] : file.entries)
    if (tensor.defined()) tensor = held(tensor);
  return file;
}

void write_training(const std::filesystem::path& path, const TrainingFile& file) {
  save_safetensors(path, file.entries, file.metadata);
}

TrainingFile read_training(const std::filesystem::path& path) {
  Safetensors file = load_safetensors(path);
  const std::string where = fmt::format("load_checkpoint '{}'", path.string());
  const auto found = file.metadata.find(format_key);
  if (found == file.metadata.end() || found->second != format)
    fail(where,
         fmt::format("it is no checkpoint of save_checkpoint: its metadata lack '{}' = '{}'", format_key, format));
  if (!file.checked) fail(where, "it has no checksum, with which save_checkpoint writes files");
  TrainingFile result{.metadata = std::move(file.metadata)};
  for (auto& [name, tensor] : file.tensors) {
    if (name == metric_name)
      result.metric = matched(where, {{name, tensor}}, {{metric_name, zeros({}, float64)}})[0].item();
    else
      result.entries.emplace_back(name, std::move(tensor));
  }
  return result;
}

LoadResult restore(const std::string& where, TrainingFile file, Training& training, const LoadStateOptions& options) {
  const std::vector<Part> parts = parts_of(where, training);
  std::map<std::string, NamedTensors> given;
  file.metadata.erase(format_key);
  for (const auto& [name, tensor] : file.entries) {
    const std::string part = part_of(name);
    given[part].emplace_back(name == part ? name : name.substr(part.size() + 1), tensor);
  }
  const std::int64_t epoch = take_number(where, given, "epoch"), step = take_number(where, given, "step");
  const Generator generator = generator_of(where, given["generator"]);
  given.erase("generator");

  LoadResult result;
  std::vector<const Part*> restored;
  for (const Part& part : parts) {
    if (!given.contains(part.name) && part.state().empty()) continue;  // a model without parameters
    given.contains(part.name) ? restored.push_back(&part) : result.missing_keys.push_back(part.name);
  }
  for (const auto& entry : given)
    if (std::ranges::none_of(parts, [&](const Part& part) { return part.name == entry.first; }))
      result.unexpected_keys.push_back(entry.first);
  if (options.strict && !result.missing_keys.empty())
    fail(where, fmt::format("the file has no part {}", listed(result.missing_keys)));
  if (options.strict && !result.unexpected_keys.empty())
    fail(where, fmt::format("the file has the part {}, which was not given", listed(result.unexpected_keys)));

  std::vector<NamedTensors> former;
  for (const Part* part : restored) former.push_back(part->state());
  std::size_t loaded = 0;
  try {
    for (; loaded < restored.size(); ++loaded) restored[loaded]->load(given[restored[loaded]->name]);
  } catch (...) {
    for (std::size_t i = 0; i < loaded; ++i) restored[i]->load(former[i]);
    try {
      throw;
    } catch (const Error& error) {
      fail(where, fmt::format("part '{}': {}", restored[loaded]->name, error.what()));
    }
  }
  set_default_generator(generator);
  training.epoch = epoch;
  training.step = step;
  training.metadata = std::move(file.metadata);
  return result;
}

void save_checkpoint(const std::filesystem::path& path, const Training& training) {
  write_training(path, file_of(fmt::format("save_checkpoint '{}'", path.string()), training));
}

LoadResult load_checkpoint(const std::filesystem::path& path, Training& training, const LoadStateOptions& options) {
  const std::string where = fmt::format("load_checkpoint '{}'", path.string());
  parts_of(where, training);  // refuses names before the file is read
  return restore(where, read_training(path), training, options);
}

}  // namespace xgrad::nn
