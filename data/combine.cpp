#include <data/combine.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/splitmix.hpp>

namespace xgrad::data {

namespace detail {
namespace {

class OfTensors : public Source {
 public:
  explicit OfTensors(std::vector<Tensor> tensors) : tensors_(std::move(tensors)) {}
  std::int64_t size() const override { return tensors_[0].size(0); }
  Fields get(std::int64_t index, SplitMix64&) const override {
    Fields fields;
    for (const Tensor& tensor : tensors_) fields.push_back(tensor[index]);
    return fields;
  }
  Fields batch(std::span<const std::int64_t> indices, std::span<SplitMix64>) const override {
    const Tensor index = tensor(indices, {std::ssize(indices)});
    Fields fields;
    for (const Tensor& tensor : tensors_) fields.push_back(index_select(tensor, 0, index));
    return fields;
  }

 private:
  std::vector<Tensor> tensors_;
};

class Subset : public Source {
 public:
  Subset(SourcePtr whole, std::vector<std::int64_t> indices) : whole_(std::move(whole)), indices_(std::move(indices)) {}
  std::int64_t size() const override { return std::ssize(indices_); }
  Fields get(std::int64_t index, SplitMix64& random) const override { return whole_->get(at(index), random); }
  Fields collate(std::vector<Fields> records) const override { return whole_->collate(std::move(records)); }
  Fields batch(std::span<const std::int64_t> indices, std::span<SplitMix64> random) const override {
    std::vector<std::int64_t> chosen;
    for (const std::int64_t index : indices) chosen.push_back(at(index));
    return whole_->batch(chosen, random);
  }
  void read(std::int64_t index, SplitMix64& random, Sample& sample) const override {
    whole_->read(at(index), random, sample);
  }

 private:
  std::int64_t at(std::int64_t index) const { return indices_[static_cast<std::size_t>(index)]; }

  SourcePtr whole_;
  std::vector<std::int64_t> indices_;
};

class Concatenated : public Source {
 public:
  explicit Concatenated(std::vector<SourcePtr> sources) : sources_(std::move(sources)) {
    for (const SourcePtr& source : sources_) ends_.push_back((ends_.empty() ? 0 : ends_.back()) + source->size());
  }
  std::int64_t size() const override { return ends_.back(); }
  Fields get(std::int64_t index, SplitMix64& random) const override {
    const auto [set, own] = place_of(index);
    return sources_[set]->get(own, random);
  }
  Fields collate(std::vector<Fields> records) const override { return sources_[0]->collate(std::move(records)); }
  void read(std::int64_t index, SplitMix64& random, Sample& sample) const override {
    const auto [set, own] = place_of(index);
    sources_[set]->read(own, random, sample);
  }

 private:
  /// The set that has a record, and its index there.
  std::pair<std::size_t, std::int64_t> place_of(std::int64_t index) const {
    const auto set = static_cast<std::size_t>(std::ranges::upper_bound(ends_, index) - ends_.begin());
    return {set, index - (set == 0 ? 0 : ends_[set - 1])};
  }

  std::vector<SourcePtr> sources_;
  std::vector<std::int64_t> ends_;
};

class Mapped : public Source {
 public:
  Mapped(SourcePtr source, std::function<Fields(Fields, SplitMix64&)> f)
      : source_(std::move(source)), f_(std::move(f)) {}
  std::int64_t size() const override { return source_->size(); }
  Fields get(std::int64_t index, SplitMix64& random) const override {
    Fields fields = source_->get(index, random);
    return f_(std::move(fields), random);
  }

 private:
  SourcePtr source_;
  std::function<Fields(Fields, SplitMix64&)> f_;
};

class Cached : public Source {
 public:
  explicit Cached(SourcePtr source) : source_(std::move(source)), records_(static_cast<std::size_t>(source_->size())) {}
  std::int64_t size() const override { return source_->size(); }
  Fields get(std::int64_t index, SplitMix64& random) const override {
    const auto i = static_cast<std::size_t>(index);
    {
      const std::lock_guard lock(mutex_);
      if (records_[i]) return *records_[i];
    }
    // Two threads may make the same record; the one that comes first stays.
    Fields made = evaluated(source_->get(index, random));
    const std::lock_guard lock(mutex_);
    if (!records_[i]) records_[i] = std::move(made);
    return *records_[i];
  }
  Fields collate(std::vector<Fields> records) const override { return source_->collate(std::move(records)); }

 private:
  SourcePtr source_;
  mutable std::mutex mutex_;
  mutable std::vector<std::optional<Fields>> records_;
};

}  // namespace

SourcePtr of_tensors(std::vector<Tensor> tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = tensors[i];
    if (!tensor.defined()) fail("TensorDataset", fmt::format("tensor {} is undefined", i));
    if (tensor.rank() == 0) fail("TensorDataset", fmt::format("tensor {} has no axis; expected one of samples", i));
    if (tensor.size(0) != tensors[0].size(0))
      fail("TensorDataset", fmt::format("tensor {} has shape {} and tensor 0 {}; expected as many samples in each", i,
                                        to_string(tensor.shape()), to_string(tensors[0].shape())));
  }
  return std::make_shared<OfTensors>(evaluated(std::move(tensors)));
}

SourcePtr subset_of(const SourcePtr& source, std::vector<std::int64_t> indices) {
  for (const std::int64_t index : indices)
    if (index < 0 || index >= source->size())
      fail("subset",
           fmt::format("index {} of {} samples; expected 0 <= index < {}", index, source->size(), source->size()));
  return std::make_shared<Subset>(source, std::move(indices));
}

SourcePtr concatenated(const std::vector<SourcePtr>& sources) {
  if (sources.empty()) fail("concat", "no data sets; expected one or more");
  return std::make_shared<Concatenated>(sources);
}

SourcePtr cached(const SourcePtr& source) { return std::make_shared<Cached>(source); }

SourcePtr mapped(const SourcePtr& source, std::function<Fields(Fields, SplitMix64&)> f) {
  return std::make_shared<Mapped>(source, std::move(f));
}

}  // namespace detail

std::vector<std::int64_t> lengths_of(std::int64_t size, const std::vector<double>& fractions) {
  if (size < 0) fail("lengths_of", fmt::format("{} samples; expected 0 or more", size));
  double total = 0;
  for (const double fraction : fractions) {
    if (!(fraction >= 0 && fraction <= 1))
      fail("lengths_of", fmt::format("a fraction is {}; expected numbers from 0 to 1", fraction));
    total += fraction;
  }
  if (!(std::abs(total - 1) <= 1e-9)) fail("lengths_of", fmt::format("the fractions add up to {}; expected 1", total));
  std::vector<std::int64_t> lengths;
  std::int64_t left = size;
  for (const double fraction : fractions) {
    // A size of more than 2^53 is rounded as a double.
    const double share = std::floor(static_cast<double>(size) * fraction);
    lengths.push_back(share < static_cast<double>(left) ? static_cast<std::int64_t>(share) : left);
    left -= lengths.back();
  }
  const auto parts = std::ssize(lengths);
  for (std::int64_t i = 0; i < parts; ++i)
    lengths[static_cast<std::size_t>(i)] += left / parts + (i < left % parts ? 1 : 0);
  return lengths;
}

std::vector<std::vector<std::int64_t>> random_parts(std::int64_t size, const std::vector<std::int64_t>& lengths,
                                                    std::uint64_t seed) {
  std::int64_t left = size;
  for (const std::int64_t length : lengths) {
    if (length < 0 || length > left)
      fail("random_split", fmt::format("a part has {} of {} samples; expected parts that add up to all", length, left));
    left -= length;
  }
  if (left != 0) fail("random_split", fmt::format("{} of {} samples are in no part; expected all to be", left, size));
  const std::vector<std::int64_t> order = permutation(size, seed);
  std::vector<std::vector<std::int64_t>> parts;
  auto begin = order.begin();
  for (const std::int64_t length : lengths) {
    parts.emplace_back(begin, begin + length);
    begin += length;
  }
  return parts;
}

std::vector<std::vector<std::int64_t>> stratified_parts(std::span<const std::int64_t> labels,
                                                        const std::vector<double>& fractions, std::uint64_t seed) {
  lengths_of(0, fractions);  // checks them
  std::map<std::int64_t, std::vector<std::int64_t>> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) classes[labels[i]].push_back(static_cast<std::int64_t>(i));
  std::vector<std::vector<std::int64_t>> parts(fractions.size());
  std::uint64_t stream = 0;
  for (const auto& [label, members] : classes) {
    const std::vector<std::int64_t> order = permutation(std::ssize(members), seed, stream++);
    const std::vector<std::int64_t> lengths = lengths_of(std::ssize(members), fractions);
    auto next = order.begin();
    for (std::size_t part = 0; part < parts.size(); ++part)
      for (std::int64_t k = 0; k < lengths[part]; ++k)
        parts[part].push_back(members[static_cast<std::size_t>(*next++)]);
  }
  for (auto& part : parts) std::ranges::sort(part);
  return parts;
}

}  // namespace xgrad::data
