#include <autograd/io/npz.hpp>

#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <autograd/io/file.hpp>
#include <autograd/io/zip.hpp>

namespace xgrad {
namespace {

using io::append;
using io::number_at;
using io::Place;

static_assert(std::endian::native == std::endian::little, "arrays are read and written without swapping bytes");

constexpr std::string_view npy_magic = "\x93NUMPY";

struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Parses the header's dictionary, as in {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
 public:
  HeaderParser(const Place& place, std::string_view text) : place_(place), text_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(has_descr, true))
        header.descr = quoted();
      else if (key == "fortran_order" && !std::exchange(has_order, true))
        header.fortran_order = truth();
      else if (key == "shape" && !std::exchange(has_shape, true))
        header.shape = tuple();
      else
        malformed(fmt::format("an unknown or repeated key '{}'", key));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) malformed("text after the dictionary");
    if (!has_descr || !has_order || !has_shape) malformed("'descr', 'fortran_order' or 'shape' is missing");
    return header;
  }

 private:
  [[noreturn]] void malformed(std::string_view what) const {
    place_.refuse(fmt::format("malformed npy header: {} (at character {} of \"{}\")", what, at_,
                              text_.substr(0, text_.find_last_not_of(" \n") + 1)));
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) malformed(fmt::format("expected '{}'", wanted));
  }
  std::string quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') {
      skip_space();
      if (at_ < text_.size() && text_[at_] == '[') place_.refuse("structured arrays are not supported");
      expect('\'');
    }
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) malformed("an unterminated string");
    return std::string(text_.substr(std::exchange(at_, end + 1), end - at_));
  }
  bool truth() {
    skip_space();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += std::strlen(word);
      return value;
    }
    malformed("expected True or False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(integer());
      if (!accept(',')) {
        if (extents.size() == 1) malformed("expected ','");
        expect(')');
        break;
      }
    }
    return extents;
  }
  std::int64_t integer() {
    skip_space();
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 10 - 1;
    const std::size_t start = at_;
    std::int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      if (value > limit) malformed("an extent beyond 64 bits");
      value = 10 * value + (text_[at_] - '0');
    }
    if (at_ == start) malformed("expected an extent");
    return value;
  }

  const Place& place_;
  std::string_view text_;
  std::size_t at_ = 0;
};

/// A tensor of stored elements of type Stored, converted to Value; Fortran order is turned into C order.
template <class Stored, Element Value = Stored>
Tensor convert(std::string_view bytes, const Shape& shape, bool fortran_order) {
  return make_tensor<Value>(shape, [&](std::span<Value> values) {
    const auto stored = [&](std::int64_t index) {
      return static_cast<Value>(number_at<Stored>(bytes, static_cast<std::size_t>(index) * sizeof(Stored)));
    };
    if (!fortran_order) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = stored(static_cast<std::int64_t>(i));
      return;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::int64_t rest = static_cast<std::int64_t>(i), index = 0;
      for (int axis = shape.rank() - 1; axis >= 0; --axis) {  // Horner's scheme: the first axis is the innermost
        std::int64_t stride = 1;
        for (int inner = 0; inner < axis; ++inner) stride *= shape[inner];
        index += rest % shape[axis] * stride;
        rest /= shape[axis];
      }
      values[i] = stored(index);
    }
  });
}

Tensor parse_npy(const Place& place, std::string_view bytes) {
  if (!bytes.starts_with(npy_magic))
    place.refuse("not a npy array: it does not begin with the magic string \\x93NUMPY");
  if (bytes.size() < 10) place.refuse(fmt::format("truncated: {} bytes, shorter than any npy header", bytes.size()));
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3 || bytes[7] != 0)
    place.refuse(fmt::format("npy format version {}.{} is not supported; 1.0, 2.0 and 3.0 are", version,
                             static_cast<unsigned char>(bytes[7])));
  const std::size_t start = version == 1 ? 10 : 12;
  if (bytes.size() < start) place.refuse(fmt::format("truncated: {} bytes, in the npy header", bytes.size()));
  const std::size_t length = version == 1 ? number_at<std::uint16_t>(bytes, 8) : number_at<std::uint32_t>(bytes, 8);
  if (bytes.size() - start < length)
    place.refuse(fmt::format("truncated: the npy header has {} bytes, {} are there", length, bytes.size() - start));
  const NpyHeader header = HeaderParser(place, bytes.substr(start, length)).parse();
  const std::string_view payload = bytes.substr(start + length);

  constexpr std::pair<std::string_view, std::size_t> dtypes[] = {{"<f8", 8}, {"<f4", 4}, {"<i8", 8},
                                                                 {"|b1", 1}, {"<i4", 4}, {"|u1", 1}};
  const auto dtype =
      std::ranges::find(dtypes, std::string_view(header.descr), [](const auto& pair) { return pair.first; });
  if (dtype == std::end(dtypes))
    place.refuse(
        fmt::format("dtype '{}' is not supported; '<f8', '<f4', '<i8', '<i4', '|u1' and '|b1' are", header.descr));
  if (header.shape.size() > Shape::max_rank)
    place.refuse(fmt::format("{} axes; at most {} are supported", header.shape.size(), Shape::max_rank));
  std::size_t expected = dtype->second;
  for (const std::int64_t extent : header.shape)
    if (__builtin_mul_overflow(expected, static_cast<std::size_t>(extent), &expected))
      place.refuse("its shape has more elements than memory can hold");
  const Shape shape(header.shape);
  if (payload.size() != expected)
    place.refuse(fmt::format("its header announces {} bytes of data (shape {}, dtype '{}'), {} are there", expected,
                             to_string(shape), header.descr, payload.size()));

  if (header.descr == "<f8") return convert<double>(payload, shape, header.fortran_order);
  if (header.descr == "<f4") return convert<float>(payload, shape, header.fortran_order);
  if (header.descr == "<i8") return convert<std::int64_t>(payload, shape, header.fortran_order);
  if (header.descr == "<i4") return convert<std::int32_t, std::int64_t>(payload, shape, header.fortran_order);
  if (header.descr == "|u1") return convert<std::uint8_t, std::int64_t>(payload, shape, header.fortran_order);
  const auto other = std::ranges::find_if(payload, [](char byte) { return byte != 0 && byte != 1; });
  if (other != payload.end())
    place.refuse(fmt::format("bool element {} is neither 0 nor 1 but {}", other - payload.begin(),
                             static_cast<unsigned char>(*other)));
  return convert<std::uint8_t, bool>(payload, shape, header.fortran_order);
}

std::string format_npy(const Tensor& tensor) {
  constexpr std::string_view names[] = {"|b1", "<i8", "<f4", "<f8"};
  std::string shape;
  for (const std::int64_t extent : tensor.shape()) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
  if (tensor.rank() == 1) shape += ',';
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   names[static_cast<std::size_t>(tensor.dtype())], shape);
  header.append(63 - (10 + header.size()) % 64, ' ');  // so that the data begin at a multiple of 64 bytes
  header += '\n';

  std::string bytes(npy_magic);
  append(bytes, std::uint8_t{1}, std::uint8_t{0}, static_cast<std::uint16_t>(header.size()));
  bytes += header;
  const auto append_data = [&]<class T>(std::span<const T> values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  };
  switch (tensor.dtype()) {
    case DType::boolean:
      append_data(tensor.data<bool>());
      break;
    case DType::int64:
      append_data(tensor.data<std::int64_t>());
      break;
    case DType::float32:
      append_data(tensor.data<float>());
      break;
    case DType::float64:
      append_data(tensor.data<double>());
      break;
  }
  return bytes;
}

}  // namespace

Tensor load_npy(const std::filesystem::path& path) {
  const Place place{"load_npy", path.string()};
  return parse_npy(place, io::read_file(place));
}

std::map<std::string, Tensor> load_npz(const std::filesystem::path& path) {
  const Place place{"load_npz", path.string()};
  std::map<std::string, Tensor> tensors;
  for (const auto& [member, bytes] : io::read_zip(place)) {
    const Place here{place.function, place.file, member};
    const std::string name = member.ends_with(".npy") ? member.substr(0, member.size() - 4) : member;
    if (!tensors.emplace(name, parse_npy(here, bytes)).second) here.refuse("there are two members of this name");
  }
  return tensors;
}

void save_npy(const std::filesystem::path& path, const Tensor& tensor) {
  io::write_file({"save_npy", path.string()}, format_npy(tensor));
}

void save_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
              const NpzOptions& options) {
  const Place place{"save_npz", path.string()};
  std::vector<io::ZipMember> members;
  for (const auto& [name, tensor] : tensors) {
    if (name.empty()) place.refuse("a tensor has an empty name");
    members.push_back({name + ".npy", format_npy(tensor)});
  }
  const bool deflated = options.compression == NpzCompression::deflated;
  io::write_zip(place, members, deflated ? io::ZipMethod::deflated : io::ZipMethod::stored);
}

}  // namespace xgrad
