#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/number.hpp>
#include <data/dataset.hpp>

#pragma GCC visibility push(default)
/// Batches of sequences of different lengths.
namespace xgrad::data {

struct PaddedOptions {
  /// What stands behind the end of a sequence.
  Number padding_value = 0;
  /// The fields of a record that are sequences (L, ...), by their places from 0 on. Those of one record have one
  /// length.
  std::vector<std::size_t> fields = {0};
};

namespace detail {

SourcePtr padded(const SourcePtr& source, const PaddedOptions& options, std::size_t field_count, bool mask);

template <class R, std::size_t... i>
auto tuple_of_tensors(std::index_sequence<i...>) -> std::tuple<std::conditional_t<i == i, Tensor, R>...>;

/// The tensors of R, the lengths and the mask.
template <Record R>
using WithLengths = decltype(tuple_of_tensors<R>(std::make_index_sequence<field_count<R>() + 2>()));

}  // namespace detail

/// The same records with two fields more, their length, int64 (), and their padding mask, bool (L,), false. In a batch
/// the sequences are padded along their first axis to the longest, (n, longest, ...), lengths are (n,), and the mask is
/// (n, longest), true behind the end of a sequence, as nn's key_padding_mask.
///
///     struct Sentence { Tensor words, label; };
///     struct Sentences { Tensor words, label, lengths, padding; };
///     auto set = data::padded<Sentences>(sentences);
///     for (auto [words, label, lengths, padding] : data::Loader(set, {.batch_size = 32})) ...
///
/// Padded is a record with the fields of R, in their order, then the lengths and, if it has one field more, the mask;
/// without a type it is a std::tuple with both. Subsets, concatenations and caches of the set are padded alike; a map
/// of it is not, as it may make anything: pad last. Sets whose records have sequences of two lengths are padded twice,
/// by the fields of each. Batches of samples of similar lengths (BucketSampler) need little padding.
///
/// Throws Error on a field that R does not have; as a record is made, where a field has no axis or fields have
/// different lengths; as a batch is made, where sequences have different dtypes or shapes but for axis 0, and where
/// int64 does not hold the padding_value of an int64 field.
template <Record Padded, Record R>
Dataset<Padded> padded(const Dataset<R>& set, const PaddedOptions& options = {}) {
  constexpr std::size_t fields = field_count<R>(), all = field_count<Padded>();
  static_assert(all == fields + 1 || all == fields + 2,
                "Padded has the fields of the record, the lengths and, if it is to have one, the mask");
  return Dataset<Padded>(detail::padded(set.source(), options, fields, all == fields + 2));
}
template <Record R>
auto padded(const Dataset<R>& set, const PaddedOptions& options = {}) {
  return padded<detail::WithLengths<R>>(set, options);
}

}  // namespace xgrad::data
#pragma GCC visibility pop
