#include <doctest/doctest.h>

#include <data/combine.hpp>
#include <data/idx.hpp>
#include <data/loader.hpp>
#include <data/mnist.hpp>
#include <data/sampler.hpp>
#include <data/splitmix.hpp>
#include <data/synthetic.hpp>
#include <data/xtensor.hpp>

#include "data/files.hpp"
#include "misuse/lists.hpp"

namespace xgrad::data {

inline auto fields(IdxOptions& o) {
  auto& [max_bytes] = o;
  return std::tie(max_bytes);
}
inline auto fields(ImageSize& o) {
  auto& [height, width] = o;
  return std::tie(height, width);
}
inline auto fields(LoaderOptions& o) {
  auto& [batch_size, shuffle, seed, drop_last, prefetch, workers, sampler] = o;
  return std::tie(batch_size, shuffle, seed, drop_last, prefetch, workers, sampler);
}
inline auto fields(RandomSamplerOptions& o) {
  auto& [replacement, num_samples, seed] = o;
  return std::tie(replacement, num_samples, seed);
}
inline auto fields(WeightedRandomSamplerOptions& o) {
  auto& [num_samples, replacement, seed] = o;
  return std::tie(num_samples, replacement, seed);
}
inline auto fields(BalancedSamplerOptions& o) {
  auto& [per_class, seed] = o;
  return std::tie(per_class, seed);
}
inline auto fields(DistributedSamplerOptions& o) {
  auto& [world_size, rank, shuffle, seed, drop_last] = o;
  return std::tie(world_size, rank, shuffle, seed, drop_last);
}
inline auto fields(BucketSamplerOptions& o) {
  auto& [batch_size, pool, shuffle, seed] = o;
  return std::tie(batch_size, pool, shuffle, seed);
}
inline auto fields(SplitSizes& o) {
  auto& [train, validation, test] = o;
  return std::tie(train, validation, test);
}

}  // namespace xgrad::data

namespace xgrad::test {

/// What a source may give instead of a batch.
template <>
struct Wrong<data::Batch> {
  static std::vector<data::Batch> of(const data::Batch&) {
    const Tensor x = ones({2, 3});
    return {{}, {x, {}}, {x * 2, sum(x)}, {ones({0, 3}), ones({7})}};
  }
};

/// What may be given in place of a loader's own order.
template <>
struct Wrong<data::Sampler> {
  static std::vector<data::Sampler> of(const data::Sampler&) {
    using Order = data::Sampler::Order;
    return {{},
            data::SequentialSampler(5),
            data::SequentialSampler(9),
            data::Sampler(5, 0, [](std::int64_t) { return std::vector<std::int64_t>(); }),
            data::Sampler(5, 2,
                          [](std::int64_t) {
                            return std::vector<std::int64_t>{0, 5};
                          }),
            data::Sampler(5, 1, [](std::int64_t) { return std::vector<std::int64_t>{}; }),
            data::Sampler(5, 1, Order([](std::int64_t) -> std::vector<std::int64_t> { throw Thrown(); }))};
  }
};

namespace {

using I = std::int64_t;

data::ImageDataset dots(std::size_t count = 5) {
  return data::ImageDataset(std::vector<std::uint8_t>(count * 4, 7), std::vector<std::uint8_t>(count, 1), {2, 2});
}

/// Whether a number of samples is one that memory can hold but a test need not.
bool is_large(I count) { return count > 1000 && count < I{1} << 60; }

/// Goes through an epoch, and beyond its end.
I walk(data::Loader<>& loader) {
  I seen = 0;
  auto iterator = loader.begin();
  for (; iterator != loader.end() && seen < 100; ++iterator) seen += iterator->images.size(0);
  if (iterator == loader.end()) {
    CHECK_THROWS_AS(++iterator, Error);
    CHECK_FALSE((*iterator).images.defined());
  }
  auto other = loader.begin();
  const auto taken = std::move(other);
  CHECK((other == loader.end()));
  CHECK_THROWS_AS(++other, Error);
  return seen;
}

}  // namespace

Probes data_probes() {
  const I three = 3;
  return {
      probe(
          "ImageDataset",
          [](const Bytes& pixels, const Bytes& labels, const data::ImageSize& size) {
            return data::ImageDataset(pixels, labels, size).all().images;
          },
          Bytes(12, 1), Bytes(3, 2), data::ImageSize{2, 2}),
      probe(
          "ImageDataset.image", [](I i) { return dots().image(i).size(); }, three),
      probe(
          "ImageDataset.label", [](I i) { return dots().label(i); }, three),
      probe(
          "Dataset.batch", [](const std::vector<I>& i) { return dots().batch(i).images; }, std::vector<I>{0, 3}),
      probe(
          "ImageDataset.subset", [](I a, I b) { return dots().subset(a, b).all().images; }, I{1}, three),
      probe(
          {"ImageDataset.reshape", "Shape"}, [](const Shape& shape) { return dots().reshape(shape)[0].images; },
          Shape{1, 2, 2}),
      probe(
          {"Dataset", "Dataset.get", "Dataset.subset", "random_of"},
          [](I size, I index, I begin, I end) {
            const data::Dataset set(size, [](I i, data::SplitMix64& random) {
              return Tensor(static_cast<double>(i) + random.uniform(0, 1));
            });
            data::random_of({}, index);
            return set.get(index) + set.subset(begin, end).get(0);
          },
          three, I{1}, I{0}, I{2}),
      probe(
          {"TensorDataset", "TensorDataset", "Dataset.get"},
          [](const Tensor& x, const Tensor& y, I index) { return std::get<0>(data::TensorDataset(x, y).get(index)); },
          ones({3, 2}), ones({3}), I{1}),
      probe(
          {"subset", "concat", "Dataset.get"},
          [](const std::vector<I>& indices, I index) {
            const data::Dataset<Tensor> some = data::subset(data::Dataset(5, [](I i) { return Tensor(i); }), indices);
            return data::concat<Tensor>({some, some}).get(index);
          },
          std::vector<I>{4, 0, 4}, I{5}),
      probe(
          {"map", "cache", "Dataset.get"},
          [](const std::function<Tensor(const Tensor&)>& f, I index) {
            return data::cache(data::map(data::Dataset(5, [](I i) { return Tensor(i); }), f)).get(index);
          },
          std::function<Tensor(const Tensor&)>([](const Tensor& x) { return x * 2; }), I{1}),
      probe(
          {"lengths_of", "random_parts", "random_split"},
          [](I size, const std::vector<double>& fractions, std::uint64_t seed) {
            if (is_large(size)) return I{0};
            return std::ssize(data::random_parts(size, data::lengths_of(size, fractions), seed));
          },
          three, std::vector<double>{0.5, 0.5}, std::uint64_t{1}),
      probe(
          {"random_split", "random_parts"},
          [](const std::vector<I>& lengths, std::uint64_t seed) {
            return data::random_split(data::Dataset(3, [](I i) { return Tensor(i); }), lengths, seed)[0].size();
          },
          std::vector<I>{2, 1}, std::uint64_t{1}),
      probe(
          {"stratified_split", "stratified_parts", "lengths_of"},
          [](const std::vector<I>& labels, const std::vector<double>& fractions, std::uint64_t seed) {
            return std::ssize(data::stratified_split(data::Dataset(3, [](I i) { return Tensor(i); }),
                                                     std::span<const I>(labels), fractions, seed));
          },
          std::vector<I>{1, 1, 2}, std::vector<double>{0.5, 0.5}, std::uint64_t{1}),
      probe(
          {"Sampler", "Sampler.order"},
          [](I samples, I size, const data::Sampler::Order& order, I epoch) {
            return is_large(samples) || is_large(size) ? I{0}
                                                       : std::ssize(data::Sampler(samples, size, order).order(epoch));
          },
          three, I{2}, data::Sampler::Order([](I) {
            return std::vector<I>{0, 2};
          }),
          I{1}),
      probe(
          {"SequentialSampler", "RandomSampler", "Sampler.order"},
          [](I samples, const data::RandomSamplerOptions& options, I epoch) {
            if (is_large(samples) || is_large(options.num_samples.value_or(0))) return I{0};
            return std::ssize(data::SequentialSampler(samples).order(epoch)) +
                   std::ssize(data::RandomSampler(samples, options).order(epoch));
          },
          three, data::RandomSamplerOptions{.num_samples = 2}, I{1}),
      probe(
          {"WeightedRandomSampler", "Sampler.order"},
          [](const std::vector<double>& weights, const data::WeightedRandomSamplerOptions& options, I epoch) {
            if (is_large(options.num_samples.value_or(0))) return I{0};
            return std::ssize(data::WeightedRandomSampler(weights, options).order(epoch));
          },
          std::vector<double>{1, 0, 2}, data::WeightedRandomSamplerOptions{.num_samples = 2}, I{1}),
      probe(
          {"BalancedSampler", "Sampler.order"},
          [](const std::vector<I>& labels, const data::BalancedSamplerOptions& options, I epoch) {
            if (is_large(options.per_class.value_or(0))) return I{0};
            return std::ssize(data::BalancedSampler(labels, options).order(epoch));
          },
          std::vector<I>{3, 3, 5}, data::BalancedSamplerOptions{.per_class = 2}, I{1}),
      probe(
          {"DistributedSampler", "Sampler.order"},
          [](I samples, const data::DistributedSamplerOptions& options, I epoch) {
            if (is_large(samples) || is_large(options.world_size)) return I{0};
            return std::ssize(data::DistributedSampler(samples, options).order(epoch));
          },
          three, data::DistributedSamplerOptions{.world_size = 2, .rank = 1}, I{1}),
      probe(
          {"BucketSampler", "Sampler.order"},
          [](const std::vector<I>& lengths, const data::BucketSamplerOptions& options, I epoch) {
            return std::ssize(data::BucketSampler(lengths, options).order(epoch));
          },
          std::vector<I>{4, 1, 2}, data::BucketSamplerOptions{.batch_size = 2}, I{1}),
      probe(
          {"data::record_of", "record_of", "fields_of"},
          [](I count) {
            const Tensor x = ones({2});
            return data::fields_of(
                data::record_of<data::Batch>(data::Fields(static_cast<std::size_t>(count == 1 ? 1 : 2), x)));
          },
          I{2}),
      probe(
          {"Loader", "Loader::Iterator", "Loader::set_epoch", "Loader.begin"},
          [](data::LoaderOptions options, I epoch) {
            data::Loader loader(dots(), options);
            loader.set_epoch(epoch);
            return walk(loader) + loader.batches();
          },
          data::LoaderOptions{.batch_size = 2}, three),
      probe(
          "Loader.load_state",
          [](const NamedTensors& state) {
            data::Loader loader(dots(), {.batch_size = 2});
            loader.load_state(state);
            return walk(loader);
          },
          data::Loader(dots(), {.batch_size = 2}).state()),
      probe(
          {"Loader", "Loader::set_epoch"},
          [](I size, const decltype(data::BatchSource::batch)& batch, I prefetch) {
            if (is_large(size)) return I{0};
            data::Loader loader(data::BatchSource{size, batch}, {.batch_size = 2, .prefetch = prefetch});
            return walk(loader);
          },
          three, decltype(data::BatchSource::batch)([](std::span<const I> i) { return dots().batch(i); }), I{1}),
      probe(
          {"ImageDataset.image", "image", "images", "labels"},
          [](I i) {
            const data::ImageDataset dataset = dots();
            return data::images(dataset).size() + data::labels(dataset).size() + data::image(dataset, i).size();
          },
          three),
      probe(
          {"source", "Transform", "random_crop"},
          [](I side, int label, const std::vector<std::size_t>& extents) {
            if (is_large(side) || extents.size() > 4) return Tensor();
            for (const std::size_t extent : extents)
              if (extent > 100) return Tensor();
            const auto transform = data::Transform<float>(data::random_horizontal_flip()) | data::random_crop(side);
            const auto images = xt::xarray<float>(xt::xarray<float>::shape_type(extents.begin(), extents.end()), 1.f);
            return data::source(images, xt::xarray<int>{label, label, label}, transform)
                .batch(std::vector<I>{0, 2})
                .images;
          },
          I{2}, 1, std::vector<std::size_t>{3, 2, 2}),
      probe(
          "synthetic_digits",
          [](I count, std::uint64_t seed) {
            if (count > 100 && count < I{1} << 60) return Tensor();
            return data::synthetic_digits(count, seed).all().images;
          },
          three, std::uint64_t{1}),
      probe(
          {"synthetic_splits", "synthetic_digits"},
          [](std::uint64_t seed, const data::SplitSizes& sizes) {
            if (is_large(sizes.train) || is_large(sizes.validation) || is_large(sizes.test)) return Tensor();
            return data::synthetic_splits(seed, sizes).test.all().images;
          },
          std::uint64_t{1}, data::SplitSizes{2, 1, 1}),
      probe(
          "data::permutation",
          [](I count, std::uint64_t seed, std::uint64_t stream) {
            return is_large(count) ? I{0} : static_cast<I>(data::permutation(count, seed, stream).size());
          },
          three, std::uint64_t{1}, std::uint64_t{1}),
      probe(
          {"SplitMix64", "SplitMix64::below"},
          [](std::uint64_t seed, std::uint64_t bound, double low, double high) {
            data::SplitMix64 numbers(seed);
            return static_cast<double>(numbers.below(bound)) + numbers.uniform(low, high);
          },
          std::uint64_t{1}, std::uint64_t{10}, 0.0, 1.0),
  };
}

namespace {

/// A folder of files in MNIST's format, with more training images than the splits set apart, and in EMNIST's.
const TemporaryDirectory& idx_files() {
  static const TemporaryDirectory folder;
  static const bool written = [] {
    const auto write = [](const std::string& images, const std::string& labels, std::uint32_t count) {
      write_file(folder / images, idx({count, 28, 28}, Bytes(count * std::size_t{784})));
      write_file(folder / labels, idx({count}, Bytes(count, 1)));
    };
    write("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 5001);
    write("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 2);
    write("emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte", 2);
    write("emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte", 2);
    return true;
  }();
  (void)written;
  return folder;
}

}  // namespace

Probes data_file_probes() {
  const std::string folder = idx_files().path().string();
  return {
      probe(
          "read_idx",
          [](const std::string& path, int rank, const data::IdxOptions& options) {
            return data::read_idx(path, rank, options).shape;
          },
          folder + "/t10k-labels-idx1-ubyte", 1, data::IdxOptions{2}),
      probe(
          {"mnist", "read_idx"}, [](const std::string& path) { data::mnist(path); }, folder),
      probe(
          {"mnist_splits", "mnist", "read_idx"}, [](const std::string& path) { data::mnist_splits(path); }, folder),
      probe(
          {"fashion_mnist", "read_idx"}, [](const std::string& path) { data::fashion_mnist(path); }, folder),
      probe(
          {"fashion_mnist_splits", "fashion_mnist", "read_idx"},
          [](const std::string& path) { data::fashion_mnist_splits(path); }, folder),
      probe(
          {"emnist", "read_idx"}, [](const std::string& path, data::EmnistSplit split) { data::emnist(path, split); },
          folder, data::EmnistSplit::letters),
      probe(
          "emnist_classes", [](data::EmnistSplit split) { return data::emnist_classes(split).size(); },
          data::EmnistSplit::letters),
  };
}

TEST_CASE("readers of data sets' files stand wrong calls") { run(data_file_probes()); }

TEST_CASE("data sets, loaders and their iterators stand wrong calls") { run(data_probes()); }

TEST_CASE("a data set that was moved from is as good as before") {
  data::ImageDataset whole = dots();
  const data::ImageDataset taken = std::move(whole);
  CHECK(taken.size() == 5);
  CHECK(whole.size() == 5);
  CHECK(whole.all().images.shape() == Shape{5, 4});
  CHECK_THROWS_AS(whole.image(5), Error);
  CHECK_THROWS_AS(whole.label(5), Error);
}

}  // namespace xgrad::test
