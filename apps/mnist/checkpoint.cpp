#include <apps/mnist/checkpoint.hpp>

#include <charconv>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::apps {

namespace {

constexpr const char* format = "xgrad-mnist-1";
constexpr std::string_view model_prefix = "model.";
constexpr std::string_view optimizer_prefix = "optimizer.";
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

/// Reads what save_checkpoint wrote, and says what is wrong where something else stands there.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()), file_(load_safetensors(path)) {
    const auto found = file_.metadata.find("format");
    if (found == file_.metadata.end() || found->second != format) refuse("not a checkpoint of `mnist train`");
  }

  Checkpoint read() const {
    Checkpoint checkpoint;
    checkpoint.config = from_metadata(file_.metadata);
    checkpoint.images = number("images");
    checkpoint.position.epoch = number("epoch");
    checkpoint.position.step = number("step");
    for (const auto& [name, tensor] : file_.tensors) {
      if (name == "history" && tensor.dtype() == float64 && tensor.rank() == 2 && tensor.size(1) == record_fields)
        checkpoint.position.history = unpack(tensor);
      else if (name == "loss_sum" && tensor.dtype() == float32 && tensor.rank() == 0)
        checkpoint.position.loss_sum = tensor;
      else if (name.starts_with(model_prefix))
        checkpoint.model.emplace_back(name.substr(model_prefix.size()), tensor);
      else if (name.starts_with(optimizer_prefix))
        checkpoint.optimizer.emplace_back(name.substr(optimizer_prefix.size()), tensor);
      else
        refuse(fmt::format("the entry {} of shape {} has no place in a checkpoint", name, to_string(tensor.shape())));
    }
    return checkpoint;
  }

 private:
  [[noreturn]] void refuse(const std::string& message) const { fail(path_, message); }

  std::int64_t number(const std::string& name) const {
    const auto found = file_.metadata.find(name);
    if (found == file_.metadata.end()) refuse(fmt::format("its metadata lacks {}", name));
    const std::string& text = found->second;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
      refuse(fmt::format("its metadata has '{}' for {}; expected a number", text, name));
    return value;
  }

  std::string path_;
  Safetensors file_;
};

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  Metadata metadata = to_metadata(checkpoint.config);
  metadata["format"] = format;
  metadata["images"] = std::to_string(checkpoint.images);
  metadata["epoch"] = std::to_string(checkpoint.position.epoch);
  metadata["step"] = std::to_string(checkpoint.position.step);
  NamedTensors entries = {{"history", pack(checkpoint.position.history)}, {"loss_sum", checkpoint.position.loss_sum}};
  append(entries, model_prefix, checkpoint.model);
  append(entries, optimizer_prefix, checkpoint.optimizer);
  save_safetensors(path, entries, metadata);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) { return Reader(path).read(); }

nn::Sequential load_model(const std::filesystem::path& path) {
  const Checkpoint checkpoint = load_checkpoint(path);
  nn::Sequential model = make_model(checkpoint.config);
  nn::load_state_dict(model, checkpoint.model);
  model.eval();
  return model;
}

}  // namespace xgrad::apps
