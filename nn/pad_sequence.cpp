#include <nn/pad_sequence.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

/// Whether two sequences can stand in one batch.
bool alike(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.rank() != b.rank()) return false;
  for (int axis = 1; axis < a.rank(); ++axis)
    if (a.size(axis) != b.size(axis)) return false;
  return true;
}

}  // namespace

Tensor pad_sequence(const std::vector<Tensor>& sequences, const PadSequenceOptions& options) {
  constexpr const char* name = "pad_sequence";
  const Called called(name);
  if (sequences.empty()) fail(name, "argument 'sequences' is empty; one sequence or more was expected");
  std::int64_t longest = 0;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const Tensor& own = sequences[i];
    if (!own.defined())
      fail(name, fmt::format("sequence {} is an undefined Tensor (default-constructed or moved from)", i));
    if (own.rank() < 1 || !alike(own, sequences[0]))
      fail(name, fmt::format("sequence {} is {}, the first {}; one dtype, and one shape but for axis 0 was expected", i,
                             described(own), described(sequences[0])));
    longest = std::max(longest, own.size(0));
  }
  std::vector<Tensor> padded;
  for (const Tensor& own : sequences) {
    std::vector<std::pair<std::int64_t, std::int64_t>> pads(own.shape().size());
    pads[0].second = longest - own.size(0);
    padded.push_back(pads[0].second == 0 ? own : pad(own, pads, {.value = options.padding_value}));
  }
  return stack(padded, options.batch_first ? 0 : 1);
}

std::vector<Tensor> unpad_sequence(const Operand& padded, const Operand& lengths, const UnpadSequenceOptions& options) {
  constexpr const char* name = "unpad_sequence";
  const Called called(name);
  for (const auto& [argument, x] : {std::pair("padded", &padded), std::pair("lengths", &lengths)})
    if (!x->defined())
      fail(name, fmt::format("argument '{}' is an undefined Tensor (default-constructed or moved from)", argument));
  if (padded.rank() < 2)
    fail(name, fmt::format("argument 'padded' has shape {}; {} was expected", to_string(padded.shape()),
                           options.batch_first ? "(N, L, ...)" : "(L, N, ...)"));
  const Tensor rows = options.batch_first ? padded.tensor() : swapaxes(padded, 0, 1);
  if (lengths.dtype() != int64 || lengths.shape() != Shape{rows.size(0)})
    fail(name, fmt::format("argument 'lengths' is {}; int64 ({},) was expected for a batch of shape {}",
                           described(lengths.tensor()), rows.size(0), to_string(padded.shape())));
  std::vector<Tensor> sequences;
  std::int64_t i = 0;
  for (const std::int64_t length : lengths.tensor().to_vector<std::int64_t>()) {
    if (length < 0 || length > rows.size(1))
      fail(name, fmt::format("length {} is {}; 0 to {} was expected", i, length, rows.size(1)));
    sequences.push_back(slice(rows[i++], 0, 0, length));
  }
  return sequences;
}

}  // namespace xgrad::nn
