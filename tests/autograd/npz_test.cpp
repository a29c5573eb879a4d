#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include <autograd/io/npz.hpp>

#include "expect.hpp"

namespace xgrad {
namespace {

namespace fs = std::filesystem;
using test::difference;
using test::error_of;
using test::lacks;

/// A directory for the files of one test, removed with it.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "xgrad-npz-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw Error("mkdtemp failed");
    path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path_); }

  fs::path operator/(const std::string& name) const { return path_ / name; }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {})); }

 private:
  fs::path path_;
};

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A .npy file of version 1 with the given dictionary and data.
std::string npy(const std::string& dictionary, const std::string& data) {
  std::string header = dictionary + std::string((117 - dictionary.size() % 64) % 64, ' ') + "\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + data;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// What Python's zipfile writes, deflated, for {'x': np.array([1.5, -2.0])}.
const std::string by_python = from_hex(
    "504b030414000000080000002100b098c5414d0000009000000005000000782e6e70799bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e"
    "9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a14002e0630f8610fa1190e0000504b"
    "0102140314000000080000002100b098c5414d00000090000000050000000000000000000000800100000000782e6e7079504b050600000000"
    "0100010033000000700000000000");

std::map<std::string, Tensor> examples() {
  return {{"f4", tensor({{1, 2.5, -3}, {4, 5, 6}})},
          {"f8", tensor({0.1, std::numeric_limits<double>::infinity()}, float64)},
          {"i8", tensor(-7, int64)},
          {"b1", tensor({{{1, 0, 1}}}, boolean)},
          {"empty", zeros({0, 3})},
          {"weights/layer.0", transpose(tensor({{1, 2}, {3, 4}}))},
          {"constant", ones({1000}, float64)}};
}

}  // namespace

TEST_CASE("arrays of every dtype and shape survive a round trip, stored and deflated") {
  const Scratch scratch;
  for (const NpzCompression compression : {NpzCompression::stored, NpzCompression::deflated}) {
    save_npz(scratch / "a.npz", examples(), {.compression = compression});
    const std::map<std::string, Tensor> loaded = load_npz(scratch / "a.npz");
    CHECK(loaded.size() == examples().size());
    for (const auto& entry : examples()) {
      const auto& name = entry.first;
      const auto& x = entry.second;
      INFO(name);
      REQUIRE(loaded.contains(name));
      CHECK(difference(loaded.at(name), x) == "");
    }
  }
  for (const auto& [name, x] : examples()) {
    save_npy(scratch / "a.npy", x);
    CHECK(difference(load_npy(scratch / "a.npy"), x) == "");
  }
}

TEST_CASE("deflating makes repetitive arrays smaller, and the same tensors give the same bytes") {
  const Scratch scratch;
  save_npz(scratch / "stored.npz", examples());
  save_npz(scratch / "deflated.npz", examples(), {.compression = NpzCompression::deflated});
  save_npz(scratch / "again.npz", examples());
  CHECK(fs::file_size(scratch / "deflated.npz") + 7000 < fs::file_size(scratch / "stored.npz"));
  CHECK(read(scratch / "stored.npz") == read(scratch / "again.npz"));
}

TEST_CASE("an archive without members is an empty map") {
  const Scratch scratch;
  save_npz(scratch / "a.npz", {});
  CHECK(load_npz(scratch / "a.npz").empty());
}

TEST_CASE("a deflated archive of Python's zipfile is read, also with a comment at its end") {
  const Scratch scratch;
  write(scratch / "a.npz", by_python);
  CHECK(difference(load_npz(scratch / "a.npz").at("x"), tensor({1.5, -2}, float64)) == "");
  std::string commented = by_python + "hello";
  commented[by_python.size() - 2] = 5;
  write(scratch / "a.npz", commented);
  CHECK(load_npz(scratch / "a.npz").size() == 1);
}

TEST_CASE("a .npy file begins with NumPy's header, its data at a multiple of 64 bytes") {
  const Scratch scratch;
  save_npy(scratch / "a.npy", tensor({1, 2, 3}));
  const std::string bytes = read(scratch / "a.npy");
  CHECK(bytes.size() == 128 + 12);
  CHECK(bytes.find("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }") == 10);
  save_npy(scratch / "a.npy", zeros({2, 3}, boolean));
  CHECK(read(scratch / "a.npy").find("{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3), }") == 10);
  save_npy(scratch / "a.npy", tensor(1, int64));
  CHECK(read(scratch / "a.npy").find("{'descr': '<i8', 'fortran_order': False, 'shape': (), }") == 10);
}

TEST_CASE("Fortran order is turned into C order") {
  const Scratch scratch;
  const auto header = [](const std::string& shape) {
    return "{'descr': '<f8', 'fortran_order': True, 'shape': " + shape + ", }";
  };
  write(scratch / "a.npy", npy(header("(2, 3)"), raw<double>({1, 4, 2, 5, 3, 6})));
  CHECK(difference(load_npy(scratch / "a.npy"), tensor({{1, 2, 3}, {4, 5, 6}}, float64)) == "");
  write(scratch / "a.npy", npy(header("(2, 2, 2)"), raw<double>({0, 4, 2, 6, 1, 5, 3, 7})));
  CHECK(difference(load_npy(scratch / "a.npy"), arange(0, 8, 1, float64).reshape({2, 2, 2})) == "");
}

TEST_CASE("int32 and uint8 become int64, header versions 2 and 3 and other orders of keys are read") {
  const Scratch scratch;
  write(scratch / "a.npy",
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", raw<std::int32_t>({-1, 1 << 30})));
  CHECK(difference(load_npy(scratch / "a.npy"), tensor({-1, 1 << 30}, int64)) == "");
  write(scratch / "a.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "\xff\x01"));
  CHECK(difference(load_npy(scratch / "a.npy"), tensor({255, 1}, int64)) == "");
  write(scratch / "a.npy", npy("{\"shape\": (1,), \"fortran_order\": False, \"descr\": \"<f4\"}", raw<float>({2})));
  CHECK(difference(load_npy(scratch / "a.npy"), tensor({2}, float32)) == "");
  for (const char version : {'\x02', '\x03'}) {
    const std::string one = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", raw<float>({2}));
    std::string other = one.substr(0, 10) + std::string(2, '\0') + one.substr(10);
    other[6] = version;
    write(scratch / "a.npy", other);
    CHECK(load_npy(scratch / "a.npy").item() == 2);
  }
}

TEST_CASE("a file that is not there, or a directory, is refused by name") {
  const Scratch scratch;
  CHECK(lacks(error_of([&] { load_npy(scratch / "none.npy"); }), {"load_npy", "none.npy", "No such file"}) == "");
  CHECK(lacks(error_of([&] { load_npz(scratch / "none.npz"); }), {"load_npz", "none.npz", "No such file"}) == "");
  CHECK(lacks(error_of([&] { load_npz(scratch / ""); }), {"load_npz"}) == "");
  CHECK(lacks(error_of([&] { save_npy(scratch / "no/such/a.npy", ones({1})); }), {"save_npy", "a.npy"}) == "");
}

TEST_CASE("malformed headers are refused with what is wrong") {
  const Scratch scratch;
  const auto message = [&](const std::string& dictionary, const std::string& data = std::string(4, '\0')) {
    write(scratch / "a.npy", npy(dictionary, data));
    return error_of([&] { load_npy(scratch / "a.npy"); });
  };
  const std::string rest = ", 'fortran_order': False, 'shape': (1,), }";
  CHECK(lacks(message("{'descr': '>f16'" + rest), {"a.npy", "'>f16'", "'<i4'"}) == "");
  CHECK(lacks(message("{'descr': '<c8'" + rest), {"'<c8'", "complex"}) == "");
  CHECK(lacks(message("{'descr': '|O'" + rest), {"'|O'", "Python objects"}) == "");
  CHECK(lacks(message("{'descr': [('a', '<f4')]" + rest), {"structured"}) == "");
  CHECK(lacks(message("{'descr': '<f4" + rest), {"malformed"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': False}"), {"'shape'", "missing"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'descr': '<f4'" + rest), {"repeated", "descr"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'other': 1" + rest), {"unknown", "other"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }"), {"True or False"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }"), {"malformed"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), {"extent"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x"), {"after"}) == "");
  CHECK(lacks(message("nonsense"), {"malformed"}) == "");
  CHECK(lacks(message(""), {"malformed"}) == "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }"), {"9 axes", "8"}) ==
        "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }"), {"memory"}) ==
        "");
  CHECK(lacks(message("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"), {"64 bits"}) ==
        "");
  CHECK(lacks(message("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\x01\x02"), {"element 1", "2"}) ==
        "");
}

TEST_CASE("data of another size than the header's are refused with both sizes") {
  const Scratch scratch;
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  for (const std::size_t size : {0U, 4U, 23U, 25U, 28U}) {
    write(scratch / "a.npy", npy(header, std::string(size, '\0')));
    CHECK(lacks(error_of([&] { load_npy(scratch / "a.npy"); }), {"a.npy", "24", std::to_string(size), "(2, 3)"}) == "");
  }
}

TEST_CASE("wrong magic, version and every truncation of a .npy file are refused") {
  const Scratch scratch;
  save_npy(scratch / "a.npy", tensor({1, 2}));
  const std::string good = read(scratch / "a.npy");
  const auto message = [&](const std::string& bytes) {
    write(scratch / "b.npy", bytes);
    return error_of([&] { load_npy(scratch / "b.npy"); });
  };
  std::string wrong = good;
  wrong[0] = 'x';
  CHECK(lacks(message(wrong), {"b.npy", "magic"}) == "");
  wrong = good;
  wrong[6] = 4;
  CHECK(lacks(message(wrong), {"version 4.0"}) == "");
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(lacks(message(good.substr(0, size)), {"b.npy"}) == "");
}

TEST_CASE("every truncation of an archive is refused, and names the file") {
  const Scratch scratch;
  save_npz(scratch / "a.npz", {{"x", tensor({1, 2})}, {"y", ones({3}, int64)}});
  for (const std::string& good : {read(scratch / "a.npz"), by_python}) {
    for (std::size_t size = 0; size < good.size(); ++size) {
      write(scratch / "b.npz", good.substr(0, size));
      CHECK(lacks(error_of([&] { load_npz(scratch / "b.npz"); }), {"load_npz", "b.npz"}) == "");
    }
  }
}

TEST_CASE("a flipped bit in a member's data is noticed, and one anywhere does no harm") {
  const Scratch scratch;
  save_npz(scratch / "a.npz", {{"x", tensor({1, 2})}});
  for (const std::string& good : {read(scratch / "a.npz"), by_python}) {
    const std::size_t start = 30 + 5;                     // after local header and name
    const std::size_t end = good.find("PK\x01\x02") - 1;  // the last byte of deflated data may have bits to spare
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string wrong = good;
      wrong[i] = static_cast<char>(wrong[i] ^ (1 << i % 8));
      write(scratch / "b.npz", wrong);
      const std::string text = error_of([&] { load_npz(scratch / "b.npz", {.verify_checksum = false}); });
      if (i >= start && i < end) CHECK(lacks(text, {"b.npz", "x.npy"}) == "");
    }
  }
}

TEST_CASE("members that cannot be read are refused by file and member") {
  const Scratch scratch;
  save_npz(scratch / "a.npz", {{"x", tensor({1, 2})}});
  const std::string good = read(scratch / "a.npz");
  const std::size_t directory = good.find("PK\x01\x02"), end = good.find("PK\x05\x06");
  const auto message = [&](std::size_t offset, char byte) {
    std::string wrong = good;
    wrong[offset] = byte;
    write(scratch / "b.npz", wrong);
    return error_of([&] { load_npz(scratch / "b.npz", {.verify_checksum = false}); });
  };
  CHECK(lacks(message(6, 1), {"b.npz", "x.npy", "encrypted"}) == "");
  CHECK(lacks(message(directory + 10, 12), {"b.npz", "x.npy", "method 12"}) == "");
  CHECK(lacks(message(directory + 16, 0x11), {"b.npz", "x.npy", "CRC-32"}) == "");
  CHECK(lacks(message(directory + 24, 0x11), {"b.npz", "x.npy", "announces"}) == "");
  CHECK(lacks(message(directory + 42, 1), {"b.npz", "x.npy", "byte 1"}) == "");
  CHECK(lacks(message(directory + 46, 'z'), {"b.npz", "z.npy", "another name"}) == "");
  CHECK(lacks(message(end + 12, 1), {"b.npz", "central directory"}) == "");
  CHECK(lacks(message(end + 10, 2), {"b.npz", "disks"}) == "");
}

TEST_CASE("a member that is no array, and two members of one name, are refused") {
  const Scratch scratch;
  save_npz(scratch / "a.npz", {{"x", tensor({1, 2})}, {"y", tensor({3, 4})}});
  std::string twice = read(scratch / "a.npz");
  for (std::size_t at = twice.find("y.npy"); at != std::string::npos; at = twice.find("y.npy")) twice[at] = 'x';
  write(scratch / "b.npz", twice);
  CHECK(lacks(error_of([&] { load_npz(scratch / "b.npz", {.verify_checksum = false}); }),
              {"b.npz", "x.npy", "two members"}) == "");
}

TEST_CASE("writing replaces a file as a whole and leaves nothing else behind") {
  const Scratch scratch;
  save_npz(scratch / "a.npz", examples());
  save_npz(scratch / "a.npz", {{"x", ones({2})}});
  CHECK(load_npz(scratch / "a.npz").size() == 1);
  CHECK(scratch.files() == 1);
  fs::create_directory(scratch / "taken");
  CHECK(lacks(error_of([&] { save_npy(scratch / "taken", ones({2})); }), {"save_npy", "taken", "cannot be written"}) ==
        "");
  CHECK(scratch.files() == 2);
}

TEST_CASE("names that a file cannot hold are refused") {
  const Scratch scratch;
  CHECK(lacks(error_of([&] { save_npz(scratch / "a.npz", {{"", ones({1})}}); }), {"save_npz", "empty"}) == "");
  const std::string endless(70'000, 'x');
  CHECK(lacks(error_of([&] { save_npz(scratch / "a.npz", {{endless, ones({1})}}); }), {"save_npz", "65535"}) == "");
  CHECK(scratch.files() == 0);
}

}  // namespace xgrad
