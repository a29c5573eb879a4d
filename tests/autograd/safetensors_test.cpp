#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <autograd/io/safetensors.hpp>
#include <autograd/ops.hpp>

#include "../apps/scratch.hpp"
#include "expect.hpp"

namespace xgrad {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A file of a header and values, as the format says.
std::string file_of(const std::string& header, const std::string& values) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + values;
}

/// What load_safetensors says to a file of these bytes.
std::string error_of_file(const std::string& bytes) {
  const Scratch scratch;
  std::ofstream(scratch / "x.safetensors", std::ios::binary) << bytes;
  return error_of([&] { load_safetensors(scratch / "x.safetensors"); });
}

std::string error_of_header(const std::string& header, std::size_t value_bytes) {
  return error_of_file(file_of(header, std::string(value_bytes, '\0')));
}

/// A header with one entry "a" that says this.
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

}  // namespace

TEST_CASE("the bytes of a file are those of the format") {
  const Scratch scratch;
  save_safetensors(scratch / "a.safetensors",
                   {{"flag", tensor({1, 0, 1}, boolean)}, {"x", tensor({{1, -2}})}, {"n", tensor(258, int64)}},
                   {{"epoch", "3"}}, {.checksum = false});
  const std::string bytes = read(scratch / "a.safetensors");
  const std::string header = R"({"__metadata__":{"epoch":"3"},)"
                             R"("flag":{"dtype":"BOOL","shape":[3],"data_offsets":[16,19]},)"
                             R"("x":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},)"
                             R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  REQUIRE(bytes.size() == 8 + padded + 19);
  CHECK(static_cast<unsigned char>(bytes[0]) == padded);
  CHECK(bytes.substr(1, 7) == std::string(7, '\0'));
  CHECK(bytes.substr(8, header.size()) == header);
  CHECK(bytes.substr(8 + header.size(), padded - header.size()) == std::string(padded - header.size(), ' '));
  using namespace std::string_literals;
  CHECK(bytes.substr(8 + padded) == "\x02\x01\0\0\0\0\0\0"s + "\0\0\x80\x3f\0\0\0\xc0"s + "\x01\0\x01"s);
}

TEST_CASE("tensors of every dtype come back bit by bit, in their order, with the metadata") {
  const Scratch scratch;
  const NamedTensors tensors{{"z", tensor({{1, 2, 3}, {4, 5, 6}}).T()},
                             {"a", f64({1.0 / 3, INFINITY, -0.0})},
                             {"empty", zeros({0, 4})},
                             {"scalar", tensor(7.5, float64)},
                             {"labels", i64({-1, 1'000'000'007})},
                             {"mask", tensor({0, 1}, boolean)},
                             {"pending", ones({2}) + 1},
                             {"na\"me \u00e9", tensor({1})}};
  const Metadata metadata{{"format", "pt"}, {"", "empty key"}};
  save_safetensors(scratch / "a.safetensors", tensors, metadata);
  const Safetensors loaded = load_safetensors(scratch / "a.safetensors");
  CHECK(loaded.metadata == metadata);
  REQUIRE(loaded.tensors.size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(loaded.tensors[i].first == tensors[i].first);
    CHECK(difference(loaded.tensors[i].second, tensors[i].second) == "");
  }
}

TEST_CASE("a file without tensors is a file") {
  const Scratch scratch;
  save_safetensors(scratch / "a.safetensors", {}, {}, {.checksum = false});
  CHECK(read(scratch / "a.safetensors") == file_of("{}      ", ""));
  CHECK(load_safetensors(scratch / "a.safetensors").tensors.empty());
}

TEST_CASE("another writer's file is read: entries in any order, no alignment, other keys, padding") {
  const Scratch scratch;
  using namespace std::string_literals;
  std::ofstream(scratch / "a.safetensors", std::ios::binary)
      << file_of(R"({ "x": {"data_offsets": [1, 5], "shape": [1], "dtype": "F32", "more": 1},
                     "b": {"shape": [1], "dtype": "BOOL", "data_offsets": [0, 1]} }   )",
                 "\x01\0\0\x80\x3f"s);
  const Safetensors loaded = load_safetensors(scratch / "a.safetensors");
  REQUIRE(loaded.tensors.size() == 2);
  CHECK(difference(loaded.tensors[0].second, tensor({1})) == "");
  CHECK(loaded.tensors[1].second.dtype() == boolean);
}

TEST_CASE("saving replaces a file in one piece and leaves nothing else in its directory") {
  const Scratch scratch;
  save_safetensors(scratch / "a.safetensors", {{"a", ones({100})}});
  save_safetensors(scratch / "a.safetensors", {{"b", ones({1})}});
  CHECK(load_safetensors(scratch / "a.safetensors").tensors[0].first == "b");
  const std::string before = read(scratch / "a.safetensors");
  CHECK(error_of([&] {
          save_safetensors(scratch / "a.safetensors", {{"a", ones({1})}, {"a", ones({1})}});
        }) != "no Error");
  CHECK(read(scratch / "a.safetensors") == before);
  const std::filesystem::directory_iterator files(scratch / "");
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("what cannot be written is refused, naming file and entry") {
  const Scratch scratch;
  const auto save = [&](const NamedTensors& tensors, const Metadata& metadata = {}) {
    return error_of([&] { save_safetensors(scratch / "a.safetensors", tensors, metadata); });
  };
  const Tensor x = ones({1});
  CHECK(lacks(save({{"a", x}, {"a", x}}), {"save_safetensors", "a.safetensors", "'a'", "two tensors"}) == "");
  CHECK(lacks(save({{"__metadata__", x}}), {"'__metadata__'", "reserved"}) == "");
  CHECK(lacks(save({{"a", Tensor()}}), {"'a'", "undefined"}) == "");
  CHECK(lacks(save({{"\xff", x}}), {"a.safetensors", "JSON"}) == "");
  CHECK(lacks(save({}, {{"k", "\xff"}}), {"a.safetensors", "JSON"}) == "");
  CHECK(lacks(error_of([&] {
                save_safetensors(scratch / "none/a.safetensors", {{"a", x}});
              }),
              {"none/a.safetensors", "cannot be created"}) == "");
}

TEST_CASE("a missing, short or truncated file is refused") {
  const Scratch scratch;
  CHECK(lacks(error_of([&] { load_safetensors(scratch / "none.safetensors"); }),
              {"load_safetensors", "none.safetensors", "cannot be opened"}) == "");
  CHECK(lacks(error_of_file(""), {"x.safetensors", "0 bytes"}) == "");
  CHECK(lacks(error_of_file("1234567"), {"7 bytes"}) == "");
  CHECK(lacks(error_of_file(file_of("{}", "").substr(0, 9)), {"should have 2 bytes, but 1 follow", "truncated"}) == "");
  CHECK(lacks(error_of_file(std::string(8, '\xff') + "{}"), {"18446744073709551615 bytes"}) == "");

  save_safetensors(scratch / "a.safetensors", {{"a", ones({3})}, {"b", ones({5})}});
  const std::string whole = read(scratch / "a.safetensors");
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(lacks(error_of_file(whole.substr(0, length)), {"load_safetensors", "x.safetensors"}) == "");
  CHECK(lacks(error_of_file(whole.substr(0, whole.size() - 1)), {"'b'", "[12, 32]", "31 bytes", "truncated"}) == "");
  CHECK(lacks(error_of_file(whole + "x"), {"1 bytes after the last tensor"}) == "");
}

TEST_CASE("a header that is not the format's is refused") {
  CHECK(lacks(error_of_header("", 0), {"begin with '{'"}) == "");
  CHECK(lacks(error_of_header(" {}", 0), {"begin with '{'"}) == "");
  CHECK(lacks(error_of_header("[]", 0), {"begin with '{'"}) == "");
  CHECK(lacks(error_of_header("{", 0), {"not valid JSON"}) == "");
  CHECK(lacks(error_of_header("{}}", 0), {"not valid JSON"}) == "");
  CHECK(lacks(error_of_header("{\"\xff\":1}", 0), {"not valid JSON"}) == "");
  CHECK(lacks(error_of_header(R"({"__metadata__":1})", 0), {"metadata is not an object"}) == "");
  CHECK(lacks(error_of_header(R"({"__metadata__":{"k":1}})", 0), {"metadata 'k' is not a text"}) == "");
  CHECK(lacks(error_of_header(R"({"a":1})", 0), {"'a'", "not an object"}) == "");
}

TEST_CASE("names given twice are refused, at any depth") {
  const std::string one = R"("a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]})";
  CHECK(lacks(error_of_header("{" + one + "," + one + "}", 1), {"'a' twice"}) == "");
  CHECK(lacks(error_of_header(R"({"__metadata__":{"k":"1","k":"2"}})", 0), {"'k' twice"}) == "");
  const std::string other = R"("b":{"dtype":"BOOL","shape":[1],"data_offsets":[1,2]})";
  CHECK(error_of_header("{" + one + "," + other + "}", 2) == "no Error");
}

TEST_CASE("an entry that contradicts itself or the file is refused by name") {
  CHECK(lacks(error_of_header(R"({"a":{"dtype":"F32","shape":[1]}})", 4), {"'a'", "no 'data_offsets'"}) == "");
  CHECK(lacks(error_of_header(entry(R"("C64")", "[1]", "[0,8]"), 8), {"'a'", "C64", "F32, F64 are"}) == "");
  CHECK(lacks(error_of_header(entry("32", "[1]", "[0,4]"), 4), {"dtype 32"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[2]", "[0,4]"), 4), {"shape (2,) has 8 bytes", "span 4"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "1", "[0,4]"), 4), {"shape is not a list"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[-1]", "[0,4]"), 4), {"-1 in the shape"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[1.0]", "[0,4]"), 4), {"1.0 in the shape"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4), {"9 axes", "at most 8"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[0,4294967296,4294967296]", "[0,0]"), 0), {"overflows"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[1]", "[0,5]"), 4), {"[0, 5]", "4 bytes"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[1]", "[4,0]"), 4), {"[4, 0]"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[1]", "[-4,0]"), 4), {"-4", "two numbers"}) == "");
  CHECK(lacks(error_of_header(entry(R"("F32")", "[1]", "[0,4,8]"), 8), {"3 numbers; two"}) == "");
  CHECK(lacks(error_of_file(file_of(entry(R"("BOOL")", "[1]", "[0,1]"), "\x02")), {"'a'", "neither 0 nor 1"}) == "");
}

TEST_CASE("entries that overlap or leave a gap are refused by name") {
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"BOOL","shape":[2],"data_offsets":)" + a +
           R"(},"b":{"dtype":"BOOL","shape":[2],"data_offsets":)" + b + "}}";
  };
  CHECK(error_of_header(two("[2,4]", "[0,2]"), 4) == "no Error");
  CHECK(lacks(error_of_header(two("[0,2]", "[1,3]"), 3), {"'b'", "from byte 1, overlap"}) == "");
  CHECK(lacks(error_of_header(two("[0,2]", "[0,2]"), 2), {"overlap"}) == "");
  CHECK(lacks(error_of_header(two("[0,2]", "[3,5]"), 5), {"'b'", "bytes 2 to 3"}) == "");
  CHECK(lacks(error_of_header(two("[1,3]", "[3,5]"), 5), {"'a'", "bytes 0 to 1"}) == "");
  CHECK(lacks(error_of_header(two("[0,2]", "[2,4]"), 6), {"2 bytes after the last tensor"}) == "");
}

}  // namespace xgrad
