#include <autograd/run/compile/code_memory.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/run/compile/code.hpp>
#include <autograd/run/compile/loops.hpp>

#include "../../way.hpp"

namespace xgrad {
namespace {

/// A line of /proc/self/maps: addresses from `first` to before `last`.
struct Mapping {
  std::uintptr_t first = 0, last = 0;
  std::string rights;  ///< "r-xp"
  std::string text;
};

std::vector<Mapping> mappings() {
  std::vector<Mapping> all;
  std::ifstream file("/proc/self/maps");
  for (std::string line; std::getline(file, line);) {
    Mapping mapping;
    mapping.text = line;
    char dash = 0;
    std::istringstream(line) >> std::hex >> mapping.first >> dash >> mapping.last >> mapping.rights;
    all.push_back(mapping);
  }
  return all;
}

bool has(const std::string& rights, char right) { return rights.find(right) != std::string::npos; }

std::string rights_of(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const Mapping& mapping : mappings())
    if (mapping.first <= at && at < mapping.last) return mapping.rights;
  return "";
}

}  // namespace

TEST_CASE("no page of the process can be written and executed at once, while loops run as machine code") {
  if (mappings().empty()) return;  // a system without /proc
  const test::Way compiled(true, Planning::always, Compiling::always);
  const std::size_t made = run::codes_made();
  std::vector<Tensor> results;
  for (const std::int64_t columns : {17, 40, 331}) {
    const Tensor x = rand({64, columns});
    results.push_back(tanh(x * 2 + 1) / (1 + exp(-x)) + square(x));
    eval(results.back());
    results.push_back(sum(x * x - x, 0));
    eval(results.back());
  }
  if (run::can_compile()) CHECK(run::codes_made() > made);
  for (const Mapping& mapping : mappings()) {
    CAPTURE(mapping.text);
    CHECK_FALSE((has(mapping.rights, 'w') && has(mapping.rights, 'x')));
  }
}

TEST_CASE("memory for code is written first, then read and executed, then gone") {
  if (!run::can_compile() || mappings().empty()) return;
  const std::byte* address = nullptr;
  {
    run::CodeMemory memory(5000);
    REQUIRE(memory);
    address = memory.data();
    CHECK(reinterpret_cast<std::uintptr_t>(address) % 64 == 0);
    CHECK(rights_of(address) == "rw-p");
    CHECK(rights_of(address + 4999) == "rw-p");
    for (int i = 0; i < 5000; ++i) memory.data()[i] = std::byte{0xC3};  // ret
    REQUIRE(memory.make_executable());
    CHECK(rights_of(address) == "r-xp");
    CHECK(rights_of(address + 4999) == "r-xp");
    // Moved, it is still there, once.
    const run::CodeMemory other(std::move(memory));
    CHECK_FALSE(static_cast<bool>(memory));
    CHECK(rights_of(other.data()) == "r-xp");
    reinterpret_cast<void (*)()>(other.data())();
  }
  CHECK_FALSE(has(rights_of(address), 'x'));
}

TEST_CASE("memory for code that nobody has is refused") {
  CHECK_FALSE(static_cast<bool>(run::CodeMemory(std::size_t{1} << 60)));
}

}  // namespace xgrad
