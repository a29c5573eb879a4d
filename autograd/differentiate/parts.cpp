#include <autograd/differentiate/parts.hpp>

#include <algorithm>
#include <set>
#include <tuple>

#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

/// So many parts that overlap are cut where others begin or end: sums of what lies in one place take less than sums
/// of arrays with zeros around each part.
constexpr std::size_t most_overlapping = 4;

/// Parts, ascending, as parts that do not overlap; the parts themselves where they lie along several axes.
std::vector<Vjp::Part> apart_from_each_other(const std::vector<Vjp::Part>& parts) {
  const int axis = parts.front().axis;
  std::set<std::int64_t> borders;
  for (const Vjp::Part& part : parts) {
    if (part.axis != axis) return parts;
    borders.insert({part.start, part.start + part.values.shape()[axis]});
  }
  std::vector<Vjp::Part> result;
  for (auto border = borders.begin(); std::next(border) != borders.end(); ++border) {
    const std::int64_t start = *border, stop = *std::next(border);
    Tensor total;
    for (const Vjp::Part& part : parts) {
      if (part.start > start || part.start + part.values.shape()[axis] < stop) continue;
      const Tensor piece = slice(part.values, axis, start - part.start, stop - part.start);
      total = total.defined() ? add(total, piece) : piece;
    }
    if (total.defined()) result.push_back({axis, start, total});
  }
  return result.empty() ? parts : result;
}

/// Parts along one axis, ascending, with zeros around them.
Tensor joined(const std::vector<Vjp::Part>& parts, const Shape& shape) {
  const auto& [axis, first, values, input] = parts.front();
  if (parts.size() == 1) return ops::embedded(values, shape, axis, first);
  std::vector<Tensor> pieces;
  std::int64_t end = 0;
  const auto fill = [&, along = axis, dtype = values.dtype()](std::int64_t start) {
    Shape gap = shape;
    gap[along] = start - end;
    if (start > end) pieces.push_back(zeros(gap, dtype));
  };
  for (const Vjp::Part& part : parts) {
    fill(part.start);
    pieces.push_back(part.values);
    end = part.start + part.values.shape()[axis];
  }
  fill(shape[axis]);
  return concatenate(pieces, axis);
}

}  // namespace

std::vector<Tensor> joined_parts(std::vector<Vjp::Part> parts, const Shape& shape) {
  const auto place = [](const Vjp::Part& part) {
    return std::tuple(part.axis, part.start, part.values.shape()[part.axis]);
  };
  std::stable_sort(parts.begin(), parts.end(),
                   [&](const Vjp::Part& a, const Vjp::Part& b) { return place(a) < place(b); });
  std::vector<Vjp::Part> places;
  for (Vjp::Part& part : parts) {
    if (!places.empty() && place(places.back()) == place(part))
      places.back().values = add(places.back().values, part.values);
    else
      places.push_back(std::move(part));
  }
  if (places.size() <= most_overlapping) places = apart_from_each_other(places);
  std::vector<Tensor> totals;
  while (!places.empty()) {
    std::vector<Vjp::Part> apart, rest;
    std::int64_t end = 0;
    for (Vjp::Part& part : places) {
      const bool fits = part.axis == places.front().axis && part.start >= end;
      if (fits) end = part.start + part.values.shape()[part.axis];
      (fits ? apart : rest).push_back(part);
    }
    totals.push_back(joined(apart, shape));
    places = std::move(rest);
  }
  return totals;
}

}  // namespace xgrad
