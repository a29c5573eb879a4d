#include <autograd/io/safetensors.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <autograd/io/compress.hpp>
#include <autograd/io/elements.hpp>
#include <autograd/io/file.hpp>
#include <autograd/io/safetensors_header.hpp>
#include <autograd/io/text.hpp>

namespace xgrad {
namespace {

using io::checksum;
using io::Place;

constexpr std::size_t length_bytes = 8;
constexpr std::size_t alignment = 8;

// The checksum among the metadata. It is named twice, so that damage to one of the names is noticed.
constexpr std::string_view checksum_kind_key = "xgrad.checksum", checksum_kind = "crc32", checksum_key = "xgrad.crc32";
constexpr std::string_view no_digits = "00000000";

struct Named {
  std::string_view name;
  StoredDType dtype;
};
constexpr Named format_dtypes[] = {{"BOOL", StoredDType::boolean},
                                   {"U8", StoredDType::uint8},
                                   {"I8", StoredDType::int8},
                                   {"U16", StoredDType::uint16},
                                   {"I16", StoredDType::int16},
                                   {"U32", StoredDType::uint32},
                                   {"I32", StoredDType::int32},
                                   {"U64", StoredDType::uint64},
                                   {"I64", StoredDType::int64},
                                   {"F8_E4M3", StoredDType::float8_e4m3},
                                   {"F8_E5M2", StoredDType::float8_e5m2},
                                   {"F16", StoredDType::float16},
                                   {"BF16", StoredDType::bfloat16},
                                   {"F32", StoredDType::float32},
                                   {"F64", StoredDType::float64}};
static_assert(std::size(format_dtypes) == stored_dtypes);

std::string_view format_name(StoredDType dtype) { return std::ranges::find(format_dtypes, dtype, &Named::dtype)->name; }

// ------------------------------------------------------------------------------------------------- writing

/// A tensor on its way to the file.
struct Stored {
  StoredDType dtype;
  std::string_view bytes;
  std::size_t begin = 0;  ///< where its values lie, counted from the end of the header
};

void check_names(const Place& place, const NamedTensors& tensors, const Metadata& metadata,
                 const SafetensorsOptions& options) {
  std::unordered_set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    const Place here{place.function, place.file, name};
    if (!tensor.defined()) here.refuse("the Tensor is undefined (default-constructed or moved from)");
    if (name == io::metadata_name) here.refuse("this name is reserved for the metadata");
    if (!names.insert(name).second) here.refuse("there are two tensors of this name");
  }
  for (const std::string_view key : {checksum_kind_key, checksum_key})
    if (metadata.contains(std::string(key)))
      place.refuse(fmt::format("the name '{}' in the metadata is reserved for the file's checksum", key));
  for (const auto& [name, dtype] : options.dtypes)
    if (!names.contains(name)) place.refuse(fmt::format(".dtypes names '{}', which is no tensor", io::shown(name)));
}

std::vector<Stored> encode_all(const Place& place, const NamedTensors& tensors, const SafetensorsOptions& options,
                               std::deque<std::string>& converted) {
  std::vector<Stored> result;
  for (const auto& [name, tensor] : tensors) {
    const auto wanted = options.dtypes.find(name);
    const StoredDType dtype = wanted == options.dtypes.end() ? stored_dtype_of(tensor.dtype()) : wanted->second;
    result.push_back({dtype, io::encode({place.function, place.file, name}, tensor, dtype, converted)});
  }
  return result;
}

/// The order of the values: tensors of wide elements come first, so that all are aligned without gaps.
std::vector<std::size_t> lay_out(std::vector<Stored>& stored) {
  std::vector<std::size_t> order(stored.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return size_of(stored[i].dtype); });
  std::size_t end = 0;
  for (const std::size_t i : order) {
    stored[i].begin = end;
    end += stored[i].bytes.size();
  }
  return order;
}

/// A text in JSON, with its quotes. Throws nlohmann's exception where it is not UTF-8.
std::string json_text(std::string_view text) { return nlohmann::json(text).dump(); }

std::string metadata_text(const Metadata& metadata, bool with_checksum) {
  std::vector<std::string> items;
  if (with_checksum) {
    items.push_back(fmt::format(R"("{}":"{}")", checksum_kind_key, checksum_kind));
    items.push_back(fmt::format(R"("{}":"{}")", checksum_key, no_digits));
  }
  for (const auto& [key, text] : metadata) items.push_back(json_text(key) + ":" + json_text(text));
  return fmt::format("\"{}\":{{{}}}", io::metadata_name, fmt::join(items, ","));
}

std::string format_header(const Place& place, const NamedTensors& tensors, const std::vector<Stored>& stored,
                          const Metadata& metadata, bool with_checksum) {
  try {
    std::string text = "{";
    if (with_checksum || !metadata.empty()) text += metadata_text(metadata, with_checksum);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto& [name, tensor] = tensors[i];
      if (text.size() > 1) text += ',';
      text += fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", json_text(name),
                          format_name(stored[i].dtype), fmt::join(tensor.shape(), ","), stored[i].begin,
                          stored[i].begin + stored[i].bytes.size());
    }
    text += '}';
    text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
    return text;
  } catch (const nlohmann::json::exception& error) {
    place.refuse(fmt::format("a name or a text of the metadata cannot be written as JSON ({})", error.what()));
  }
}

/// Puts the checksum of a file's parts into its head.
void sign(std::string& head, std::span<const std::string_view> values) {
  std::uint32_t sum = checksum(0, head);
  for (const std::string_view part : values) sum = checksum(sum, part);
  const std::string digits_before = fmt::format("\"{}\":\"", checksum_key);
  const std::size_t at = head.find(digits_before) + digits_before.size();
  head.replace(at, no_digits.size(), fmt::format("{:08x}", sum));
}

// ------------------------------------------------------------------------------------------------- reading

/// A tensor of the file, checked against it.
struct Entry {
  const io::HeaderEntry* header;
  StoredDType dtype;
  Shape shape;
};

/// Takes the checksum out of the metadata and compares it with the file; false where there is none.
bool verify(const Place& place, std::string_view file, std::string_view text, const Metadata& metadata) {
  const auto kind = metadata.find(std::string(checksum_kind_key)), given = metadata.find(std::string(checksum_key));
  if (kind == metadata.end() && given == metadata.end()) return false;
  if (kind == metadata.end() || given == metadata.end()) {
    place.refuse(
        fmt::format("damaged: of the metadata '{}' and '{}', only one is there", checksum_kind_key, checksum_key));
  }
  if (kind->second != checksum_kind)
    place.refuse(
        fmt::format("its checksum is of the kind '{}'; '{}' was expected", io::shown(kind->second), checksum_kind));
  const std::string entry = fmt::format("\"{}\":\"{}\"", checksum_key, given->second);
  const std::size_t at = text.find(entry);
  if (given->second.size() != no_digits.size() || at == std::string_view::npos)
    place.refuse(
        fmt::format("its checksum is '{}', not written as eight hexadecimal digits; the file is damaged, or "
                    "another program copied the metadata (see verify_checksum)",
                    io::shown(given->second)));
  const auto before = static_cast<std::size_t>(text.data() - file.data()) + at + entry.size() - 1 - no_digits.size();
  std::uint32_t sum = checksum(checksum(0, file.substr(0, before)), no_digits);
  sum = checksum(sum, file.substr(before + no_digits.size()));
  const std::string computed = fmt::format("{:08x}", sum);
  if (computed != given->second)
    place.refuse(
        fmt::format("its checksum is {}, the file says {}: it is damaged, or another program copied the "
                    "metadata (see verify_checksum)",
                    computed, io::shown(given->second)));
  return true;
}

std::string known_dtypes() {
  std::string names;
  for (const auto& [name, dtype] : format_dtypes) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  return names;
}

Entry check_entry(const Place& place, const io::HeaderEntry& header, std::size_t available) {
  const auto known = std::ranges::find(format_dtypes, std::string_view(header.dtype), &Named::name);
  if (known == std::end(format_dtypes))
    place.refuse(fmt::format("dtype {} is not supported; {} are", io::shown(header.dtype), known_dtypes()));
  const Shape shape = io::checked_shape(place, header.shape);
  if (header.begin > header.end || header.end > available) {
    place.refuse(fmt::format("data_offsets are [{}, {}], out of the file's {} bytes of values; is it truncated?",
                             header.begin, header.end, available));
  }
  const std::uint64_t given = header.end - header.begin;
  const auto expected = static_cast<std::uint64_t>(shape.elements()) * size_of(known->dtype);
  if (given != expected) {
    place.refuse(fmt::format("{} of shape {} has {} bytes, data_offsets span {}", known->name, to_string(shape),
                             expected, given));
  }
  return {&header, known->dtype, shape};
}

/// Refuses entries that overlap or leave bytes of the file to nobody.
void check_cover(const Place& place, const std::vector<io::HeaderEntry>& entries, std::size_t available) {
  std::vector<const io::HeaderEntry*> order;
  for (const io::HeaderEntry& entry : entries) order.push_back(&entry);
  std::ranges::sort(order, {}, [](const io::HeaderEntry* entry) { return std::pair(entry->begin, entry->end); });
  std::size_t covered = 0;
  for (const io::HeaderEntry* entry : order) {
    const Place here{place.function, place.file, entry->name};
    if (entry->begin < covered) here.refuse(fmt::format("its values, from byte {}, overlap another's", entry->begin));
    if (entry->begin > covered)
      here.refuse(fmt::format("bytes {} to {} before its values belong to nobody", covered, entry->begin));
    covered = entry->end;
  }
  if (covered != available)
    place.refuse(fmt::format("{} bytes after the last tensor belong to nobody", available - covered));
}

Safetensors parse(const Place& place, std::string_view file, const LoadOptions& options) {
  io::Budget budget(place, options.max_bytes, std::numeric_limits<std::int64_t>::max());
  if (file.size() < length_bytes)
    place.refuse(fmt::format("the file has {} bytes; a safetensors file has at least {}", file.size(), length_bytes));
  const auto header_length = io::number_at<std::uint64_t>(file, 0);
  if (header_length > file.size() - length_bytes) {
    place.refuse(fmt::format("the header should have {} bytes, but {} follow; the file is truncated or not safetensors",
                             header_length, file.size() - length_bytes));
  }
  const std::string_view text = file.substr(length_bytes, header_length);
  const std::string_view values = file.substr(length_bytes + header_length);

  io::SafetensorsHeader header = io::parse_header(place, text);
  std::vector<Entry> entries;
  for (const io::HeaderEntry& entry : header.entries)
    entries.push_back(check_entry({place.function, place.file, entry.name}, entry, values.size()));
  check_cover(place, header.entries, values.size());

  Safetensors result;
  if (options.verify_checksum) result.checked = verify(place, file, text, header.metadata);
  result.metadata = std::move(header.metadata);
  for (const std::string_view key : {checksum_kind_key, checksum_key}) result.metadata.erase(std::string(key));
  for (const auto& [entry, dtype, shape] : entries) {
    const std::string_view bytes = values.substr(entry->begin, entry->end - entry->begin);
    result.tensors.emplace_back(
        entry->name, io::decode({place.function, place.file, entry->name}, bytes, shape, {.dtype = dtype}, budget));
    result.dtypes.emplace(entry->name, dtype);
  }
  return result;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata,
                      const SafetensorsOptions& options) {
  const Place place{"save_safetensors", path.string()};
  check_names(place, tensors, metadata, options);
  std::deque<std::string> converted;
  std::vector<Stored> stored = encode_all(place, tensors, options, converted);
  const std::vector<std::size_t> order = lay_out(stored);
  const std::string header = format_header(place, tensors, stored, metadata, options.checksum);

  std::string head;
  io::append(head, static_cast<std::uint64_t>(header.size()));
  head += header;
  std::vector<std::string_view> parts = {head};
  for (const std::size_t i : order) parts.push_back(stored[i].bytes);
  if (options.checksum) {
    sign(head, std::span(parts).subspan(1));
    parts[0] = head;
  }
  io::write_file(place, parts);
}

Safetensors load_safetensors(const std::filesystem::path& path, const LoadOptions& options) {
  const Place place{"load_safetensors", path.string()};
  const std::string file = io::read_file(place);
  return io::with_memory(place, file.size(), [&] { return parse(place, file, options); });
}

}  // namespace xgrad
