#include <doctest/doctest.h>

#include <zlib.h>

#include <autograd/io/safetensors.hpp>
#include <autograd/ops.hpp>

#include "../../apps/scratch.hpp"
#include "../expect.hpp"
#include "bytes.hpp"

// The checksum of safetensors files, and headers that are large or deep. Damage at every place: damage_test.cpp.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

std::string saved(const Metadata& metadata = {}, const SafetensorsOptions& options = {}) {
  const Scratch scratch;
  save_safetensors(scratch / "a", {{"x", tensor({1, 2})}, {"y", tensor(3, int64)}}, metadata, options);
  return contents(scratch / "a");
}

std::string error_of_file(const std::string& bytes, const LoadOptions& options = {}) {
  const Scratch scratch;
  test::spill(scratch / "a.safetensors", bytes);
  return error_of([&] { load_safetensors(scratch / "a.safetensors", options); });
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("a file says the CRC-32 of itself with zeros in its place, first among the metadata") {
  std::string bytes = saved({{"epoch", "3"}});
  const std::string before = R"({"__metadata__":{"xgrad.checksum":"crc32","xgrad.crc32":")";
  REQUIRE(bytes.compare(8, before.size(), before) == 0);
  const std::size_t at = 8 + before.size();
  CHECK(bytes.compare(at + 8, 13, R"(","epoch":"3")") == 0);
  const std::string digits = bytes.substr(at, 8);
  bytes.replace(at, 8, "00000000");
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  CHECK(std::stoul(digits, nullptr, 16) == crc);
}

TEST_CASE("the checksum is verified, reported, and no part of the metadata that come back") {
  const Scratch scratch;
  test::spill(scratch / "with", saved({{"epoch", "3"}}));
  test::spill(scratch / "without", saved({{"epoch", "3"}}, {.checksum = false}));
  CHECK(contents(scratch / "without").find("xgrad") == std::string::npos);
  for (const bool with : {true, false}) {
    const Safetensors loaded = load_safetensors(scratch / (with ? "with" : "without"));
    CHECK(loaded.checked == with);
    CHECK(loaded.metadata == Metadata{{"epoch", "3"}});
    CHECK(difference(loaded.tensors[0].second, tensor({1, 2})) == "");
  }
}

TEST_CASE("changed values are an Error that says both checksums, unless it is told not to look") {
  std::string bytes = saved();
  bytes.back() = static_cast<char>(bytes.back() ^ 0x40);
  CHECK(lacks(error_of_file(bytes),
              {"load_safetensors", "a.safetensors", "its checksum is", "the file says", "verify_checksum"}) == "");
  const Scratch scratch;
  test::spill(scratch / "a", bytes);
  const Safetensors loaded = load_safetensors(scratch / "a", {.verify_checksum = false});
  CHECK(!loaded.checked);
  CHECK(loaded.metadata.empty());
}

TEST_CASE("a checksum that is half there, of another kind or not eight digits is an Error") {
  const std::string bytes = saved();
  CHECK(lacks(error_of_file(replaced(bytes, "xgrad.checksum", "xgrad.checksun")), {"only one"}) == "");
  CHECK(lacks(error_of_file(replaced(bytes, "xgrad.crc32", "xgrad.crc33")), {"only one"}) == "");
  CHECK(lacks(error_of_file(replaced(bytes, "\"crc32\"", "\"crc64\"")), {"'crc64'", "'crc32'"}) == "");
  const std::string digits = bytes.substr(bytes.find("crc32\":\"") + 8, 8);
  CHECK(lacks(error_of_file(replaced(bytes, digits, "zzzzzzzz")), {"zzzzzzzz"}) == "");
  CHECK(lacks(error_of_file(replaced(bytes, "\"" + digits + "\"", "\"" + digits.substr(2) + "\"  ")),
              {"eight hexadecimal digits"}) == "");
}

TEST_CASE("the names of the checksum are reserved") {
  for (const std::string name : {"xgrad.checksum", "xgrad.crc32"})
    for (const bool checksum : {true, false})
      CHECK(lacks(error_of([&] { saved({{name, ""}}, {.checksum = checksum}); }), {name, "reserved"}) == "");
}

TEST_CASE("another reader's view of the file is the format's: a copy without the checksum loads") {
  const std::string bytes = saved();
  const std::string plain = saved({}, {.checksum = false});
  CHECK(bytes.substr(bytes.size() - 16) == plain.substr(plain.size() - 16));
  CHECK(error_of_file(plain) == "no Error");
}

TEST_CASE("JSON of any depth at any place of the header is refused, not followed") {
  constexpr int depth = 100'000;
  for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{R"({"a":)", "}"}}) {
    const std::string deep = repeated(open, depth) + "1" + repeated(close, depth);
    for (const std::string text : {R"({"x":{"dtype":@,"shape":[1],"data_offsets":[0,1]}})",
                                   R"({"x":{"dtype":"BOOL","shape":@,"data_offsets":[0,1]}})",
                                   R"({"x":{"dtype":"BOOL","shape":[@],"data_offsets":[0,1]}})",
                                   R"({"x":{"dtype":"BOOL","shape":[1],"data_offsets":@}})",
                                   R"({"x":{"dtype":"BOOL","shape":[1],"data_offsets":[0,@]}})",
                                   R"({"x":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1],"more":@}})", R"({"x":@})",
                                   R"({"__metadata__":@})", R"({"__metadata__":{"a":@}})"}) {
      const std::string error = error_of_file(test::safetensors_file(replaced(text, "@", deep), "\1"));
      CHECK(lacks(error, {"load_safetensors", "a.safetensors"}) == "");
      CHECK(error.size() < 500);
      const std::string open_end = text.substr(0, text.find('@')) + repeated(open, depth);
      CHECK(lacks(error_of_file(test::safetensors_file(open_end, "\1")), {"a.safetensors"}) == "");
    }
  }
  const std::string nested = repeated("[", 60) + "1" + repeated("]", 60);
  CHECK(error_of_file(test::safetensors_file(
            R"({"x":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1],"more":)" + nested + "}}", "\1")) == "no Error");
}

TEST_CASE("texts of any length in the header are shown in part") {
  const std::string endless(1'000'000, 'x');
  for (const std::string text :
       {R"({"@":1})", R"({"x":{"dtype":"@","shape":[1],"data_offsets":[0,1]}})",
        R"({"@":{"dtype":"F32","shape":[1],"data_offsets":[0,1]}})", R"({"__metadata__":{"@":1}})", R"({"@":1@)",
        R"({"__metadata__":{"@":"1","@":"2"}})"}) {
    std::string header = text;
    for (std::size_t at = header.find('@'); at != std::string::npos; at = header.find('@', at + endless.size()))
      header.replace(at, 1, endless);
    const std::string error = error_of_file(test::safetensors_file(header, "\1"));
    CHECK(lacks(error, {"load_safetensors"}) == "");
    CHECK(error.size() < 1000);
  }
}

TEST_CASE("a hundred thousand entries, and as many keys in one of them, are written and read") {
  const Scratch scratch;
  NamedTensors tensors;
  Metadata metadata;
  const Tensor x = ones({1});
  for (int i = 0; i < 100'000; ++i) tensors.emplace_back("layers." + std::to_string(i) + ".weight", x);
  for (int i = 0; i < 100'000; ++i) metadata.emplace(std::to_string(i), "text");
  save_safetensors(scratch / "a", tensors, metadata);
  const Safetensors loaded = load_safetensors(scratch / "a");
  CHECK(loaded.tensors.size() == tensors.size());
  CHECK(loaded.tensors.back().first == tensors.back().first);
  CHECK(loaded.metadata == metadata);
}

TEST_CASE("max_bytes bounds the tensors of a file as they lie in memory") {
  const Scratch scratch;
  save_safetensors(scratch / "a", {{"x", ones({10})}, {"y", ones({10}, int64)}}, {},
                   {.dtypes = {{"y", StoredDType::uint8}}});
  CHECK(error_of([&] { load_safetensors(scratch / "a", {.max_bytes = 120}); }) == "no Error");
  CHECK(lacks(error_of([&] { load_safetensors(scratch / "a", {.max_bytes = 119}); }),
              {"'y'", "80", "119", ".max_bytes"}) == "");
}

}  // namespace xgrad
