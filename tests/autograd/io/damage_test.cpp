#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <map>
#include <random>

#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>
#include <autograd/ops.hpp>

#include "../../apps/scratch.hpp"
#include "../expect.hpp"
#include "bytes.hpp"

// Valid files of each kind, damaged at every place: reading gives an Error or equal data, and no crash. The builds with
// sanitizers run these, too.
namespace xgrad {
namespace {

using Tensors = std::map<std::string, Tensor>;

enum class Promise {
  noticed,  ///< no byte may differ
  parsed    ///< there is no checksum: other data may come out, and nothing worse
};

struct Kind {
  std::string name;
  std::string bytes;
  std::function<Tensors(const std::filesystem::path&)> load;
  Promise promise;
};

Tensors examples() {
  return {{"x", tensor({{1, 2.5, -3}, {4, 5, 6}})},
          {"bo\u00e9l", tensor({1, 0, 1}, boolean)},
          {"empty", zeros({0, 3})},
          {"n", tensor({-7, 300}, int64)},
          {"zeros", zeros({100}, float64)}};
}

Tensors of(const NamedTensors& tensors) { return {tensors.begin(), tensors.end()}; }

std::vector<Kind> kinds() {
  const Scratch scratch;
  const Tensors all = examples();
  const NamedTensors named(all.begin(), all.end());
  const auto load_one = [](const std::filesystem::path& path) { return Tensors{{"", load_npy(path)}}; };
  const auto load_archive = [](const std::filesystem::path& path) { return load_npz(path); };
  const auto load_entries = [](const std::filesystem::path& path) { return of(load_safetensors(path).tensors); };
  std::vector<Kind> result;
  const auto add = [&](const std::string& name, const auto& load, Promise promise) {
    result.push_back({name, contents(scratch / "file"), load, promise});
  };
  save_npy(scratch / "file", all.at("x"));
  add("npy", load_one, Promise::parsed);
  test::spill(scratch / "file", test::npy_file(">i2", true, {2, 3}, "abcdefghijkl"));
  add("npy in Fortran order", load_one, Promise::parsed);
  save_npz(scratch / "file", all, {.dtypes = {{"n", StoredDType::int16}}});
  add("npz", load_archive, Promise::noticed);
  test::spill(scratch / "file", test::without_comment(contents(scratch / "file")));
  add("npz without a checksum", load_archive, Promise::parsed);
  save_npz(scratch / "file", all, {.compression = NpzCompression::deflated});
  add("deflated npz", load_archive, Promise::noticed);
  save_safetensors(scratch / "file", named, {{"epoch", "3"}}, {.checksum = false});
  add("safetensors", load_entries, Promise::parsed);
  save_safetensors(scratch / "file", named, {{"epoch", "3"}}, {.dtypes = {{"x", StoredDType::bfloat16}}});
  add("safetensors with a checksum", load_entries, Promise::noticed);
  return result;
}

std::string differs(const Tensors& a, const Tensors& b) {
  if (a.size() != b.size()) return "other names";
  for (const auto& [name, x] : a) {
    if (!b.contains(name)) return "no '" + name + "'";
    if (const std::string text = test::difference(x, b.at(name)); !text.empty()) return "'" + name + "': " + text;
  }
  return "";
}

/// Loads damaged bytes. "" where that is as promised.
class Loader {
 public:
  explicit Loader(const Kind& kind) : kind_(kind), whole_(load(kind.bytes)) {}

  std::string try_damaged(const std::string& bytes) {
    if (bytes == kind_.bytes) return "";
    ++tried_;
    Tensors loaded;
    try {
      loaded = load(bytes);
    } catch (const Error& error) {
      ++refused_;
      const std::string text = error.what();
      return text.find("damaged") == std::string::npos ? "the Error does not name the file: " + text : "";
    } catch (const std::exception& error) {
      return std::string("not an Error of the library: ") + error.what();
    }
    return kind_.promise == Promise::noticed ? "the damage was not noticed" : "";
  }

  std::string difference_of(const std::string& bytes) { return differs(load(bytes), whole_); }
  int tried() const { return tried_; }
  int refused() const { return refused_; }

 private:
  Tensors load(const std::string& bytes) {
    test::spill(scratch_ / "damaged", bytes);
    return kind_.load(scratch_ / "damaged");
  }

  const Kind& kind_;
  const Scratch scratch_;
  Tensors whole_;
  int tried_ = 0, refused_ = 0;
};

/// Fails with the place of the first broken promise.
struct Report {
  std::string first;
  void note(const std::string& text, const std::string& where) {
    if (first.empty() && !text.empty()) first = where + ": " + text;
  }
};

}  // namespace

TEST_CASE("a flipped bit anywhere in a file with a checksum is an Error, and elsewhere at worst other data") {
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    Loader loader(kind);
    Report report;
    for (std::size_t at = 0; at < kind.bytes.size(); ++at) {
      // Where all have to be noticed each bit is tried, else one of each byte.
      for (int bit = 0; bit < 8; ++bit) {
        if (kind.promise != Promise::noticed && bit != static_cast<int>(at * 5 % 8)) continue;
        std::string bytes = kind.bytes;
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
        report.note(loader.try_damaged(bytes), "byte " + std::to_string(at) + ", bit " + std::to_string(bit));
      }
    }
    CHECK(report.first == "");
    CHECK(loader.refused() > 0);
  }
}

TEST_CASE("every truncation of a file is an Error") {
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    Loader loader(kind);
    Report report;
    for (std::size_t size = 0; size < kind.bytes.size(); ++size)
      report.note(loader.try_damaged(kind.bytes.substr(0, size)), "first " + std::to_string(size));
    CHECK(report.first == "");
    CHECK(loader.refused() == loader.tried());
  }
}

TEST_CASE("bytes after the end, before the beginning or in between are an Error, or change nothing in the data") {
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    Loader loader(kind);
    Report report;
    for (const std::string& extra : {std::string(1, '\0'), std::string("x"), std::string(100, ' '), kind.bytes})
      for (const std::string& bytes : {kind.bytes + extra, extra + kind.bytes})
        report.note(loader.try_damaged(bytes), "extra bytes");
    CHECK(loader.refused() == loader.tried());
    for (std::size_t at = 0; at < kind.bytes.size(); at += 3)
      report.note(loader.try_damaged(std::string(kind.bytes).insert(at, "\x01")), "one byte at " + std::to_string(at));
    CHECK(report.first == "");
  }
}

TEST_CASE("numbers in headers of any size, and random damage, are an Error or other data, never a crash") {
  std::mt19937 random(20261128);
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    Loader loader(kind);
    Report report;
    const auto below = [&](std::size_t n) { return random() % n; };
    for (int round = 0; round < 1500; ++round) {
      std::string bytes = kind.bytes;
      const std::size_t at = below(bytes.size());
      switch (below(4)) {
        case 0:  // a large number in binary
          for (std::size_t i = at; i < std::min(bytes.size(), at + (1U << below(4))); ++i) bytes[i] = '\xff';
          break;
        case 1:  // a large number in digits
          if (const std::size_t digit = bytes.find_first_of("0123456789", at); digit != std::string::npos)
            bytes.insert(digit, std::string(1 + below(22), '9'));
          break;
        case 2:  // pieces that change their places
          bytes = bytes.substr(at) + bytes.substr(0, at);
          break;
        default:
          for (std::size_t i = 0; i < 1 + below(8); ++i) bytes[below(bytes.size())] = static_cast<char>(random());
      }
      report.note(loader.try_damaged(bytes), "round " + std::to_string(round));
    }
    CHECK(report.first == "");
    CHECK(loader.refused() > 0);
  }
}

TEST_CASE("the data of an archive's members cannot change without an Error") {
  for (const Kind& kind : kinds()) {
    if (kind.name.find("npz") == std::string::npos) continue;
    INFO(kind.name);
    Loader loader(kind);
    for (std::size_t at = 0; at < kind.bytes.size(); ++at) {
      std::string bytes = kind.bytes;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
      std::string text = "no Error";
      try {
        text = loader.difference_of(bytes);
      } catch (const Error&) {
        continue;
      }
      // What may change unnoticed is a name, in both places, which one byte cannot, or what is not read at all.
      CHECK_MESSAGE(text == "", "byte " << at << ": " << text);
    }
  }
}

}  // namespace xgrad
