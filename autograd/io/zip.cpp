#include <autograd/io/zip.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <autograd/io/compress.hpp>
#include <autograd/io/inflate.hpp>
#include <autograd/io/text.hpp>

namespace xgrad::io {
namespace {

static_assert(std::endian::native == std::endian::little, "archives are read and written without swapping bytes");

// The records: local header (4.3.7), central directory (4.3.12), end of central directory (4.3.16); of zip64 the end of
// central directory (4.3.14), its locator (4.3.15) and the extra field of a directory's entry (4.5.3).
constexpr std::uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50, end_signature = 0x06054b50;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22;
constexpr std::uint32_t zip64_end_signature = 0x06064b50, zip64_locator_signature = 0x07064b50;
constexpr std::size_t zip64_end_size = 56, zip64_locator_size = 20;
constexpr std::uint16_t zip64_extra = 1, version_made_by = 20;
/// A number that does not fit its field and is kept in the zip64 record instead.
constexpr std::uint32_t zip64_marker = 0xffffffff;
constexpr std::uint16_t zip64_count_marker = 0xffff;
constexpr std::uint16_t encrypted_flag = 1, utf8_flag = 1 << 11;

/// The comment of an archive that write_zip wrote: this, and the CRC-32 of the whole file in eight hexadecimal digits,
/// computed with zeros in their place.
constexpr std::string_view checksum_mark = "xgrad.crc32 ", no_digits = "00000000";

/// The entry of a member in the central directory.
struct Entry {
  std::string raw_name;
  std::uint16_t flags, method;
  std::uint32_t crc;
  std::uint64_t compressed_size, size, offset;
  std::string name = {};       ///< as UTF-8
  std::string_view data = {};  ///< as stored in the file
};

/// Where the record that ends the archive begins: it is the last one, before an optional comment.
std::size_t find_end_record(const Place& place, std::string_view file) {
  for (std::size_t back = end_size; back <= std::min<std::size_t>(file.size(), end_size + 0xffff); ++back) {
    const std::size_t at = file.size() - back;
    if (number_at<std::uint32_t>(file, at) == end_signature &&
        number_at<std::uint16_t>(file, at + 20) == back - end_size)
      return at;
  }
  place.refuse("not a zip archive, or truncated: the end of its central directory is not there");
}

/// The checksum of a file with its digits at `at`.
std::string digits_of(std::string_view file, std::size_t at) {
  const std::uint32_t sum = checksum(checksum(0, file.substr(0, at)), no_digits);
  return fmt::format("{:08x}", checksum(sum, file.substr(at + no_digits.size())));
}

/// Compares a file with the checksum in its comment, where it has one. A comment of that length that has a quarter of
/// the mark's characters is taken for a damaged one.
void verify(const Place& place, std::string_view file) {
  const std::size_t begin = find_end_record(place, file) + end_size;
  const std::string_view comment = file.substr(begin);
  if (comment.size() != checksum_mark.size() + no_digits.size()) return;
  std::size_t same = 0;
  for (std::size_t i = 0; i < checksum_mark.size(); ++i) same += comment[i] == checksum_mark[i];
  if (same < checksum_mark.size() / 4) return;
  const std::string_view given = comment.substr(checksum_mark.size());
  const std::string computed = digits_of(file, begin + checksum_mark.size());
  if (given != computed)
    place.refuse(
        fmt::format("its checksum is {}, the file says {}: it is damaged, or another program changed it (see "
                    "verify_checksum)",
                    computed, shown(given)));
}

/// Where the central directory lies, and how many entries it has.
struct Directory {
  std::uint64_t start, size, count;
  std::size_t end;  ///< where the record behind it begins
};

/// The directory of an archive whose numbers do not fit the fields of its end record.
Directory find_zip64_directory(const Place& place, std::string_view file, std::size_t end) {
  const auto damaged = [&] { place.refuse("damaged: the zip64 end of its central directory is not there"); };
  if (end < zip64_locator_size) damaged();
  const std::size_t locator = end - zip64_locator_size;
  if (number_at<std::uint32_t>(file, locator) != zip64_locator_signature) damaged();
  const auto at = number_at<std::uint64_t>(file, locator + 8);
  if (at > locator || locator - at < zip64_end_size || number_at<std::uint32_t>(file, at) != zip64_end_signature)
    damaged();
  if (number_at<std::uint32_t>(file, locator + 4) != 0 || number_at<std::uint32_t>(file, at + 16) != 0 ||
      number_at<std::uint64_t>(file, at + 24) != number_at<std::uint64_t>(file, at + 32))
    place.refuse("an archive of several disks is not supported");
  return {.start = number_at<std::uint64_t>(file, at + 48),
          .size = number_at<std::uint64_t>(file, at + 40),
          .count = number_at<std::uint64_t>(file, at + 32),
          .end = static_cast<std::size_t>(at)};
}

Directory find_directory(const Place& place, std::string_view file) {
  const std::size_t end = find_end_record(place, file);
  Directory found{.start = number_at<std::uint32_t>(file, end + 16),
                  .size = number_at<std::uint32_t>(file, end + 12),
                  .count = number_at<std::uint16_t>(file, end + 10),
                  .end = end};
  if (number_at<std::uint16_t>(file, end + 4) != 0 || number_at<std::uint16_t>(file, end + 8) != found.count)
    place.refuse("an archive of several disks is not supported");
  if (found.start == zip64_marker || found.size == zip64_marker || found.count == zip64_count_marker)
    found = find_zip64_directory(place, file, end);
  if (found.start > found.end || found.size != found.end - found.start) {
    place.refuse(fmt::format("its central directory has {} bytes from byte {} on, but the record after it begins at {}",
                             found.size, found.start, found.end));
  }
  return found;
}

/// Takes the numbers of an entry that do not fit its fields from the zip64 extra field.
void read_zip64_extra(const Place& place, std::string_view extra, Entry& entry) {
  std::uint64_t* const wide[] = {&entry.size, &entry.compressed_size, &entry.offset};
  if (std::ranges::none_of(wide, [](const std::uint64_t* number) { return *number == zip64_marker; })) return;
  while (extra.size() >= 4) {
    const auto id = number_at<std::uint16_t>(extra, 0), size = number_at<std::uint16_t>(extra, 2);
    extra.remove_prefix(4);
    if (size > extra.size()) break;
    if (id == zip64_extra) {
      std::string_view numbers = extra.substr(0, size);
      for (std::uint64_t* number : wide) {
        if (*number != zip64_marker) continue;
        if (numbers.size() < 8) break;
        *number = number_at<std::uint64_t>(numbers, 0);
        numbers.remove_prefix(8);
      }
      if (entry.size != zip64_marker && entry.compressed_size != zip64_marker && entry.offset != zip64_marker) return;
      break;
    }
    extra.remove_prefix(size);
  }
  place.refuse("damaged: an entry of its central directory lacks its zip64 numbers");
}

std::vector<Entry> read_directory(const Place& place, std::string_view file, const Directory& directory) {
  const auto start = static_cast<std::size_t>(directory.start), end = directory.end;
  std::vector<Entry> entries;
  for (std::size_t at = start; at < end;) {
    const auto damaged = [&] { place.refuse(fmt::format("damaged central directory at byte {}", at)); };
    if (end - at < central_size || number_at<std::uint32_t>(file, at) != central_signature) damaged();
    const std::size_t name_size = number_at<std::uint16_t>(file, at + 28);
    const std::size_t extra_size = number_at<std::uint16_t>(file, at + 30);
    const std::size_t comment_size = number_at<std::uint16_t>(file, at + 32);
    const std::size_t record_size = central_size + name_size + extra_size + comment_size;
    if (end - at < record_size) damaged();
    entries.push_back({.raw_name = std::string(file.substr(at + central_size, name_size)),
                       .flags = number_at<std::uint16_t>(file, at + 8),
                       .method = number_at<std::uint16_t>(file, at + 10),
                       .crc = number_at<std::uint32_t>(file, at + 16),
                       .compressed_size = number_at<std::uint32_t>(file, at + 20),
                       .size = number_at<std::uint32_t>(file, at + 24),
                       .offset = number_at<std::uint32_t>(file, at + 42)});
    read_zip64_extra(place, file.substr(at + central_size + name_size, extra_size), entries.back());
    at += record_size;
  }
  if (entries.size() != directory.count) {
    place.refuse(
        fmt::format("its central directory lists {} members and announces {}", entries.size(), directory.count));
  }
  return entries;
}

std::string decode_name(const Place& place, const Entry& entry) {
  if (is_utf8(entry.raw_name)) return entry.raw_name;
  std::string name = from_cp437(entry.raw_name);
  if ((entry.flags & utf8_flag) != 0)
    place.refuse(fmt::format("a member's name is marked as UTF-8 and is not: '{}' in code page 437", shown(name)));
  return name;
}

/// The bytes of a member in the file.
std::string_view find_data(const Place& place, std::string_view file, const Entry& entry) {
  const std::uint64_t offset = entry.offset;
  if (offset > file.size() || file.size() - offset < local_size ||
      number_at<std::uint32_t>(file, offset) != local_signature)
    place.refuse(fmt::format("no member begins at byte {}, where the central directory says it does", offset));
  if (((number_at<std::uint16_t>(file, offset + 6) | entry.flags) & encrypted_flag) != 0)
    place.refuse("encrypted members are not supported");
  const std::size_t name_size = number_at<std::uint16_t>(file, offset + 26);
  const std::uint64_t start = offset + local_size + name_size + number_at<std::uint16_t>(file, offset + 28);
  if (file.substr(offset + local_size, name_size) != entry.raw_name)
    place.refuse("its local header has another name than the central directory");
  if (start > file.size() || entry.compressed_size > file.size() - start)
    place.refuse(fmt::format("truncated: {} bytes from byte {} on exceed the file's {}", entry.compressed_size, start,
                             file.size()));
  if (entry.method == static_cast<std::uint16_t>(ZipMethod::deflated)) {
    if (entry.size > best_deflate_ratio * entry.compressed_size + 64)
      place.refuse(fmt::format("{} bytes cannot inflate to the announced {}", entry.compressed_size, entry.size));
  } else if (entry.method != static_cast<std::uint16_t>(ZipMethod::stored)) {
    place.refuse(fmt::format("compression method {} is not supported; stored (0) and deflated (8) are", entry.method));
  } else if (entry.size != entry.compressed_size) {
    place.refuse(fmt::format("stored with {} bytes, but announces {}", entry.compressed_size, entry.size));
  }
  return file.substr(start, entry.compressed_size);
}

/// Refuses members that share bytes with each other or with the directory.
void check_apart(const Place& place, std::string_view file, const std::vector<Entry>& entries,
                 std::uint64_t directory) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return entries[i].offset; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Entry& entry = entries[order[i]];
    const auto end = static_cast<std::size_t>(entry.data.data() + entry.data.size() - file.data());
    const Place here{place.function, place.file, entry.name};
    if (end > directory) here.refuse("its bytes reach into the central directory");
    if (i + 1 < order.size() && end > entries[order[i + 1]].offset)
      here.refuse(fmt::format("its bytes overlap those of member '{}'", shown(entries[order[i + 1]].name)));
  }
}

/// Everything that the directory says, checked against the file.
std::vector<Entry> read_entries(const Place& place, std::string_view file, std::uint64_t max_bytes) {
  const Directory directory = find_directory(place, file);
  std::vector<Entry> entries = read_directory(place, file, directory);
  std::uint64_t total = 0;
  for (Entry& entry : entries) {
    entry.name = decode_name(place, entry);
    entry.data = find_data({place.function, place.file, entry.name}, file, entry);
    total += entry.size;
  }
  check_apart(place, file, entries, directory.start);
  if (total > max_bytes)
    place.refuse(fmt::format("its members have {} bytes, more than the {} that .max_bytes allows", total, max_bytes));
  return entries;
}

/// Inflates to the announced size, in memory that grows with what comes out.
std::string inflate_bytes(const Place& place, std::string_view compressed, std::size_t size) {
  Inflater inflater(
      Compression::deflate, [rest = compressed]() mutable { return std::exchange(rest, {}); },
      [&](std::string_view message) { place.refuse(message); });
  std::string bytes;
  for (std::size_t done = 0; done < size; done = bytes.size()) {
    const std::size_t next = std::min(size, std::max<std::size_t>(2 * done, 4 * compressed.size() + 4096));
    with_memory(place, next, [&] { bytes.resize(next); });
    const std::size_t count = inflater.read(std::span(bytes).subspan(done));
    if (count < next - done)
      place.refuse(fmt::format("damaged deflate data: {} of {} bytes came out", done + count, size));
  }
  inflater.expect_end();
  return bytes;
}

/// Gives the bytes of one member, checked against its size and checksum, to f.
template <class F>
void extract(const Place& place, const Entry& entry, F&& f) {
  std::string inflated;
  std::string_view bytes = entry.data;
  if (entry.method == static_cast<std::uint16_t>(ZipMethod::deflated))
    bytes = inflated = inflate_bytes(place, entry.data, static_cast<std::size_t>(entry.size));
  if (checksum(0, bytes) != entry.crc)
    place.refuse(fmt::format("its CRC-32 is {:08x}, the archive says {:08x}", checksum(0, bytes), entry.crc));
  f(entry.name, bytes);
}

/// A number as its field of 32 bits holds it.
std::uint32_t narrow(std::uint64_t number) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, zip64_marker));
}

/// The zip64 extra field for those of the numbers that need it; empty where none does.
std::string zip64_extra_of(std::span<const std::uint64_t> numbers) {
  std::string wide;
  for (const std::uint64_t number : numbers)
    if (number >= zip64_marker) append(wide, number);
  if (wide.empty()) return {};
  std::string extra;
  append(extra, zip64_extra, static_cast<std::uint16_t>(wide.size()));
  return extra + wide;
}

/// The fields that local header and central directory share, from "version needed" to the length of the extra field.
void append_common(std::string& bytes, const Entry& entry, std::size_t extra_size) {
  const std::uint16_t version = extra_size == 0 ? 20 : 45;
  constexpr std::uint16_t time = 0, date = (1 << 5) | 1;  // 1 January 1980: no clock in the bytes
  append(bytes, version, entry.flags, entry.method, time, date, entry.crc, narrow(entry.compressed_size),
         narrow(entry.size), static_cast<std::uint16_t>(entry.raw_name.size()), static_cast<std::uint16_t>(extra_size));
}

/// The records that end an archive whose directory lies at `start`, and the mark of its checksum.
void append_end(std::string& file, std::uint64_t count, std::uint64_t size, std::uint64_t start) {
  constexpr std::uint16_t disk = 0, version = 45;
  constexpr auto comment_size = static_cast<std::uint16_t>(checksum_mark.size() + no_digits.size());
  constexpr std::uint32_t wide_disk = 0, disks = 1;
  if (count >= zip64_count_marker || size >= zip64_marker || start >= zip64_marker) {
    const std::uint64_t at = file.size();
    append(file, zip64_end_signature, std::uint64_t{zip64_end_size - 12}, version, version, wide_disk, wide_disk, count,
           count, size, start);
    append(file, zip64_locator_signature, wide_disk, at, disks);
  }
  const auto members = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, zip64_count_marker));
  append(file, end_signature, disk, disk, members, members, narrow(size), narrow(start), comment_size);
  file += checksum_mark;
}

}  // namespace

void read_zip(const Place& place, const ZipLimits& limits,
              const std::function<void(const std::string& name, std::string_view bytes)>& use) {
  const std::string file = read_file(place);
  if (limits.verify_checksum) verify(place, file);
  for (const Entry& entry : read_entries(place, file, limits.max_bytes))
    extract({place.function, place.file, entry.name}, entry, use);
}

void write_zip(const Place& place, const std::vector<ZipMember>& members, ZipMethod method) {
  std::string file, directory;
  for (const auto& [name, bytes] : members) {
    const Place here{place.function, place.file, name};
    if (!is_utf8(name)) here.refuse("its name is not UTF-8");
    if (name.size() > 0xffff) here.refuse("its name is longer than 65535 bytes");
    const std::string stored = method == ZipMethod::deflated ? deflated(here, bytes) : bytes;
    const Entry entry{.raw_name = name,
                      .flags = is_ascii(name) ? std::uint16_t{0} : utf8_flag,
                      .method = static_cast<std::uint16_t>(method),
                      .crc = checksum(0, bytes),
                      .compressed_size = stored.size(),
                      .size = bytes.size(),
                      .offset = file.size()};
    // The local header has both sizes there, or none.
    const bool wide = entry.size >= zip64_marker || entry.compressed_size >= zip64_marker;
    std::string extra;
    if (wide) append(extra, zip64_extra, std::uint16_t{16}, entry.size, entry.compressed_size);
    append(file, local_signature);
    Entry local = entry;
    if (wide) local.size = local.compressed_size = zip64_marker;
    append_common(file, local, extra.size());
    file += name + extra + stored;

    const std::string directory_extra = zip64_extra_of(std::array{entry.size, entry.compressed_size, entry.offset});
    constexpr std::uint16_t comment_size = 0, disk = 0, internal_attributes = 0;
    constexpr std::uint32_t external_attributes = 0;
    append(directory, central_signature, version_made_by);
    append_common(directory, entry, directory_extra.size());
    append(directory, comment_size, disk, internal_attributes, external_attributes, narrow(entry.offset));
    directory += name + directory_extra;
  }
  const std::uint64_t start = file.size();
  file += directory;
  append_end(file, members.size(), directory.size(), start);
  file += no_digits;
  const std::size_t digits = file.size() - no_digits.size();
  file.replace(digits, no_digits.size(), digits_of(file, digits));
  write_file(place, file);
}

}  // namespace xgrad::io
