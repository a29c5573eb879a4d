#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <data/dataset.hpp>

#pragma GCC visibility push(default)
/// Data sets made of others. They are as cheap as the handles that they hold: records are made when they are asked for.
namespace xgrad::data {

namespace detail {

SourcePtr of_tensors(std::vector<Tensor> tensors);
SourcePtr subset_of(const SourcePtr& source, std::vector<std::int64_t> indices);
SourcePtr concatenated(const std::vector<SourcePtr>& sources);
SourcePtr cached(const SourcePtr& source);
SourcePtr mapped(const SourcePtr& source, std::function<Fields(Fields, SplitMix64&)> f);

}  // namespace detail

/// Tensors of one length, whose entries along their first axis are the records (PyTorch's TensorDataset):
///
///     data::Loader loader(data::TensorDataset(x, y), {.batch_size = 32, .shuffle = true});
///
/// The tensors are evaluated. Throws Error where one is undefined or has no axis, or lengths differ.
template <std::same_as<Tensor>... T>
class TensorDataset : public Dataset<std::tuple<T...>> {
 public:
  explicit TensorDataset(const T&... tensors) requires(sizeof...(T) > 0)
      : Dataset<std::tuple<T...>>(detail::of_tensors({tensors...})) {}
};

/// The records of these indices, in their order (PyTorch's Subset). An index may come several times. Throws Error where
/// one is out of range.
template <Record R>
Dataset<R> subset(const Dataset<R>& set, std::vector<std::int64_t> indices) {
  return Dataset<R>(detail::subset_of(set.source(), std::move(indices)));
}

/// The records of all sets, one set after the other. Throws Error without sets.
template <Record R>
Dataset<R> concat(const std::vector<Dataset<R>>& sets) {
  std::vector<detail::SourcePtr> sources;
  for (const Dataset<R>& set : sets) sources.push_back(set.source());
  return Dataset<R>(detail::concatenated(sources));
}

/// f of each record: a function of a record, or of a record and its random numbers (SplitMix64&), which are those that
/// the set's own function leaves. It is called by the threads of a Loader, by several at a time where it has several.
/// Throws Error on an empty std::function.
template <Record R, class F>
requires(std::invocable<const F&, R> || std::invocable<const F&, R, SplitMix64&>) auto map(const Dataset<R>& set, F f) {
  if constexpr (requires { f == nullptr; })
    if (f == nullptr) fail("map", "no function; expected one of a record");
  if constexpr (std::invocable<const F&, R, SplitMix64&>) {
    using Result = std::remove_cvref_t<std::invoke_result_t<const F&, R, SplitMix64&>>;
    return Dataset<Result>(detail::mapped(set.source(), [f = std::move(f)](Fields fields, SplitMix64& random) {
      return fields_of<Result>(f(record_of<R>(std::move(fields)), random));
    }));
  } else {
    using Result = std::remove_cvref_t<std::invoke_result_t<const F&, R>>;
    return Dataset<Result>(detail::mapped(set.source(), [f = std::move(f)](Fields fields, SplitMix64&) {
      return fields_of<Result>(f(record_of<R>(std::move(fields))));
    }));
  }
}

/// Keeps each record in memory once it has been made, evaluated. What a record draws at random stays what it was the
/// first time: cache first, and map at random after it.
template <Record R>
Dataset<R> cache(const Dataset<R>& set) {
  return Dataset<R>(detail::cached(set.source()));
}

/// How many of `size` samples each part gets: floor(size * fraction), and of what is left over one each, from the first
/// part on (PyTorch's random_split). Throws Error unless all fractions are in [0, 1] and add up to 1 (to 1e-9).
std::vector<std::int64_t> lengths_of(std::int64_t size, const std::vector<double>& fractions);

/// The indices 0 to size - 1 in a random order of a seed, divided into parts of these lengths. Throws Error unless
/// lengths are 0 or more and add up to size.
std::vector<std::vector<std::int64_t>> random_parts(std::int64_t size, const std::vector<std::int64_t>& lengths,
                                                    std::uint64_t seed = 0);
/// The same by fractions, of each class by itself: labels has one for each sample, any integers. The indices of a part
/// ascend. Throws Error as lengths_of does.
std::vector<std::vector<std::int64_t>> stratified_parts(std::span<const std::int64_t> labels,
                                                        const std::vector<double>& fractions, std::uint64_t seed = 0);

/// Parts of a set at random (PyTorch's random_split).
///
///     auto parts = data::random_split(set, data::lengths_of(set.size(), {0.8, 0.2}), 1);
template <Record R>
std::vector<Dataset<R>> random_split(const Dataset<R>& set, const std::vector<std::int64_t>& lengths,
                                     std::uint64_t seed = 0) {
  std::vector<Dataset<R>> parts;
  for (auto& indices : random_parts(set.size(), lengths, seed)) parts.push_back(subset(set, std::move(indices)));
  return parts;
}
/// Parts that each have their share of every class. Throws Error where labels are not as many as samples.
template <Record R>
std::vector<Dataset<R>> stratified_split(const Dataset<R>& set, std::span<const std::int64_t> labels,
                                         const std::vector<double>& fractions, std::uint64_t seed = 0) {
  if (std::ssize(labels) != set.size())
    fail("stratified_split", std::to_string(labels.size()) + " labels for " + std::to_string(set.size()) + " samples");
  std::vector<Dataset<R>> parts;
  for (auto& indices : stratified_parts(labels, fractions, seed)) parts.push_back(subset(set, std::move(indices)));
  return parts;
}

}  // namespace xgrad::data
#pragma GCC visibility pop
