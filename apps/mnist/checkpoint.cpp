#include <apps/mnist/checkpoint.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <apps/common/numbers.hpp>
#include <autograd/ops.hpp>

namespace xgrad::apps {

namespace {

constexpr const char* format = "xgrad-mnist-3";
constexpr std::string_view model_prefix = "model.";
constexpr std::string_view optimizer_prefix = "optimizer.", average_prefix = "average.",
                           generator_prefix = "generator.";
constexpr std::int64_t record_fields = 3;

void append(NamedTensors& entries, std::string_view prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) entries.emplace_back(std::string(prefix) + name, tensor);
}

Tensor pack(const std::vector<EpochRecord>& history) {
  std::vector<double> values;
  for (const EpochRecord& record : history) values.insert(values.end(), {record.lr, record.loss, record.accuracy});
  return tensor(values, {static_cast<std::int64_t>(history.size()), record_fields});
}

std::vector<EpochRecord> unpack(const Tensor& history) {
  const auto values = history.data<double>();
  std::vector<EpochRecord> records;
  for (std::size_t i = 0; i < values.size(); i += record_fields)
    records.push_back({.lr = values[i], .loss = values[i + 1], .accuracy = values[i + 2]});
  return records;
}

template <class T>
bool finite(const Tensor& tensor) {
  return std::ranges::all_of(tensor.data<T>(), [](T value) { return std::isfinite(value); });
}

/// Reads what save_checkpoint wrote, and says what is wrong where something else stands there.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()), file_(load_safetensors(path)) {
    const auto found = file_.metadata.find("format");
    if (found == file_.metadata.end() || found->second != format)
      refuse(fmt::format("not a checkpoint of this version's `xgrad mnist train` (format {})", format));
  }

  Checkpoint read() const {
    Checkpoint checkpoint;
    checkpoint.config = from_metadata(file_.metadata);
    checkpoint.images = number<std::int64_t>("images");
    checkpoint.fingerprint = number<std::uint64_t>("fingerprint");
    if (file_.metadata.contains("synthetic-train"))
      checkpoint.synthetic = {number<std::int64_t>("synthetic-train"), number<std::int64_t>("synthetic-validation"),
                              number<std::int64_t>("synthetic-test")};
    checkpoint.position.epoch = number<std::int64_t>("epoch");
    checkpoint.position.step = number<std::int64_t>("step");
    for (const auto& [name, tensor] : file_.tensors) {
      if (name == "history" && tensor.dtype() == float64 && tensor.rank() == 2 && tensor.size(1) == record_fields)
        checkpoint.position.history = unpack(tensor);
      else if (name == "loss_sum" && tensor.dtype() == float32 && tensor.rank() == 0)
        checkpoint.position.loss_sum = tensor;
      else if (name.starts_with(model_prefix))
        checkpoint.model.emplace_back(name.substr(model_prefix.size()), tensor);
      else if (name.starts_with(optimizer_prefix))
        checkpoint.optimizer.emplace_back(name.substr(optimizer_prefix.size()), tensor);
      else if (name.starts_with(average_prefix))
        checkpoint.average.emplace_back(name.substr(average_prefix.size()), tensor);
      else if (name.starts_with(generator_prefix))
        checkpoint.generator.emplace_back(name.substr(generator_prefix.size()), tensor);
      else
        refuse(fmt::format("the entry {} of shape {} has no place in a checkpoint", name, to_string(tensor.shape())));
      if (!all_finite({{name, tensor}}))
        refuse(fmt::format("the entry {} has values that are not finite: this training has diverged", name));
    }
    check_position(checkpoint);
    return checkpoint;
  }

 private:
  [[noreturn]] void refuse(const std::string& message) const { fail(path_, message); }

  /// A checkpoint further than its epoch goes would be trained on without end.
  void check_position(const Checkpoint& checkpoint) const {
    const Position& position = checkpoint.position;
    const std::int64_t steps = batches(checkpoint.images, checkpoint.config.batch);
    if (position.step >= std::max<std::int64_t>(steps, 1))
      refuse(fmt::format("it is at step {} of an epoch of {}", position.step, steps));
    if (position.epoch != static_cast<std::int64_t>(position.history.size()))
      refuse(fmt::format("it is at epoch {}, and has the history of {}", position.epoch, position.history.size()));
  }

  /// A number that is 0 or more.
  template <class T>
  T number(const std::string& name) const {
    const auto found = file_.metadata.find(name);
    if (found == file_.metadata.end()) refuse(fmt::format("its metadata lacks {}", name));
    const std::optional<T> value = parse_number<T>(found->second);
    if (!value || *value < T{0})
      refuse(fmt::format("its metadata has '{}' for {}; expected a number", found->second, name));
    return *value;
  }

  std::string path_;
  Safetensors file_;
};

}  // namespace

std::int64_t batches(std::int64_t images, std::int64_t batch) { return images / batch + (images % batch > 1 ? 1 : 0); }

bool all_finite(const NamedTensors& tensors) {
  return std::ranges::all_of(tensors, [](const auto& entry) {
    const Tensor tensor = entry.second.dtype() == bfloat16 ? entry.second.to(float32) : entry.second;
    return tensor.dtype() == float32 ? finite<float>(tensor) : tensor.dtype() != float64 || finite<double>(tensor);
  });
}

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  Metadata metadata = to_metadata(checkpoint.config);
  metadata["format"] = format;
  metadata["images"] = std::to_string(checkpoint.images);
  metadata["fingerprint"] = std::to_string(checkpoint.fingerprint);
  if (checkpoint.synthetic) {
    metadata["synthetic-train"] = std::to_string(checkpoint.synthetic->train);
    metadata["synthetic-validation"] = std::to_string(checkpoint.synthetic->validation);
    metadata["synthetic-test"] = std::to_string(checkpoint.synthetic->test);
  }
  metadata["epoch"] = std::to_string(checkpoint.position.epoch);
  metadata["step"] = std::to_string(checkpoint.position.step);
  NamedTensors entries = {{"history", pack(checkpoint.position.history)}, {"loss_sum", checkpoint.position.loss_sum}};
  append(entries, model_prefix, checkpoint.model);
  append(entries, optimizer_prefix, checkpoint.optimizer);
  append(entries, average_prefix, checkpoint.average);
  append(entries, generator_prefix, checkpoint.generator);
  save_safetensors(path, entries, metadata);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) fail(path.string(), "there is no such checkpoint; `xgrad mnist train` makes one");
  return Reader(path).read();
}

nn::Sequential load_model(const Checkpoint& checkpoint) {
  nn::Sequential model = make_model(checkpoint.config);
  nn::load_state_dict(model, checkpoint.model);
  if (!checkpoint.average.empty()) {
    optim::AveragedModel average(model, average_options(checkpoint.config));
    average.load_state(checkpoint.average);
    nn::load_state_dict(model, nn::state_dict(average.module()));
  }
  model.eval();
  return model;
}

}  // namespace xgrad::apps
