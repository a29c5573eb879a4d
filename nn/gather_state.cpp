#include <nn/gather_state.hpp>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>

namespace xgrad::nn {
namespace {

/// A list of numbers of each rank, of any length.
std::vector<std::vector<std::int64_t>> gathered(const std::vector<std::int64_t>& own,
                                                const distributed::Communicator& group) {
  const std::vector<std::int64_t> sizes =
      distributed::all_gather(Tensor(std::ssize(own)), 0, group).to_vector<std::int64_t>();
  std::vector<std::int64_t> padded = own;
  padded.resize(static_cast<std::size_t>(std::ranges::max(sizes)));
  const std::vector<std::int64_t> all =
      distributed::all_gather(tensor(std::span<const std::int64_t>(padded)), 0, group).to_vector<std::int64_t>();
  std::vector<std::vector<std::int64_t>> lists;
  for (std::size_t r = 0; r < sizes.size(); ++r) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(r * padded.size());
    lists.emplace_back(begin, begin + sizes[r]);
  }
  return lists;
}

/// Names, dtypes and shapes: for each tensor the dtype, the rank, the extents, the length of the name and its letters.
std::vector<std::int64_t> described(const NamedTensors& state) {
  std::vector<std::int64_t> numbers;
  for (const auto& [name, tensor] : state) {
    numbers.push_back(static_cast<std::int64_t>(tensor.dtype()));
    numbers.push_back(tensor.rank());
    for (const std::int64_t extent : tensor.shape()) numbers.push_back(extent);
    numbers.push_back(std::ssize(name));
    for (const char c : name) numbers.push_back(static_cast<unsigned char>(c));
  }
  return numbers;
}

struct Described {
  std::string name;
  DType dtype;
  Shape shape;
};

std::vector<Described> read(const std::vector<std::int64_t>& numbers) {
  std::vector<Described> entries;
  for (std::size_t i = 0; i < numbers.size();) {
    Described& entry = entries.emplace_back();
    entry.dtype = static_cast<DType>(numbers[i++]);
    const std::int64_t rank = numbers[i++];
    for (std::int64_t axis = 0; axis < rank; ++axis) entry.shape.push_back(numbers[i++]);
    const std::int64_t letters = numbers[i++];
    for (std::int64_t k = 0; k < letters; ++k) entry.name += static_cast<char>(numbers[i++]);
  }
  return entries;
}

/// All values of a dtype, one behind the other.
Tensor joined(const NamedTensors& state, DType dtype, std::int64_t length) {
  std::vector<Tensor> parts;
  for (const auto& [name, tensor] : state)
    if (tensor.dtype() == dtype) parts.push_back(tensor.reshape({tensor.size()}));
  std::int64_t size = 0;
  for (const Tensor& part : parts) size += part.size();
  parts.push_back(zeros({length - size}, dtype));
  return concatenate(parts, 0);
}

}  // namespace

std::vector<NamedTensors> gather_state(const NamedTensors& state, const distributed::Communicator& group) {
  for (const auto& [name, tensor] : state)
    if (!tensor.defined()) fail("gather_state", fmt::format("'{}' is an undefined Tensor", name));
  std::vector<std::vector<Described>> ranks;
  for (const std::vector<std::int64_t>& numbers : gathered(described(state), group)) ranks.push_back(read(numbers));
  std::map<DType, std::int64_t> longest;
  for (const std::vector<Described>& entries : ranks) {
    std::map<DType, std::int64_t> sizes;
    for (const Described& entry : entries) sizes[entry.dtype] += entry.shape.elements();
    for (const auto& [dtype, size] : sizes) longest[dtype] = std::max(longest[dtype], size);
  }
  // Each rank has its values in one tensor for each dtype, as long as the longest.
  std::map<DType, Tensor> values;
  for (const auto& [dtype, length] : longest)
    values[dtype] = distributed::all_gather(joined(state, dtype, length), 0, group);
  std::vector<NamedTensors> states;
  std::vector<Tensor> all;
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    std::map<DType, std::int64_t> start;
    for (const auto& [dtype, length] : longest) start[dtype] = static_cast<std::int64_t>(r) * length;
    states.emplace_back();
    for (const Described& entry : ranks[r]) {
      const std::int64_t begin = start[entry.dtype], end = start[entry.dtype] += entry.shape.elements();
      all.push_back(slice(values[entry.dtype], 0, begin, end).reshape(NewShape(entry.shape)));
      states.back().emplace_back(entry.name, all.back());
    }
  }
  eval(all);
  return states;
}

}  // namespace xgrad::nn
