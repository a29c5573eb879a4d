#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <locale>
#include <map>
#include <sstream>
#include <string>

#include <unistd.h>

#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>
#include <autograd/primitive.hpp>
#include <autograd/run/inspect/explain.hpp>
#include <autograd/text.hpp>

#include "wrong_calls.hpp"

// What the library writes and reads is the same under every locale: C's, with a decimal comma, and C++'s, with a comma
// and groups of three digits.
namespace xgrad::test {
namespace {

/// A folder that goes with its object.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("xgrad-locale-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

bool has_comma(const char* name) {
  return std::setlocale(LC_ALL, name) && std::string(std::localeconv()->decimal_point) == ",";
}

struct CommaPunctuation : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// Both locales with commas, for as long as it lives. Where none is installed for C, one is made, if localedef can.
class Commas {
 public:
  Commas() {
    std::locale::global(std::locale(std::locale::classic(), new CommaPunctuation));
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8", "de_DE", "fr_FR"})
      if ((in_c_ = has_comma(name))) return;
    const std::string made = (folder_ / "comma").string();
    if (std::system(("localedef -i de_DE -f UTF-8 '" + made + "' >/dev/null 2>&1").c_str()) != 0) return;
    setenv("LOCPATH", made.substr(0, made.rfind('/')).c_str(), 1);
    in_c_ = has_comma("comma");
  }
  Commas(const Commas&) = delete;
  Commas& operator=(const Commas&) = delete;
  ~Commas() {
    std::setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
    std::locale::global(std::locale::classic());
  }

  bool in_c() const { return in_c_; }

 private:
  Folder folder_;
  bool in_c_ = false;
};

WrongCalls all_rows() {
  WrongCalls rows;
  for (const auto table : {wrong_elementwise_calls, wrong_reductions, wrong_shape_calls, wrong_index_calls,
                           wrong_products, wrong_window_calls, wrong_creations, wrong_aliases, wrong_transform_calls})
    append(rows, table());
  return rows;
}

std::vector<std::string> error_texts() {
  std::vector<std::string> texts;
  for (const WrongCall& row : all_rows()) texts.push_back(error_of(row.call));
  return texts;
}

/// Values of all samples, and the plans of their runs.
std::vector<std::string> printed() {
  std::vector<std::string> texts;
  for (const Primitive* primitive : primitives())
    for (const Sample& sample : primitive->samples()) {
      const Tensor y = sample.f(sample.inputs);
      texts.push_back(explain(y));
      texts.push_back(to_string(y));
      std::ostringstream stream;
      stream << y << y.shape();
      texts.push_back(stream.str());
    }
  texts.push_back(gradcheck([](const Tensor& x) { return exp(x); }, tensor({0.25, 3})).message);
  const Tensor large = full({1234, 1000}, 1234567.5, float64);
  texts.push_back(explain(large + 1));
  texts.push_back(to_string(large));
  for (const double value : {0.5, -1e-9, 1234567.0, 1e300, infinity, not_a_number}) texts.push_back(to_string(value));
  return texts;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

}  // namespace

TEST_CASE("numbers are written and read the same under locales with commas") {
  const Folder folder;
  const std::map<std::string, Tensor> saved = {{"x", full({1234, 1}, 0.5)}, {"y", tensor({1.5, 2})}};
  const auto write = [&] {
    save_npz(folder / "x.npz", saved);
    save_safetensors(folder / "x.safetensors", {saved.begin(), saved.end()}, {{"lr", "0.5"}});
    return bytes_of(folder / "x.npz") + bytes_of(folder / "x.safetensors");
  };
  const std::vector<std::string> errors = error_texts(), texts = printed();
  const std::string bytes = write();
  CHECK(to_string(0.5) == "0.5");

  const Commas commas;
  if (!commas.in_c()) MESSAGE("no locale of C's with a comma is installed, and localedef made none");
  std::ostringstream probe;
  probe << 1234.5;
  REQUIRE(probe.str() == "1.234,5");
  const std::vector<std::string> errors_now = error_texts(), texts_now = printed();
  REQUIRE(errors_now.size() == errors.size());
  for (std::size_t i = 0; i < errors.size(); ++i) CHECK(errors_now[i] == errors[i]);
  REQUIRE(texts_now.size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(texts_now[i] == texts[i]);
  CHECK(write() == bytes);
  for (const auto& [name, tensor] : load_npz(folder / "x.npz")) CHECK(array_equal(tensor, saved.at(name)));
  for (const auto& [name, tensor] : load_safetensors(folder / "x.safetensors").tensors)
    CHECK(array_equal(tensor, saved.at(name)));
}

}  // namespace xgrad::test
