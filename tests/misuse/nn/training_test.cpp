#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "data/files.hpp"
#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::nn {

inline auto fields(LoggerOptions& o) {
  auto& [events, csv, jsonl, resume_at, overwrite, clock, flush_seconds] = o;
  return std::tie(events, csv, jsonl, resume_at, overwrite, clock, flush_seconds);
}

inline auto fields(CheckpointsOptions& o) {
  auto& [keep, mode, background] = o;
  return std::tie(keep, mode, background);
}

}  // namespace xgrad::nn

namespace xgrad::test {
namespace {

nn::Sequential net() { return nn::Sequential{nn::Linear(3, 2), nn::BatchNorm1d(2), nn::Linear(2, 1)}; }

}  // namespace

Probes training_probes() {
  using I = std::int64_t;
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 7}});
  return {
      probe(
          {"AveragedModel", "AveragedModel::update_parameters", "AverageScope", "its parts"},
          [](const optim::AveragedModelOptions& options, int which, const Tensor& input) {
            const nn::Sequential model = net(), other = which == 0 ? net() : nn::Sequential{nn::Linear(3, 2)};
            optim::AveragedModel average(model, options);
            average.update_parameters(other);
            average.update_parameters(other);
            average.load_state(average.state());
            const optim::AverageScope scope(average, other);
            return average(input);
          },
          optim::AveragedModelOptions{.decay = 0.5}, 0, x),
      probe(
          {"Logger", "the user's function"},
          [](const std::string& name, const nn::LoggerOptions& options, I step) {
            const TemporaryDirectory directory;
            for (int run = 0; run < 2; ++run) {
              nn::Logger log((directory / "run").string() + name, options);
              log.scalar("a", step, 1.5);
              log.flush();
            }
          },
          std::string("s"), nn::LoggerOptions{.resume_at = 3}, I{5}),
      probe(
          {"Logger::scalar", "Logger"},
          [](const std::string& tag, I step, double number, const Tensor& value, int which) {
            const TemporaryDirectory directory;
            nn::Logger log(directory.path().string());
            if (which != 0) const nn::Logger gone = std::move(log);
            log.scalar(tag, step, number);
            log.scalar(tag, step, value);
          },
          std::string("loss"), I{1}, 0.5, tensor({2.5}), 0),
      probe(
          {"Logger::histogram", "Logger::image"},
          [](const std::string& tag, I step, const Tensor& values) {
            const TemporaryDirectory directory;
            nn::Logger log(directory.path().string());
            log.histogram(tag, step, values);
            log.image(tag, step, values);
          },
          std::string("weights"), I{1}, rand({2, 1, 3, 3})),
      probe(
          "Logger::image",
          [](const std::string& tag, I step, const Tensor& image) {
            const TemporaryDirectory directory;
            nn::Logger(directory.path().string()).image(tag, step, image);
          },
          std::string("digit"), I{1}, tensor({{1, 2}, {255, 0}}, int64)),
      probe(
          {"Logger::text", "Logger::hyperparameters", "HyperParameter"},
          [](const std::string& tag, I step, const std::string& text) {
            const TemporaryDirectory directory;
            nn::Logger log(directory.path().string());
            log.text(tag, step, text);
            log.hyperparameters({{tag, text}, {"step", step}});
          },
          std::string("notes"), I{1}, std::string("*text*")),
      probe(
          "AveragedModel::load_state",
          [](const NamedTensors& state) {
            optim::AveragedModel average(nn::Linear(3, 2));
            average.load_state(state);
          },
          optim::AveragedModel(nn::Linear(3, 2)).state()),
      probe(
          {"update_bn", "its parts"},
          [](const std::vector<Tensor>& batches) {
            for (const Tensor& batch : batches)
              if (batch.defined() && batch.size() > 1000) return;
            optim::update_bn(batches, net());
          },
          std::vector<Tensor>{x, x}),
      probe(
          {"EarlyStopping", "EarlyStopping::restore", "its parts"},
          [](const optim::EarlyStoppingOptions& options, double value, const NamedTensors& state) {
            const nn::Linear model(3, 2);
            optim::EarlyStopping stopping(options);
            stopping(value);
            const bool stops = stopping(value, model);
            stopping.load_state(state);
            stopping.restore(model);
            return stops;
          },
          optim::EarlyStoppingOptions{}, 0.5,
          [] {
            optim::EarlyStopping stopping;
            stopping(1, nn::Linear(3, 2));
            return stopping.state();
          }()),
      probe(
          {"save_checkpoint", "load_checkpoint", "save_safetensors", "load_safetensors"},
          [](const std::string& name, const std::string& part, const Metadata& metadata, I step) {
            const std::filesystem::path folder = std::filesystem::temp_directory_path();
            Generator generator(3);
            nn::Training training{.model = net(), .others = {{part, generator}}, .step = step, .metadata = metadata};
            try {
              nn::save_checkpoint(folder / "xgrad-none" / name, training);  // there is no such folder
            } catch (const Error&) {
            }
            try {
              nn::load_checkpoint(folder / "xgrad-none" / name, training);
            } catch (const Error&) {
            }
            const std::filesystem::path path =
                folder / ("xgrad_misuse_training_" + std::to_string(::getpid()) + ".safetensors");
            nn::save_checkpoint(path, training);
            nn::load_checkpoint(path, training);
            std::filesystem::remove(path);
            return training.step;
          },
          std::string("none"), std::string("noise"), Metadata{{"a", "b"}}, I{7}),
      probe(
          {"Checkpoints", "Checkpoints::save", "Checkpoints::resume", "save_safetensors", "save_checkpoint"},
          [](const std::string& name, const nn::CheckpointsOptions& options, const Metadata& metadata, double metric) {
            const TemporaryDirectory directory;
            const std::filesystem::path folder = (directory / "run").string() + name;
            nn::Training training{.model = net(), .metadata = metadata};
            nn::Checkpoints checkpoints(folder, options);
            checkpoints.resume(training);
            checkpoints.save(training, metric);
            checkpoints.wait();
            checkpoints.resume(training);
          },
          std::string("none"), nn::CheckpointsOptions{}, Metadata{{"a", "b"}}, 0.5),
      probe(
          {"Stateful", "Stateful::state", "Stateful::load_state", "Generator"},
          [](const NamedTensors& state) {
            Generator generator(3);
            nn::Stateful part(generator);
            part.load_state(state);
            part.state();
          },
          [] {
            Generator generator(3);
            return nn::Stateful(generator).state();
          }()),
  };
}

TEST_CASE("averages, early stopping and checkpoints of training stand wrong calls") { run(training_probes()); }

}  // namespace xgrad::test
