#include <data/padded.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace xgrad::data::detail {
namespace {

constexpr const char* where = "padded";

std::string described(const Tensor& x) {
  return x.defined() ? fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())) : "an undefined Tensor";
}

/// A sequence with so many entries, the last ones `value`.
Tensor extended(const Tensor& sequence, std::int64_t length, const Number& value) {
  if (sequence.size(0) == length) return sequence;
  std::vector<std::int64_t> extents(sequence.shape().begin(), sequence.shape().end());
  extents[0] = length;
  return visit_dtype(sequence.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    T fill{};
    value.write(sequence.dtype(), &fill);
    return make_tensor<T>(Shape(extents), [&](std::span<T> out) {
      const std::span<const T> own = sequence.data<T>();
      std::fill(std::ranges::copy(own, out.begin()).out, out.end(), fill);
    });
  });
}

/// true behind the end.
Tensor mask_of(const std::vector<std::int64_t>& lengths, std::int64_t longest, const Shape& shape) {
  return make_tensor<bool>(shape, [&](std::span<bool> out) {
    auto row = out.begin();
    for (const std::int64_t length : lengths) {
      row = std::fill_n(row, length, false);
      row = std::fill_n(row, longest - length, true);
    }
  });
}

class Padded : public Source {
 public:
  Padded(SourcePtr source, const PaddedOptions& options, bool mask)
      : source_(std::move(source)), options_(options), mask_(mask) {}

  std::int64_t size() const override { return source_->size(); }

  Fields get(std::int64_t index, SplitMix64& random) const override {
    Fields fields = source_->get(index, random);
    const std::int64_t length = length_of(fields);
    fields.push_back(Tensor(length));
    if (mask_) fields.push_back(mask_of({length}, length, {length}));
    return fields;
  }

  /// Makes the sequences alike, lets the source put the records together, and adds lengths and masks.
  Fields collate(std::vector<Fields> records) const override {
    std::vector<std::int64_t> lengths;
    for (Fields& record : records) {
      record = evaluated(std::move(record));
      lengths.push_back(length_of(record));
      record.resize(record.size() - (mask_ ? 2 : 1));
    }
    const std::int64_t longest = std::ranges::max(lengths);
    for (const std::size_t field : options_.fields) {
      check_alike(records, field);
      options_.padding_value.check_fits(records[0][field].dtype(), where, "padding_value");
      for (Fields& record : records) record[field] = extended(record[field], longest, options_.padding_value);
    }
    Fields batch = source_->collate(std::move(records));
    batch.push_back(tensor(lengths, {std::ssize(lengths)}));
    if (mask_) batch.push_back(mask_of(lengths, longest, {std::ssize(lengths), longest}));
    return batch;
  }

 private:
  std::int64_t length_of(const Fields& record) const {
    for (const std::size_t field : options_.fields) {
      const Tensor& sequence = record[field];
      if (!sequence.defined() || sequence.rank() == 0)
        fail(where,
             fmt::format("field {} of a record is {}; expected a sequence (L, ...)", field, described(sequence)));
      const Tensor& first = record[options_.fields[0]];
      if (sequence.size(0) != first.size(0))
        fail(where, fmt::format("field {} of a record has {} entries and field {} has {}; expected one length (pad "
                                "twice, by the fields of each)",
                                options_.fields[0], first.size(0), field, sequence.size(0)));
    }
    return record[options_.fields[0]].size(0);
  }

  static void check_alike(const std::vector<Fields>& records, std::size_t field) {
    const Tensor& first = records[0][field];
    for (const Fields& record : records) {
      const Tensor& own = record[field];
      if (own.dtype() != first.dtype() ||
          !std::equal(own.shape().begin() + 1, own.shape().end(), first.shape().begin() + 1, first.shape().end()))
        fail(where, fmt::format("field {} is {} and {} in records of one batch; expected one dtype, and one shape but "
                                "for axis 0",
                                field, described(first), described(own)));
    }
  }

  SourcePtr source_;
  PaddedOptions options_;
  bool mask_;
};

}  // namespace

SourcePtr padded(const SourcePtr& source, const PaddedOptions& options, std::size_t field_count, bool mask) {
  if (options.fields.empty()) fail(where, "no fields; expected the place of one sequence or more");
  for (const std::size_t field : options.fields)
    if (field >= field_count)
      fail(where,
           fmt::format("field {} of a record of {} fields; expected 0 to {}", field, field_count, field_count - 1));
  return std::make_shared<Padded>(source, options, mask);
}

}  // namespace xgrad::data::detail
