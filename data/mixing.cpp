#include <data/mixing.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <data/draws.hpp>
#include <data/sample.hpp>

namespace xgrad::data {
namespace detail {
namespace {

/// The logarithm of a number of the distribution Gamma(shape, 1) (Marsaglia and Tsang, "A simple method for generating
/// gamma variables", 2000), which does not underflow for small shapes.
double log_gamma_variate(SplitMix64& random, double shape) {
  if (shape < 1) {
    const double boost = std::log1p(-random.uniform(0, 1)) / shape;
    return log_gamma_variate(random, shape + 1) + boost;
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = standard_normal(random), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log1p(-random.uniform(0, 1)) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v);
  }
}

/// A number of the distribution Beta(alpha, alpha).
double beta_variate(SplitMix64& random, double alpha) {
  if (alpha == 1) return random.uniform(0, 1);
  const double first = log_gamma_variate(random, alpha), second = log_gamma_variate(random, alpha);
  // Both are lost for the smallest alphas, which leave one of the two samples.
  if (std::isinf(first) && std::isinf(second)) return static_cast<double>(random.below(2));
  return 1 / (1 + std::exp(second - first));
}

class Mixed : public PictureSource {
 public:
  Mixed(const char* name, SourcePtr source, const MixOptions& options)
      : name_(name), source_(std::move(source)), options_(options) {
    if (!(options.alpha > 0 && std::isfinite(options.alpha)))
      fail(name, fmt::format("alpha is {}; expected a finite number above 0", options.alpha));
    constexpr std::int64_t most = std::int64_t{1} << 24;
    if (options.num_classes < 1 || options.num_classes > most)
      fail(name, fmt::format("num_classes is {}; expected 1 to {}", options.num_classes, most));
  }

  std::int64_t size() const override { return source_->size(); }

  void read(std::int64_t index, SplitMix64& random, Sample& sample) const override {
    sample.reader = name_;
    source_->read(index, random, sample);
    const auto chosen = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(size())));
    double weight = beta_variate(random, options_.alpha);
    Sample partner;
    partner.reader = name_;
    source_->read(chosen, random, partner);
    if (partner.shape() != sample.shape())
      fail(name_, fmt::format("images of shapes {} and {} are to be mixed; expected one shape for all",
                              to_string(sample.shape()), to_string(partner.shape())));
    weight = mix(sample, partner.picture, weight, random);
    sample.target = make_tensor<float>({options_.num_classes}, [&](std::span<float> shares) {
      std::ranges::fill(shares, 0.0F);
      add(sample, static_cast<float>(weight), shares);
      add(partner, static_cast<float>(1 - weight), shares);
    });
  }

 protected:
  const char* name() const noexcept { return name_; }
  /// Mixes the partner in, and gives the weight of the sample's label.
  virtual double mix(Sample& sample, const Picture& partner, double weight, SplitMix64& random) const = 0;

 private:
  void add(const Sample& sample, float weight, std::span<float> shares) const {
    if (!sample.target.defined()) {
      if (sample.label < 0 || sample.label >= options_.num_classes)
        fail(name_,
             fmt::format("a label is {}; expected 0 <= label < num_classes, {}", sample.label, options_.num_classes));
      shares[static_cast<std::size_t>(sample.label)] += weight;
      return;
    }
    if (sample.target.dtype() != float32 || sample.target.shape() != Shape{options_.num_classes})
      fail(name_,
           fmt::format("a label is {} {}; expected one int64, or float32 ({},)", to_string(sample.target.dtype()),
                       to_string(sample.target.shape()), options_.num_classes));
    const std::span<const float> own = sample.target.data<float>();
    for (std::size_t i = 0; i < own.size(); ++i) shares[i] += weight * own[i];
  }

  const char* name_;
  SourcePtr source_;
  MixOptions options_;
};

class Mixup : public Mixed {
 public:
  using Mixed::Mixed;

 private:
  double mix(Sample& sample, const Picture& partner, double weight, SplitMix64&) const override {
    const float own = static_cast<float>(weight), other = static_cast<float>(1 - weight);
    std::ranges::transform(sample.picture.values, partner.values, sample.picture.values.begin(),
                           [=](float a, float b) { return own * a + other * b; });
    return weight;
  }
};

class Cutmix : public Mixed {
 public:
  using Mixed::Mixed;

 private:
  double mix(Sample& sample, const Picture& partner, double weight, SplitMix64& random) const override {
    if (!sample.has_extents)
      fail(name(), fmt::format("the image of a sample has shape {}; expected (channels, height, width) or (height, "
                               "width), or an ImageDataset",
                               to_string(sample.shape())));
    Picture& picture = sample.picture;
    if (picture.pixels() == 0) return weight;
    // Half the side of the rectangle, as a share of the image's.
    const double share = 0.5 * std::sqrt(1 - weight);
    struct Side {
      std::int64_t begin;
      std::int64_t end;
    };
    const auto side = [&](std::int64_t extent) -> Side {
      const auto middle = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(extent)));
      const auto half = static_cast<std::int64_t>(share * static_cast<double>(extent));
      return {std::max<std::int64_t>(middle - half, 0), std::min(middle + half, extent)};
    };
    const Side columns = side(picture.width), rows = side(picture.height);
    for (std::int64_t c = 0; c < picture.channels; ++c)
      for (std::int64_t y = rows.begin; y < rows.end; ++y) {
        const auto row = partner.channel(c).subspan(static_cast<std::size_t>(y * picture.width));
        std::copy(row.begin() + columns.begin, row.begin() + columns.end,
                  picture.channel(c).begin() + y * picture.width + columns.begin);
      }
    const std::int64_t area = (columns.end - columns.begin) * (rows.end - rows.begin);
    return 1 - static_cast<double>(area) / static_cast<double>(picture.pixels());
  }
};

}  // namespace
}  // namespace detail

Dataset<Batch> mixup(const Dataset<Batch>& set, const MixOptions& options) {
  return Dataset<Batch>(std::make_shared<detail::Mixup>("mixup", set.source(), options));
}

Dataset<Batch> cutmix(const Dataset<Batch>& set, const MixOptions& options) {
  return Dataset<Batch>(std::make_shared<detail::Cutmix>("cutmix", set.source(), options));
}

}  // namespace xgrad::data
