#include <autograd/io/safetensors_header.hpp>

#include <cstddef>
#include <limits>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <autograd/io/text.hpp>

namespace xgrad::io {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_depth = 64;

/// Takes the header token by token. What is open is known from the depth: the header (1), an entry or the metadata (2),
/// the list of an entry's shape or offsets (3), or anything under a key that is passed over.
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderReader(const Place& place) : place_(place) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { return scalar("null"); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return scalar(text); }
  bool binary(binary_t&) override { return scalar("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (field_ == Field::shape && depth() == 3) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        refuse(fmt::format("{} in the shape is beyond 64 bits", value));
      entry_.shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (field_ == Field::offsets && depth() == 3) {
      offsets_.push_back(value);
      return true;
    }
    return scalar(std::to_string(value));
  }

  bool string(string_t& text) override {
    if (depth() == 2 && in_metadata_) {
      header_.metadata.emplace(key_, std::move(text));
      return true;
    }
    if (depth() == 2 && field_ == Field::dtype) {
      entry_.dtype = std::move(text);
      return true;
    }
    return scalar(fmt::format("\"{}\"", shown(text)));
  }

  bool start_object(std::size_t) override {
    open("an object");
    if (depth() == 2) {
      in_metadata_ = key_ == metadata_name;
      entry_ = {.name = key_, .dtype = {}, .shape = {}};
      seen_ = 0;
    }
    return true;
  }

  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) refuse(fmt::format("the header has the name '{}' twice", shown(name)));
    if (depth() <= 2) key_ = name;
    if (depth() == 2) {
      field_ = in_metadata_             ? Field::other
               : name == "dtype"        ? Field::dtype
               : name == "shape"        ? Field::shape
               : name == "data_offsets" ? Field::offsets
                                        : Field::other;
      if (field_ == Field::offsets) offsets_.clear();
      seen_ |= 1U << static_cast<unsigned>(field_);
    }
    return true;
  }

  bool end_object() override {
    if (depth() == 2 && !in_metadata_) {
      for (const auto& [field, name] : {std::pair{Field::dtype, "dtype"}, std::pair{Field::shape, "shape"},
                                        std::pair{Field::offsets, "data_offsets"}})
        if ((seen_ & 1U << static_cast<unsigned>(field)) == 0) refuse(fmt::format("the entry has no '{}'", name));
      header_.entries.push_back(std::move(entry_));
    }
    close();
    return true;
  }

  bool start_array(std::size_t) override {
    open("a list");
    return true;
  }

  bool end_array() override {
    if (depth() == 3 && field_ == Field::offsets) {
      if (offsets_.size() != 2) refuse(fmt::format("data_offsets has {} numbers; two were expected", offsets_.size()));
      entry_.begin = offsets_[0];
      entry_.end = offsets_[1];
    }
    close();
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    place_.refuse(fmt::format("the header is not valid JSON ({})", shown(error.what())));
  }

 private:
  enum class Field { dtype, shape, offsets, other };

  /// How many objects and lists are open.
  std::size_t depth() const { return keys_.size(); }

  [[noreturn]] void refuse(std::string_view message) const {
    const bool of_entry = depth() >= 2 && !in_metadata_;
    Place{place_.function, place_.file, of_entry ? entry_.name : ""}.refuse(message);
  }

  /// Refuses a value of this kind where the format has none.
  void check_value(std::string_view value) const {
    if (depth() == 1 && key_ == metadata_name) refuse("the metadata is not an object of texts");
    if (depth() == 1) Place{place_.function, place_.file, key_}.refuse("the entry is not an object");
    if (depth() == 2 && in_metadata_) refuse(fmt::format("the metadata '{}' is not a text", shown(key_)));
    if (depth() == 2 && field_ == Field::dtype) refuse(fmt::format("dtype {} is not a text", value));
    if (depth() == 2 && field_ == Field::shape) refuse("the shape is not a list");
    if (depth() == 2 && field_ == Field::offsets) refuse("data_offsets is not a list");
    if (depth() == 3 && field_ == Field::shape) refuse(fmt::format("{} in the shape is not an extent", value));
    if (depth() == 3 && field_ == Field::offsets)
      refuse(fmt::format("{} in data_offsets is no offset; two numbers were expected", value));
  }

  bool scalar(const std::string& value) {
    check_value(value);
    return true;
  }

  /// Enters an object or a list, which the format has at a few places.
  void open(std::string_view what) {
    const bool object = what == "an object";
    const bool list_field = field_ == Field::shape || field_ == Field::offsets;
    if (!(depth() == 0 && object) && !(depth() == 1 && object) && !(depth() == 2 && list_field && !object))
      check_value(what);
    if (depth() == max_depth) refuse(fmt::format("the header is nested more than {} levels deep", max_depth));
    keys_.emplace_back();
  }

  void close() { keys_.pop_back(); }

  const Place& place_;
  SafetensorsHeader header_;
  std::vector<std::unordered_set<std::string>> keys_;  ///< of each object that is open; of a list none
  std::string key_;                                    ///< the last one, down to those of entries
  bool in_metadata_ = false;
  Field field_ = Field::other;
  HeaderEntry entry_;
  std::vector<std::uint64_t> offsets_;
  unsigned seen_ = 0;
};

}  // namespace

SafetensorsHeader parse_header(const Place& place, std::string_view text) {
  if (!text.starts_with('{')) place.refuse("the header does not begin with '{'; is this a safetensors file?");
  HeaderReader reader(place);
  Json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
}

}  // namespace xgrad::io
