#include <autograd/io/npz.hpp>

#include <algorithm>
#include <deque>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <autograd/io/elements.hpp>
#include <autograd/io/file.hpp>
#include <autograd/io/text.hpp>
#include <autograd/io/zip.hpp>

namespace xgrad {
namespace {

using io::append;
using io::number_at;
using io::Place;

constexpr std::string_view npy_magic = "\x93NUMPY";
constexpr std::int64_t default_npz_bytes = std::int64_t{1} << 32;

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
        malformed(fmt::format("an unknown or repeated key '{}'", io::shown(key)));
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
                              io::shown(text_.substr(0, text_.find_last_not_of(" \n") + 1))));
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
    const std::size_t begin = std::exchange(at_, end + 1);
    return std::string(text_.substr(begin, end - begin));
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
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2's long
    return value;
  }

  const Place& place_;
  std::string_view text_;
  std::size_t at_ = 0;
};

/// The letters of NumPy's type strings, and the types of our tensors' elements among them.
struct Named {
  std::string_view name;
  StoredDType dtype;
};
constexpr Named npy_dtypes[] = {
    {"b1", StoredDType::boolean}, {"u1", StoredDType::uint8},   {"i1", StoredDType::int8},
    {"u2", StoredDType::uint16},  {"i2", StoredDType::int16},   {"u4", StoredDType::uint32},
    {"i4", StoredDType::int32},   {"u8", StoredDType::uint64},  {"i8", StoredDType::int64},
    {"f2", StoredDType::float16}, {"f4", StoredDType::float32}, {"f8", StoredDType::float64}};

/// NumPy's names of the types that no tensor has, for the error.
std::string_view kind_of(char letter) {
  constexpr std::pair<char, std::string_view> kinds[] = {
      {'c', "complex numbers"}, {'O', "Python objects"}, {'S', "byte strings"}, {'a', "byte strings"}, {'U', "text"},
      {'V', "raw bytes"},       {'M', "points in time"}, {'m', "spans of time"}};
  for (const auto& [kind, name] : kinds)
    if (kind == letter) return name;
  return "unknown to this reader";
}

/// A type string as '<f4': byte order ('<', '>', '=' or '|'), kind, bytes of an element.
io::Layout parse_descr(const Place& place, const std::string& descr) {
  const bool ordered = !descr.empty() && std::string_view("<>=|").find(descr[0]) != std::string_view::npos;
  const std::string_view name = std::string_view(descr).substr(ordered ? 1 : 0);
  for (const auto& [known, dtype] : npy_dtypes)
    if (known == name) return {.dtype = dtype, .big_endian = descr[0] == '>' && size_of(dtype) > 1};
  place.refuse(
      fmt::format("dtype '{}' ({}) is not supported; bool, integers of 8 to 64 bits and floating-point numbers "
                  "of 16 to 64 bits ('|b1', '|u1', '<i4', '>f8', ...) are",
                  io::shown(descr), name.empty() ? "nothing" : kind_of(name[0])));
}

Tensor parse_npy(const Place& place, std::string_view bytes, io::Budget& budget) {
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

  io::Layout layout = parse_descr(place, header.descr);
  layout.fortran_order = header.fortran_order;
  const Shape shape = io::checked_shape(place, header.shape);
  const auto expected = static_cast<std::size_t>(shape.elements()) * size_of(layout.dtype);
  if (payload.size() != expected)
    place.refuse(fmt::format("its header announces {} bytes of data (shape {}, dtype '{}'), {} are there", expected,
                             to_string(shape), header.descr, payload.size()));
  return io::decode(place, payload, shape, layout, budget);
}

/// A .npy file in two parts; see io::encode for the life of the second.
struct Npy {
  std::string header;
  std::string_view data;
};

Npy format_npy(const Place& place, const Tensor& tensor, std::optional<StoredDType> wanted,
               std::deque<std::string>& converted) {
  if (!tensor.defined()) place.refuse("the Tensor is undefined (default-constructed or moved from)");
  const StoredDType dtype = wanted.value_or(stored_dtype_of(tensor.dtype()));
  const auto named = std::ranges::find(npy_dtypes, dtype, &Named::dtype);
  if (named == std::end(npy_dtypes)) place.refuse(fmt::format("NumPy has no dtype {}", to_string(dtype)));
  std::string shape;
  for (const std::int64_t extent : tensor.shape()) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
  if (tensor.rank() == 1) shape += ',';
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                   size_of(dtype) == 1 ? '|' : '<', named->name, shape);
  header.append(63 - (10 + header.size()) % 64, ' ');  // so that the data begin at a multiple of 64 bytes
  header += '\n';

  Npy npy{.header = std::string(npy_magic), .data = io::encode(place, tensor, dtype, converted)};
  append(npy.header, std::uint8_t{1}, std::uint8_t{0}, static_cast<std::uint16_t>(header.size()));
  npy.header += header;
  return npy;
}

}  // namespace

Tensor load_npy(const std::filesystem::path& path, const LoadOptions& options) {
  const Place place{"load_npy", path.string()};
  io::Budget budget(place, options.max_bytes, std::numeric_limits<std::int64_t>::max());
  const std::string bytes = io::read_file(place);
  return parse_npy(place, bytes, budget);
}

std::map<std::string, Tensor> load_npz(const std::filesystem::path& path, const LoadOptions& options) {
  const Place place{"load_npz", path.string()};
  io::Budget budget(place, options.max_bytes, default_npz_bytes);
  std::map<std::string, Tensor> tensors;
  io::read_zip(place, {static_cast<std::uint64_t>(budget.limit()), options.verify_checksum},
               [&](const std::string& member, std::string_view bytes) {
                 const Place here{place.function, place.file, member};
                 const std::string name = member.ends_with(".npy") ? member.substr(0, member.size() - 4) : member;
                 if (!tensors.emplace(name, parse_npy(here, bytes, budget)).second)
                   here.refuse("there are two members of this name");
               });
  return tensors;
}

void save_npy(const std::filesystem::path& path, const Tensor& tensor, const NpyOptions& options) {
  const Place place{"save_npy", path.string()};
  std::deque<std::string> converted;
  const Npy npy = format_npy(place, tensor, options.dtype, converted);
  const std::string_view parts[] = {npy.header, npy.data};
  io::write_file(place, parts);
}

void save_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
              const NpzOptions& options) {
  const Place place{"save_npz", path.string()};
  for (const auto& [name, dtype] : options.dtypes)
    if (!tensors.contains(name)) place.refuse(fmt::format(".dtypes names '{}', which is no tensor", io::shown(name)));
  std::vector<io::ZipMember> members;
  for (const auto& [name, tensor] : tensors) {
    if (name.empty()) place.refuse("a tensor has an empty name");
    const auto dtype = options.dtypes.find(name);
    const auto wanted = dtype == options.dtypes.end() ? std::nullopt : std::optional(dtype->second);
    const Place here{place.function, place.file, name + ".npy"};
    std::deque<std::string> converted;
    const Npy npy = format_npy(here, tensor, wanted, converted);
    const std::size_t size = npy.header.size() + npy.data.size();
    io::with_memory(here, size, [&] {
      members.push_back({here.member, npy.header});
      members.back().bytes.reserve(size);
      members.back().bytes += npy.data;
    });
  }
  const bool deflated = options.compression == NpzCompression::deflated;
  std::size_t total = 0;
  for (const io::ZipMember& member : members) total += member.bytes.size();
  io::with_memory(place, total,
                  [&] { io::write_zip(place, members, deflated ? io::ZipMethod::deflated : io::ZipMethod::stored); });
}

}  // namespace xgrad
