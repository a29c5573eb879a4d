#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include <autograd/tensor.hpp>
#include <data/dataset.hpp>

#pragma GCC visibility push(default)
/// Small data sets out of formulas, with scikit-learn's names (sklearn.datasets.make_moons ...), options and meaning.
/// Data are float32, labels int64 from 0 on. A seed gives the same samples on every machine, up to the rounding of
/// sin, cos and log; they are not scikit-learn's.
///
/// All throw Error unless n_samples >= 1 and noise is a finite number >= 0, and where memory does not suffice.
namespace xgrad::data {

struct MoonsOptions {
  std::int64_t n_samples = 100;
  bool shuffle = true;
  double noise = 0;  ///< standard deviation of what is added to each coordinate
  std::uint64_t seed = 0;
};

/// Two half circles of radius 1 that reach into each other, (2,): the upper one, label 0, around (0, 0), and the lower
/// one, label 1, around (1, 0.5). Of an odd number the lower one has one more.
Dataset<Example> make_moons(const MoonsOptions& options = {});

struct CirclesOptions {
  std::int64_t n_samples = 100;
  bool shuffle = true;
  double noise = 0;
  double factor = 0.8;  ///< radius of the inner circle, in [0, 1)
  std::uint64_t seed = 0;
};

/// A circle of radius 1, label 0, and one within it, label 1, (2,). Of an odd number the inner one has one more.
/// Throws Error where the factor is out of range.
Dataset<Example> make_circles(const CirclesOptions& options = {});

struct SpiralsOptions {
  std::int64_t n_samples = 100;
  std::int64_t n_classes = 2;
  double turns = 1;  ///< of each arm
  bool shuffle = true;
  double noise = 0;
  std::uint64_t seed = 0;
};

/// Arms of a spiral, one for each class, (2,): point k of m of arm c is t (cos a, sin a) with t = (k + 1) / m and
/// a = 2 pi (turns t + c / n_classes). The first arms have one more where numbers do not divide. scikit-learn has no
/// such set. Throws Error unless n_classes >= 1 and turns is finite.
Dataset<Example> make_spirals(const SpiralsOptions& options = {});

struct BlobsOptions {
  std::int64_t n_samples = 100;
  std::int64_t n_features = 2;  ///< where centers is a number
  /// How many there are, at random in the box, or the centres themselves, (centers, features).
  std::variant<std::int64_t, Tensor> centers = std::int64_t{3};
  std::vector<double> cluster_std = {1};  ///< one for all centres, or one for each
  double center_low = -10;                ///< the box: center_low to center_high in every feature
  double center_high = 10;
  bool shuffle = true;
  std::uint64_t seed = 0;
};

/// Normally distributed points around centres, with the label of their centre.
class Blobs : public Dataset<Example> {
 public:
  /// The first centres have one point more where numbers do not divide. Throws Error unless n_features >= 1, there is a
  /// centre, centres are (centers, features) of floating-point numbers or integers, cluster_std has one number or one
  /// for each centre, finite and >= 0, and the box is of finite numbers, low not above high.
  explicit Blobs(const BlobsOptions& options);

  /// (centers, features), float32.
  const Tensor& centers() const noexcept { return centers_; }

 private:
  Blobs(Tensor centers, const BlobsOptions& options);

  Tensor centers_;
};
/// Blobs by scikit-learn's name for them.
inline Blobs make_blobs(const BlobsOptions& options = {}) { return Blobs(options); }

struct RegressionOptions {
  std::int64_t n_samples = 100;
  std::int64_t n_features = 100;
  std::int64_t n_informative = 10;  ///< features whose coefficient is not 0; all where there are not as many
  std::int64_t n_targets = 1;
  double bias = 0;
  double noise = 0;  ///< standard deviation of what is added to the targets
  bool shuffle = true;
  std::uint64_t seed = 0;
};

/// A linear model of features that are standard normal, (features,): data @ coef + bias + noise is the target, float32,
/// without axes where there is one target, otherwise (targets,).
class Regression : public Dataset<Example> {
 public:
  /// Coefficients of informative features are uniform in [0, 100); these are the first features unless shuffle.
  /// Throws Error unless n_features, n_informative and n_targets are >= 1 and bias is finite.
  explicit Regression(const RegressionOptions& options);

  /// (features,), or (features, targets) where there are several; float32.
  const Tensor& coef() const noexcept { return coef_; }

 private:
  Regression(Tensor coef, const RegressionOptions& options);

  Tensor coef_;
};
/// Regression by scikit-learn's name for it.
inline Regression make_regression(const RegressionOptions& options = {}) { return Regression(options); }

}  // namespace xgrad::data
#pragma GCC visibility pop
