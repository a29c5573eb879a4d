#include <autograd/io/safetensors.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <autograd/io/file.hpp>

namespace xgrad {
namespace {

using io::Place;
using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "values are stored little-endian, as they lie in memory");

constexpr std::size_t length_bytes = 8;
constexpr std::size_t alignment = 8;
constexpr const char* metadata_key = "__metadata__";

/// Where the values of a tensor lie, counted from the end of the header.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Entry {
  std::string name;
  DType dtype = float32;
  Shape shape;
  Extent bytes;
};

std::string_view format_name(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return "BOOL";
    case DType::int64:
      return "I64";
    case DType::float32:
      return "F32";
    case DType::float64:
      break;
  }
  return "F64";
}

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DType dtype : {boolean, int64, float32, float64})
    if (format_name(dtype) == name) return dtype;
  return std::nullopt;
}

/// Calls f with a value of the C++ type of a dtype.
template <class F>
decltype(auto) with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
      return f(bool{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::float32:
      return f(float{});
    case DType::float64:
      break;
  }
  return f(double{});
}

// ------------------------------------------------------------------------------------------------- writing

/// The places of the values: tensors of wide elements come first, so that all are aligned without gaps.
std::vector<Extent> lay_out(const NamedTensors& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto width = [&](std::size_t i) { return size_of(tensors[i].second.dtype()); };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return width(a) > width(b); });

  std::vector<Extent> places(tensors.size());
  std::size_t end = 0;
  for (const std::size_t i : order) {
    const std::size_t begin = end;
    end += static_cast<std::size_t>(tensors[i].second.size()) * width(i);
    places[i] = {begin, end};
  }
  return places;
}

void check_names(const Place& place, const NamedTensors& tensors) {
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    const Place here{place.function, place.file, name};
    if (!tensor.defined()) here.refuse("the Tensor is undefined (default-constructed or moved from)");
    if (name == metadata_key) here.refuse("this name is reserved for the metadata");
    if (!names.insert(name).second) here.refuse("there are two tensors of this name");
  }
}

std::string format_header(const Place& place, const NamedTensors& tensors, const Metadata& metadata,
                          const std::vector<Extent>& places) {
  Json header = Json::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    header[name] = {{"dtype", format_name(tensor.dtype())},
                    {"shape", std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end())},
                    {"data_offsets", {places[i].begin, places[i].end}}};
  }
  try {
    std::string text = header.dump();
    text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
    return text;
  } catch (const Json::exception& error) {
    place.refuse(fmt::format("a name or a text of the metadata cannot be written as JSON ({})", error.what()));
  }
}

// ------------------------------------------------------------------------------------------------- reading

/// The header as JSON; a key given twice in one object, which JSON libraries take silently, is refused.
Json parse_header(const Place& place, std::string_view text) {
  std::vector<std::set<std::string>> keys;  // by depth
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    const auto level = static_cast<std::size_t>(depth);
    if (event == Json::parse_event_t::object_start) {
      keys.resize(level + 2);
      keys.back().clear();
    } else if (event == Json::parse_event_t::key && !keys[level].insert(value.get<std::string>()).second) {
      place.refuse(fmt::format("the header has the name '{}' twice", value.get<std::string>()));
    }
    return true;
  };
  if (!text.starts_with('{')) place.refuse("the header does not begin with '{'; is this a safetensors file?");
  try {
    return Json::parse(text.begin(), text.end(), check);
  } catch (const Json::exception& error) {
    place.refuse(fmt::format("the header is not valid JSON ({})", error.what()));
  }
}

Metadata parse_metadata(const Place& place, const Json& value) {
  if (!value.is_object()) place.refuse("the metadata is not an object of texts");
  Metadata metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) place.refuse(fmt::format("the metadata '{}' is not a text", key));
    metadata.emplace(key, text.get<std::string>());
  }
  return metadata;
}

Shape parse_shape(const Place& place, const Json& value) {
  if (!value.is_array()) place.refuse("the shape is not a list");
  if (value.size() > Shape::max_rank)
    place.refuse(fmt::format("the shape has {} axes; at most {} are supported", value.size(), Shape::max_rank));
  constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / sizeof(double);
  std::uint64_t count = 1;
  Shape shape;
  for (const Json& item : value) {
    if (!item.is_number_unsigned()) place.refuse(fmt::format("{} in the shape is not an extent", item.dump()));
    const auto extent = item.get<std::uint64_t>();
    if (extent > limit / count) place.refuse(fmt::format("the shape {} overflows", value.dump()));
    count *= std::max<std::uint64_t>(extent, 1);
    shape.push_back(static_cast<std::int64_t>(extent));
  }
  return shape;
}

Extent parse_offsets(const Place& place, const Json& value, std::size_t available) {
  if (!value.is_array() || value.size() != 2 || !value[0].is_number_unsigned() || !value[1].is_number_unsigned())
    place.refuse(fmt::format("data_offsets are {}; two numbers were expected", value.dump()));
  const auto begin = value[0].get<std::uint64_t>(), end = value[1].get<std::uint64_t>();
  if (begin > end || end > available) {
    place.refuse(fmt::format("data_offsets are [{}, {}], out of the file's {} bytes of values; is it truncated?", begin,
                             end, available));
  }
  return {begin, end};
}

Entry parse_entry(const Place& place, const Json& value, std::size_t available) {
  if (!value.is_object()) place.refuse("the entry is not an object");
  for (const char* key : {"dtype", "shape", "data_offsets"})
    if (!value.contains(key)) place.refuse(fmt::format("the entry has no '{}'", key));
  const std::string dtype_name = value["dtype"].is_string() ? value["dtype"].get<std::string>() : value["dtype"].dump();
  const std::optional<DType> dtype = parse_dtype(dtype_name);
  if (!dtype) place.refuse(fmt::format("dtype {} is not supported; F32, F64, I64 and BOOL are", dtype_name));

  Entry entry{.name = place.member, .dtype = *dtype, .shape = parse_shape(place, value["shape"]), .bytes = {}};
  entry.bytes = parse_offsets(place, value["data_offsets"], available);
  const std::size_t given = entry.bytes.end - entry.bytes.begin;
  const std::size_t expected = static_cast<std::size_t>(entry.shape.elements()) * size_of(*dtype);
  if (given != expected) {
    place.refuse(fmt::format("{} of shape {} has {} bytes, data_offsets span {}", dtype_name, to_string(entry.shape),
                             expected, given));
  }
  return entry;
}

/// Refuses entries that overlap or leave bytes of the file to nobody.
void check_cover(const Place& place, std::vector<Entry> entries, std::size_t available) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.bytes.begin, a.bytes.end) < std::pair(b.bytes.begin, b.bytes.end);
  });
  std::size_t covered = 0;
  for (const Entry& entry : entries) {
    const Place here{place.function, place.file, entry.name};
    if (entry.bytes.begin < covered)
      here.refuse(fmt::format("its values, from byte {}, overlap another's", entry.bytes.begin));
    if (entry.bytes.begin > covered)
      here.refuse(fmt::format("bytes {} to {} before its values belong to nobody", covered, entry.bytes.begin));
    covered = entry.bytes.end;
  }
  if (covered != available)
    place.refuse(fmt::format("{} bytes after the last tensor belong to nobody", available - covered));
}

Tensor read_tensor(const Place& place, const Entry& entry, std::string_view values) {
  const std::string_view bytes = values.substr(entry.bytes.begin, entry.bytes.end - entry.bytes.begin);
  if (entry.dtype == boolean &&
      std::any_of(bytes.begin(), bytes.end(), [](char byte) { return byte != 0 && byte != 1; }))
    place.refuse("a bool is stored as a byte other than 0 and 1");
  return with_type(entry.dtype, [&](auto type) {
    using T = decltype(type);
    return make_tensor<T>(entry.shape, [&](std::span<T> out) {
      std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(out.data()));
    });
  });
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata) {
  const Place place{"save_safetensors", path.string()};
  check_names(place, tensors);
  const std::vector<Extent> places = lay_out(tensors);
  const std::string header = format_header(place, tensors, metadata, places);

  std::string file;
  io::append(file, static_cast<std::uint64_t>(header.size()));
  file += header;
  const std::size_t start = file.size();
  for (const Extent& extent : places) file.resize(std::max(file.size(), start + extent.end));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    with_type(tensors[i].second.dtype(), [&](auto type) {
      const auto bytes = std::as_bytes(tensors[i].second.data<decltype(type)>());
      std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(file.data() + start + places[i].begin));
    });
  }
  io::write_file(place, file);
}

Safetensors load_safetensors(const std::filesystem::path& path) {
  const Place place{"load_safetensors", path.string()};
  const std::string file = io::read_file(place);
  if (file.size() < length_bytes)
    place.refuse(fmt::format("the file has {} bytes; a safetensors file has at least {}", file.size(), length_bytes));
  const auto header_length = io::number_at<std::uint64_t>(file, 0);
  if (header_length > file.size() - length_bytes) {
    place.refuse(fmt::format("the header should have {} bytes, but {} follow; the file is truncated or not safetensors",
                             header_length, file.size() - length_bytes));
  }
  const std::string_view text = std::string_view(file).substr(length_bytes, header_length);
  const std::string_view values = std::string_view(file).substr(length_bytes + header_length);

  Safetensors result;
  std::vector<Entry> entries;
  const Json header = parse_header(place, text);
  for (const auto& [name, value] : header.items()) {
    if (name == metadata_key)
      result.metadata = parse_metadata(place, value);
    else
      entries.push_back(parse_entry({place.function, place.file, name}, value, values.size()));
  }
  check_cover(place, entries, values.size());
  for (const Entry& entry : entries)
    result.tensors.emplace_back(entry.name, read_tensor({place.function, place.file, entry.name}, entry, values));
  return result;
}

}  // namespace xgrad
