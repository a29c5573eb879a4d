#include <doctest/doctest.h>

#include <zlib.h>

#include <algorithm>

#include <autograd/io/npz.hpp>
#include <autograd/io/text.hpp>
#include <autograd/ops.hpp>

#include "../../apps/scratch.hpp"
#include "../expect.hpp"
#include "bytes.hpp"

// Archives made by hand: what they may cost, whether their data end, and the alphabets of their names.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::lacks;
using test::little_endian;

struct Member {
  std::string name, stored;
  std::uint64_t size;
  std::uint32_t crc;
  int method = 8;
  int flags = 0;
  std::uint64_t offset = 0;
};

std::string common(const Member& member) {
  return little_endian(20, 2) + little_endian(static_cast<std::uint64_t>(member.flags), 2) +
         little_endian(static_cast<std::uint64_t>(member.method), 2) + little_endian(0, 2) + little_endian(33, 2) +
         little_endian(member.crc, 4) + little_endian(member.stored.size(), 4) + little_endian(member.size, 4) +
         little_endian(member.name.size(), 2) + little_endian(0, 2);
}

std::string directory_of(const std::vector<Member>& members, std::size_t start) {
  std::string directory;
  for (const Member& member : members)
    directory += "PK\x01\x02" + little_endian(20, 2) + common(member) + std::string(10, '\0') +
                 little_endian(member.offset, 4) + member.name;
  return directory + "PK\x05\x06" + std::string(4, '\0') + little_endian(members.size(), 2) +
         little_endian(members.size(), 2) + little_endian(directory.size(), 4) + little_endian(start, 4) +
         std::string(2, '\0');
}

std::string archive(std::vector<Member> members) {
  std::string file;
  for (Member& member : members) {
    member.offset = file.size();
    file += "PK\x03\x04" + common(member) + member.name + member.stored;
  }
  return file + directory_of(members, file.size());
}

std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string deflated(const std::string& bytes) {
  std::string wrapped(compressBound(bytes.size()), '\0');
  uLongf size = wrapped.size();
  compress2(reinterpret_cast<Bytef*>(wrapped.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(),
            9);
  return wrapped.substr(2, size - 6);  // without zlib's own header and checksum
}

Member deflated_member(const std::string& name, const std::string& bytes) {
  return {.name = name, .stored = deflated(bytes), .size = bytes.size(), .crc = crc_of(bytes)};
}

Member stored_member(const std::string& name, const std::string& bytes, int flags = 0) {
  return {.name = name, .stored = bytes, .size = bytes.size(), .crc = crc_of(bytes), .method = 0, .flags = flags};
}

std::string one(float value) { return test::npy_file("<f4", false, {1}, test::raw<float>({value})); }

std::string error_of_archive(const std::string& bytes, const LoadOptions& options = {}) {
  const Scratch scratch;
  test::spill(scratch / "a.npz", bytes);
  return error_of([&] { load_npz(scratch / "a.npz", options); });
}

/// A megabyte of zeros.
std::string megabyte() { return test::npy_file("<f4", false, {1 << 18}, std::string(1 << 20, '\0')); }

}  // namespace

TEST_CASE("the archives of this file are what load_npz reads") {
  CHECK(error_of_archive(archive({deflated_member("x.npy", one(1)), stored_member("y.npy", one(2))})) == "no Error");
}

TEST_CASE("directory entries that share a member's bytes, all or some, are refused") {
  Member member = deflated_member("x.npy", megabyte());
  const std::string local = archive({member});
  const std::string file = local.substr(0, local.find("PK\x01\x02"));
  const std::vector<Member> twelve(12, member);
  CHECK(lacks(error_of_archive(file + directory_of(twelve, file.size())), {"a.npz", "'x.npy'", "overlap"}) == "");

  // A second local header within the data of the first member, stored.
  const std::string inner = archive({stored_member("y.npy", one(1))});
  const std::string data = inner.substr(0, inner.find("PK\x01\x02"));
  Member outer = stored_member("x.npy", data), nested = stored_member("y.npy", one(1));
  const std::string whole = archive({outer});
  const std::string begin = whole.substr(0, whole.find("PK\x01\x02"));
  nested.offset = begin.find("PK\x03\x04", 1);
  CHECK(lacks(error_of_archive(begin + directory_of({outer, nested}, begin.size())),
              {"'x.npy'", "overlap", "'y.npy'"}) == "");
}

TEST_CASE("what members inflate to is bounded by max_bytes, before anything is inflated") {
  const std::string bytes = megabyte();
  std::vector<Member> members;
  for (int i = 0; i < 12; ++i) members.push_back(deflated_member("x" + std::to_string(i) + ".npy", bytes));
  const std::string file = archive(members);
  CHECK(file.size() < 20'000);
  CHECK(error_of_archive(file) == "no Error");
  const auto total = static_cast<std::int64_t>(12 * bytes.size());
  CHECK(error_of_archive(file, {.max_bytes = total}) == "no Error");
  CHECK(lacks(error_of_archive(file, {.max_bytes = total - 1}),
              {"load_npz", "a.npz", std::to_string(total), ".max_bytes"}) == "");
  CHECK(lacks(error_of_archive(file, {.max_bytes = -1}), {".max_bytes is -1"}) == "");

  // Five members that say they have a gigabyte each, with data for that, are beyond the default of 4 GiB.
  std::vector<Member> large;
  for (int i = 0; i < 5; ++i)
    large.push_back({.name = std::to_string(i), .stored = std::string(1 << 20, '\0'), .size = 1 << 30, .crc = 0});
  CHECK(lacks(error_of_archive(archive(large)), {"5368709120", "4294967296", ".max_bytes"}) == "");
}

TEST_CASE("tensors count as they lie in memory: bytes that become int64 are eight times as many") {
  const std::string bytes = test::npy_file("|u1", false, {1000}, std::string(1000, '\1'));
  const std::string file = archive({deflated_member("x.npy", bytes), deflated_member("y.npy", bytes)});
  CHECK(error_of_archive(file, {.max_bytes = 16000}) == "no Error");
  CHECK(lacks(error_of_archive(file, {.max_bytes = 15999}), {"'y.npy'", "8000", "15999", ".max_bytes"}) == "");
  const Scratch scratch;
  test::spill(scratch / "a.npy", bytes);
  CHECK(error_of([&] { load_npy(scratch / "a.npy", {.max_bytes = 8000}); }) == "no Error");
  CHECK(lacks(error_of([&] { load_npy(scratch / "a.npy", {.max_bytes = 7999}); }), {"a.npy", "8000", "7999"}) == "");
}

TEST_CASE("a size that the compressed bytes cannot have is refused") {
  Member member = deflated_member("x.npy", one(1));
  member.size = 1 << 30;
  CHECK(lacks(error_of_archive(archive({member})), {"x.npy", "cannot inflate", "1073741824"}) == "");
}

TEST_CASE("deflated members are read to their end: bytes left over, missing or beyond the size are refused") {
  const std::string bytes = one(1);
  const Member good = deflated_member("x.npy", bytes);
  const auto error_with = [&](const std::string& stored, std::uint64_t size, const std::string& crc_bytes) {
    Member member = good;
    member.stored = stored;
    member.size = size;
    member.crc = crc_of(crc_bytes);
    return error_of_archive(archive({member}));
  };
  CHECK(error_with(good.stored, bytes.size(), bytes) == "no Error");
  CHECK(lacks(error_with(good.stored + "x", bytes.size(), bytes), {"x.npy", "after the end"}) == "");
  CHECK(lacks(error_with(good.stored + good.stored, bytes.size(), bytes), {"x.npy", "after the end"}) == "");
  for (std::size_t size = 0; size < good.stored.size(); ++size)
    CHECK(lacks(error_with(good.stored.substr(0, size), bytes.size(), bytes), {"x.npy"}) == "");
  const std::string shorter = bytes.substr(0, bytes.size() - 1);
  CHECK(lacks(error_with(good.stored, shorter.size(), shorter), {"x.npy", "more bytes"}) == "");
  CHECK(lacks(error_with(good.stored, bytes.size() + 1, bytes + '\0'), {"x.npy", "came out"}) == "");
  // The end-of-block code is missing where the last block is not marked as the last: the same bytes come out.
  const std::string open_end = '\0' + little_endian(bytes.size(), 2) + little_endian(~bytes.size(), 2) + bytes;
  CHECK(lacks(error_with(open_end, bytes.size(), bytes), {"x.npy", "cut off"}) == "");
  std::string closed = open_end;
  closed[0] = '\1';
  CHECK(error_with(closed, bytes.size(), bytes) == "no Error");
}

TEST_CASE("names beyond ASCII are written as UTF-8 and marked as such, in both headers") {
  const Scratch scratch;
  const std::string name = "gr\u00f6\u00dfe \u65e5\u672c \U0001f600";
  save_npz(scratch / "a.npz", {{name, ones({1})}, {"plain", ones({1})}});
  const std::string file = contents(scratch / "a.npz");
  const auto flags_at = [&](const std::string& signature, const std::string& member, std::size_t field) {
    for (std::size_t at = file.find(signature); at != std::string::npos; at = file.find(signature, at + 1))
      if (file.compare(at + (field == 6 ? 30 : 46), member.size(), member) == 0)
        return static_cast<unsigned char>(file[at + field]) + 256 * static_cast<unsigned char>(file[at + field + 1]);
    return -1;
  };
  CHECK(flags_at("PK\x03\x04", name + ".npy", 6) == 1 << 11);
  CHECK(flags_at("PK\x01\x02", name + ".npy", 8) == 1 << 11);
  CHECK(flags_at("PK\x03\x04", "plain.npy", 6) == 0);
  CHECK(flags_at("PK\x01\x02", "plain.npy", 8) == 0);
  CHECK(load_npz(scratch / "a.npz").contains(name));
}

TEST_CASE("names are read in the alphabet that they are marked with, and as code page 437 where nothing else fits") {
  const Scratch scratch;
  const auto name_of = [&](const std::string& name, int flags) {
    test::spill(scratch / "a.npz", archive({stored_member(name + ".npy", one(1), flags)}));
    return load_npz(scratch / "a.npz").begin()->first;
  };
  constexpr int utf8 = 1 << 11;
  CHECK(name_of("plain", 0) == "plain");
  CHECK(name_of("\u00e9", utf8) == "\u00e9");
  CHECK(name_of("\u00e9", 0) == "\u00e9");  // as other programs write it
  CHECK(name_of("\x81\xe1", 0) == "\u00fc\u00df");
  CHECK(name_of("\xff", 0) == "\u00a0");
  CHECK(name_of("\x9e", 0) == "\u20a7");
  CHECK(lacks(error_of([&] { name_of("\x81", utf8); }), {"a.npz", "UTF-8", "\u00fc"}) == "");
}

TEST_CASE("UTF-8 is the shortest form of a character: what else looks like it is not") {
  for (const std::string good : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                 "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    CHECK(io::is_utf8(good));
  for (const std::string bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xf0\x90\x80"}) {
    CHECK(!io::is_utf8(bad));
    const Scratch scratch;
    CHECK(lacks(error_of([&] { save_npz(scratch / "a.npz", {{bad, ones({1})}}); }), {"save_npz", "not UTF-8"}) == "");
  }
}

namespace {

/// The archive in zip64: all numbers of the directory's entry, and of the end record, are in the wide records.
std::string zip64_archive(const Member& member, std::uint64_t size, std::uint64_t offset, bool locator = true) {
  const std::string file = "PK\x03\x04" + common(member) + member.name + member.stored;
  const std::string wide = little_endian(1, 2) + little_endian(24, 2) + little_endian(size, 8) +
                           little_endian(member.stored.size(), 8) + little_endian(offset, 8);
  const std::string marker(4, '\xff');
  const std::string other = little_endian(0x7875, 2) + little_endian(3, 2) + "abc";
  const std::string directory = "PK\x01\x02" + little_endian(45, 2) + common(member).substr(0, 14) + marker + marker +
                                little_endian(member.name.size(), 2) + little_endian(other.size() + wide.size(), 2) +
                                std::string(10, '\0') + marker + member.name + other + wide;
  const std::string end = "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
                          std::string(8, '\0') + little_endian(1, 8) + little_endian(1, 8) +
                          little_endian(directory.size(), 8) + little_endian(file.size(), 8);
  const std::string found =
      "PK\x06\x07" + std::string(4, '\0') + little_endian(file.size() + directory.size(), 8) + little_endian(1, 4);
  return file + directory + end + (locator ? found : "") + "PK\x05\x06" + std::string(4, '\0') +
         std::string(4, '\xff') + marker + marker + std::string(2, '\0');
}

}  // namespace

TEST_CASE("zip64 archives are read, and refused where their wide numbers are wrong") {
  const Member member = stored_member("x.npy", one(7));
  const Scratch scratch;
  test::spill(scratch / "a.npz", zip64_archive(member, member.size, 0));
  CHECK(load_npz(scratch / "a.npz").at("x").item() == 7);

  CHECK(lacks(error_of_archive(zip64_archive(member, member.size + 1, 0)), {"'x.npy'", "announces"}) == "");
  CHECK(lacks(error_of_archive(zip64_archive(member, member.size, ~std::uint64_t{0} - 5)),
              {"no member begins at byte 18446744073709551610"}) == "");
  CHECK(lacks(error_of_archive(zip64_archive(member, member.size, 0, false)), {"zip64 end of its central directory"}) ==
        "");
  const std::string whole = zip64_archive(member, member.size, 0);
  for (std::size_t place = member.size; place < whole.size(); ++place) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x80);
    test::spill(scratch / "b.npz", damaged);
    try {
      load_npz(scratch / "b.npz");
    } catch (const Error&) {
    }
  }
}

}  // namespace xgrad
