#include <data/dataset.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include <autograd/node.hpp>
#include <autograd/ops.hpp>

namespace xgrad::data {

SplitMix64 random_of(const Draw& draw, std::int64_t index, std::uint64_t occurrence) {
  SplitMix64 of_epoch(draw.seed, static_cast<std::uint64_t>(draw.epoch));
  return SplitMix64(of_epoch() + occurrence, static_cast<std::uint64_t>(index));
}

namespace detail {
namespace {

void check_size(std::int64_t size) {
  if (size < 0) fail("Dataset", fmt::format("{} samples; expected 0 or more", size));
}

/// Makes each record by a function.
class Records : public Source {
 public:
  Records(std::int64_t size, GetFunction get) : size_(size), get_(std::move(get)) {}
  std::int64_t size() const override { return size_; }
  Fields get(std::int64_t index, SplitMix64& random) const override { return get_(index, random); }

 private:
  std::int64_t size_;
  GetFunction get_;
};

/// Makes whole batches by a function.
class Batches : public Source {
 public:
  Batches(std::int64_t size, BatchFunction batch) : size_(size), batch_(std::move(batch)) {}
  std::int64_t size() const override { return size_; }
  Fields get(std::int64_t index, SplitMix64&) const override {
    Fields fields = batch_(std::span(&index, 1));
    for (Tensor& field : fields) {
      if (!field.defined()) continue;
      if (field.rank() == 0 || field.size(0) != 1)
        fail("Dataset.get", fmt::format("the batch function gave shape {} for one index; expected a first axis of 1",
                                        to_string(field.shape())));
      field = reshape(field, Shape(std::span(field.shape().begin() + 1, field.shape().size() - 1)));
    }
    return fields;
  }
  Fields batch(std::span<const std::int64_t> indices, std::span<SplitMix64>) const override { return batch_(indices); }

 private:
  std::int64_t size_;
  BatchFunction batch_;
};

/// A run of another source's records.
class Range : public Source {
 public:
  Range(SourcePtr whole, std::int64_t begin, std::int64_t end) : whole_(std::move(whole)), begin_(begin), end_(end) {}
  std::int64_t size() const override { return end_ - begin_; }
  Fields get(std::int64_t index, SplitMix64& random) const override { return whole_->get(begin_ + index, random); }
  Fields collate(std::vector<Fields> records) const override { return whole_->collate(std::move(records)); }
  Fields batch(std::span<const std::int64_t> indices, std::span<SplitMix64> random) const override {
    std::vector<std::int64_t> shifted(indices.begin(), indices.end());
    for (std::int64_t& index : shifted) index += begin_;
    return whole_->batch(shifted, random);
  }
  void read(std::int64_t index, SplitMix64& random, Sample& sample) const override {
    whole_->read(begin_ + index, random, sample);
  }

 private:
  SourcePtr whole_;
  std::int64_t begin_;
  std::int64_t end_;
};

void check_index(const char* where, const Source& source, std::int64_t index) {
  if (index < 0 || index >= source.size())
    fail(where, fmt::format("index {} of {} samples; expected 0 <= index < {}", index, source.size(), source.size()));
}

template <class T>
Tensor stacked_as(const Shape& shape, std::span<const Tensor> values) {
  return make_tensor<T>(shape, [&](std::span<T> out) {
    T* place = out.data();
    for (const Tensor& value : values) {
      const std::span<const T> elements = value.data<T>();
      if (!elements.empty()) std::memcpy(place, elements.data(), elements.size_bytes());
      place += elements.size();
    }
  });
}

}  // namespace

Fields evaluated(Fields fields) {
  Fields waiting;
  for (Tensor& field : fields) {
    if (!field.defined()) continue;
    if (!field.node()->inputs().empty()) field = stop_gradient(field);
    waiting.push_back(field);
  }
  eval(waiting);
  return fields;
}

Tensor stacked(std::size_t field, std::span<const Tensor> values) {
  const auto undefined = std::ranges::count_if(values, [](const Tensor& value) { return !value.defined(); });
  if (undefined == std::ssize(values)) return {};
  if (undefined > 0)
    fail("Dataset.batch",
         fmt::format("field {} is an undefined Tensor in {} of {} records", field, undefined, values.size()));
  const Tensor& first = values[0];
  for (const Tensor& value : values) {
    if (value.shape() != first.shape() || value.dtype() != first.dtype()) {
      fail("Dataset.batch",
           fmt::format("field {} is {} {} and {} {} in records of one batch; expected the same for all "
                       "(data::padded puts sequences of different lengths together)",
                       field, to_string(first.dtype()), to_string(first.shape()), to_string(value.dtype()),
                       to_string(value.shape())));
    }
  }
  Shape shape = first.shape();
  shape.insert(0, std::ssize(values));
  if (!shape.fits()) fail("Dataset.batch", fmt::format("a batch of shape {} is too large", to_string(shape)));
  return visit_dtype(first.dtype(),
                     [&](auto type) { return stacked_as<typename decltype(type)::type>(shape, values); });
}

Fields stacked(const std::vector<Fields>& records) {
  if (records.empty()) return {};
  Fields waiting;
  for (const Fields& record : records)
    for (const Tensor& field : record)
      if (field.defined()) waiting.push_back(field);
  eval(waiting);
  Fields batch;
  Fields column(records.size());
  for (std::size_t field = 0; field < records[0].size(); ++field) {
    std::ranges::transform(records, column.begin(), [&](const Fields& record) { return record[field]; });
    batch.push_back(stacked(field, column));
  }
  return batch;
}

Fields Source::collate(std::vector<Fields> records) const { return stacked(records); }

Fields Source::batch(std::span<const std::int64_t> indices, std::span<SplitMix64> random) const {
  if (indices.empty()) fail("Dataset.batch", "no indices; expected one or more");
  std::vector<Fields> records;
  records.reserve(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) records.push_back(get(indices[i], random[i]));
  return collate(std::move(records));
}

SourcePtr source_of(std::int64_t size, GetFunction get) {
  check_size(size);
  return std::make_shared<Records>(size, std::move(get));
}

SourcePtr source_of(std::int64_t size, BatchFunction batch) {
  check_size(size);
  return std::make_shared<Batches>(size, std::move(batch));
}

SourcePtr source_of(const BatchSource& source) {
  if (!source.batch) fail("Dataset", "a source without a batch function; expected one from indices to a batch");
  return source_of(source.size, BatchFunction([batch = source.batch](std::span<const std::int64_t> indices) {
                     return fields_of(batch(indices));
                   }));
}

SourcePtr range_of(const SourcePtr& source, std::int64_t begin, std::int64_t end) {
  if (begin < 0 || begin > end || end > source->size())
    fail("Dataset.subset", fmt::format("[{}, {}) of {} samples; expected 0 <= begin <= end <= {}", begin, end,
                                       source->size(), source->size()));
  return std::make_shared<Range>(source, begin, end);
}

Fields get(const Source& source, std::int64_t index, const Draw& draw) {
  check_index("Dataset.get", source, index);
  SplitMix64 random = random_of(draw, index);
  return evaluated(source.get(index, random));
}

Fields batch(const Source& source, std::span<const std::int64_t> indices, const Draw& draw) {
  std::vector<SplitMix64> random;
  random.reserve(indices.size());
  for (const std::int64_t index : indices) {
    check_index("Dataset.batch", source, index);
    random.push_back(random_of(draw, index));
  }
  return evaluated(source.batch(indices, random));
}

Fields all(const Source& source, const Draw& draw) {
  std::vector<std::int64_t> indices;
  try {
    indices.resize(static_cast<std::size_t>(source.size()));
  } catch (const std::exception&) {
    fail("Dataset.all", fmt::format("no memory for {} samples", source.size()));
  }
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return batch(source, indices, draw);
}

}  // namespace detail
}  // namespace xgrad::data
