#pragma once

#include <functional>
#include <string>
#include <vector>
#include <xtensor/xarray.hpp>

#include <autograd/autograd.hpp>

/// xtensor and xtensor-blas as judges: each ruling says what a function of xgrad's is in theirs, and for which
/// arguments; random arguments of many shapes, layouts and dtypes are compared.
///
/// xtensor's results are made xarrays by name, never by xt::eval or immediate reducers, which xtensor 0.24 gives the
/// wrong number of axes under C++20.
namespace xgrad::judge {

using Array = xt::xarray<double>;
using Arrays = std::vector<Array>;
using Tensors = std::vector<Tensor>;

/// Shapes of the arguments of one call.
using Shapes = std::vector<Shape>;

struct Range {
  double low = -2, high = 2;
  bool whole = false;  ///< integers only, so that elements tie, and int64 is tried, too
};

struct Ruling {
  std::string name;  ///< as it is registered or declared
  std::vector<Shapes> shapes;
  std::function<Tensor(const Tensors&)> ours;
  std::function<Array(const Arrays&)> theirs;
  Range range = {};
  double tolerance = 1e-12;  ///< for float64, relative to the largest element; of float32 1e7 times as much
};

/// Every shape of a rank from 0 (or `least`) to 4, extents from 0 to 5 among them (from 1 where there is a reason,
/// which the ruling says).
std::vector<Shapes> every_shape(int least_rank = 0, int least_extent = 0);
/// Pairs of shapes that broadcast.
std::vector<Shapes> broadcasting();
/// Triples of them.
std::vector<Shapes> broadcasting3();
/// Square matrices of 1 to 5 rows.
std::vector<Shapes> square();

/// Compares each ruling on each of its shapes, for contiguous arguments, transposed, strided and flipped views, in
/// float64, float32 and, for whole numbers, int64.
void check(const std::vector<Ruling>& rulings);

/// The rulings, by family.
std::vector<Ruling> elementwise_rulings();
std::vector<Ruling> reduction_rulings();
std::vector<Ruling> manipulation_rulings();
std::vector<Ruling> linear_algebra_rulings();
std::vector<Ruling> further_rulings();

}  // namespace xgrad::judge
