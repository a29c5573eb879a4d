#include <doctest/doctest.h>

#include <data/idx.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using test::Bytes;

/// What read_idx says of a file "file" with these bytes.
std::string refusal(const Bytes& bytes, int rank = 3) {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "file", bytes);
  return test::error_of([&] { read_idx(directory / "file", rank); });
}

TEST_CASE("an IDX file gives its shape and values") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "file", test::idx({2, 1, 3}, {1, 2, 3, 4, 5, 255}));
  const IdxArray array = read_idx(directory / "file", 3);
  CHECK(array.shape == std::vector<std::int64_t>{2, 1, 3});
  CHECK(array.values == Bytes{1, 2, 3, 4, 5, 255});
}

TEST_CASE("an IDX file larger than the reader's steps is read whole") {
  const test::TemporaryDirectory directory;
  Bytes values((1U << 21) + 17);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 2654435761U >> 24);
  test::write_file(directory / "file", test::idx({static_cast<std::uint32_t>(values.size())}, values));
  CHECK(read_idx(directory / "file", 1).values == values);
}

TEST_CASE("an IDX file without values is an empty array") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "file", test::idx({0, 28, 28}, {}));
  const IdxArray array = read_idx(directory / "file", 3);
  CHECK(array.shape == std::vector<std::int64_t>{0, 28, 28});
  CHECK(array.values.empty());
}

TEST_CASE("a gzip-compressed IDX file reads like a plain one, whatever its name") {
  const test::TemporaryDirectory directory;
  const Bytes values(100000, 7);
  test::write_file(directory / "labels", test::gzip(test::idx({100000}, values)));
  CHECK(read_idx(directory / "labels", 1).values == values);
}

TEST_CASE("a missing IDX file is refused with its name") {
  const std::string text = test::error_of([] { read_idx("no/such/file", 1); });
  CHECK_MESSAGE(test::holds(text, {"'no/such/file'", "byte 0", "cannot be opened", "No such file"}), text);
}

TEST_CASE("a directory in place of an IDX file is refused") {
  const test::TemporaryDirectory directory;
  const std::string text = test::error_of([&] { read_idx(directory.path(), 1); });
  CHECK_MESSAGE(test::holds(text, {directory.path().string(), "cannot be read"}), text);
}

TEST_CASE("a wrong magic number is refused with what was expected") {
  const std::string text = refusal({'P', 'K', 3, 4, 0, 0, 0, 0});
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte 0", "0x504b0304", "expected 0x00000803"}), text);
}

TEST_CASE("a wrong type code is refused with its offset") {
  Bytes bytes = test::idx({1, 1, 1}, {0});
  bytes[2] = 0x0d;
  const std::string text = refusal(bytes);
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte 2", "type code 0x0d", "expected 0x08"}), text);
}

TEST_CASE("another number of dimensions is refused with its offset") {
  const std::string text = refusal(test::idx({3}, {1, 2, 3}), 3);
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte 3", "1 dimensions", "expected 3"}), text);
}

TEST_CASE("a file that ends in its magic number is refused") {
  CHECK(test::holds(refusal({}), {"/file'", "byte 0", "truncated", "magic number"}));
  CHECK(test::holds(refusal({0, 0, 8}), {"byte 3", "truncated", "magic number"}));
}

TEST_CASE("a file that ends in its dimensions is refused") {
  Bytes bytes = test::idx({2, 28, 28}, {});
  bytes.resize(11);
  const std::string text = refusal(bytes);
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte 11", "truncated", "dimension 1 of 3"}), text);
}

TEST_CASE("a truncated file is refused with the offset where it ends") {
  const std::string text = refusal(test::idx({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7}));
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte 23", "truncated", "expected 8 bytes", "(2, 2, 2)"}), text);
}

TEST_CASE("trailing bytes are refused with the offset where the values end") {
  const std::string text = refusal(test::idx({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9}));
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte 24", "after the last value", "8 bytes", "(2, 2, 2)"}), text);
}

TEST_CASE("dimensions whose product overflows are refused before memory is asked for") {
  const std::string overflow = refusal(test::idx({0xffffffff, 0xffffffff, 0xffffffff}, {}));
  CHECK_MESSAGE(test::holds(overflow, {"/file'", "byte 8", "(4294967295, 4294967295, ...)", "at most"}), overflow);
  // 2^32 * 2^32 is 0 in 64 bits.
  const std::string wrapped = refusal(test::idx({0x80000000, 0x80000000, 4}, {}));
  CHECK_MESSAGE(test::holds(wrapped, {"byte 8", "too large"}), wrapped);
  const std::string absurd = refusal(test::idx({60000, 28000, 28}, {}));
  CHECK_MESSAGE(test::holds(absurd, {"byte 12", "(60000, 28000, 28, ...)", "too large"}), absurd);
}

TEST_CASE("a header that claims gigabytes costs an error and not the memory") {
  const std::string text = refusal(test::idx({0xffffffff}, {1, 2, 3}), 1);
  CHECK_MESSAGE(test::holds(text, {"byte 11", "truncated", "4294967295 bytes"}), text);
}

TEST_CASE("a truncated gzip file is refused with its name and offset") {
  Bytes bytes = test::gzip(test::idx({4}, {1, 2, 3, 4}));
  bytes.resize(10 + 5 + 9);  // gzip header, block header, 9 of 12 bytes
  const std::string text = refusal(bytes, 1);
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte", "expected 4 bytes"}), text);
}

TEST_CASE("a gzip file with a wrong checksum is refused") {
  Bytes bytes = test::gzip(test::idx({4}, {1, 2, 3, 4}));
  bytes[bytes.size() - 8] ^= 1;
  const std::string text = refusal(bytes, 1);
  CHECK_MESSAGE(test::holds(text, {"/file'", "byte", "data check"}), text);
}

TEST_CASE("a gzip file that is cut off anywhere, its checksum and length included, is refused") {
  for (const Bytes& values : {Bytes{1, 2, 3, 4}, Bytes{}}) {
    const Bytes whole = test::gzip(test::idx({static_cast<std::uint32_t>(values.size())}, values));
    CHECK(refusal(whole, 1).empty());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string text = refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), 1);
      CHECK_MESSAGE(test::holds(text, {"/file'", "byte"}), size << ": " << text);
    }
    const std::string text = refusal(Bytes(whole.begin(), whole.end() - 1), 1);
    CHECK_MESSAGE(test::holds(text, {"truncated", "cut off"}), text);
  }
}

TEST_CASE("bytes after the end of a gzip file are refused, whatever they are") {
  const Bytes whole = test::gzip(test::idx({4}, {1, 2, 3, 4}));
  for (const Bytes& garbage : {Bytes{0}, Bytes{0, 0, 0, 0}, Bytes{'x'}, Bytes(100, 'x'), Bytes{0x1f}, Bytes{0x1f, 0x8b},
                               Bytes{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}, test::gzip({5})}) {
    Bytes bytes = whole;
    test::append(bytes, garbage);
    const std::string text = refusal(bytes, 1);
    CHECK_MESSAGE(test::holds(text, {"/file'", "byte 12"}), text);
  }
}

TEST_CASE("a flipped bit anywhere in a gzip file that counts is refused") {
  const test::TemporaryDirectory directory;
  const Bytes values = {1, 2, 3, 4};
  const Bytes whole = test::gzip(test::idx({4}, values));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bytes = whole;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1 << bit);
      test::write_file(directory / "file", bytes);
      Bytes read;
      if (!test::error_of([&] { read = read_idx(directory / "file", 1).values; }).empty()) continue;
      CHECK(read == values);  // time, system and the like
      CHECK(at >= 3);
      CHECK(at <= 10);
    }
  }
}

TEST_CASE("a gzip file of several members is the members' data, one after the other") {
  const test::TemporaryDirectory directory;
  const Bytes bytes = test::idx({4}, {1, 2, 3, 4});
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Bytes file = test::gzip(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut)));
    test::append(file, test::gzip(Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end())));
    test::append(file, test::gzip({}));
    test::write_file(directory / "file", file);
    CHECK(read_idx(directory / "file", 1).values == Bytes{1, 2, 3, 4});
  }
}

TEST_CASE("the caller may bound the values of a file") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "file", test::gzip(test::idx({100, 10}, Bytes(1000, 7))));
  CHECK(read_idx(directory / "file", 2, {.max_bytes = 1000}).values.size() == 1000);
  const std::string text = test::error_of([&] { read_idx(directory / "file", 2, {.max_bytes = 999}); });
  CHECK_MESSAGE(test::holds(text, {"byte 8", "too large", "999"}), text);
  CHECK(test::holds(test::error_of([&] { read_idx(directory / "file", 2, {.max_bytes = -1}); }), {".max_bytes is -1"}));
  CHECK(test::holds(test::error_of([&] { read_idx(directory / "file", 0); }), {"0 dimensions"}));
}

}  // namespace
}  // namespace xgrad::data
