#include <doctest/doctest.h>

#include <autograd/fingerprint.hpp>

namespace xgrad {

TEST_CASE("fingerprints of texts are those of FNV-1a") {
  // By the reference implementation of Fowler, Noll and Vo.
  CHECK(Fingerprint().value() == 0xcbf29ce484222325);
  CHECK(Fingerprint().add("a").value() == 0xaf63dc4c8601ec8c);
  CHECK(Fingerprint().add("foobar").value() == 0x85944171f73967e8);
  CHECK(Fingerprint().add("foo").add("bar").value() == Fingerprint().add("foobar").value());
}

TEST_CASE("fingerprints tell numbers and their order apart") {
  const auto of = [](std::uint64_t a, std::uint64_t b) { return Fingerprint().add(a).add(b).value(); };
  CHECK(of(1, 2) == of(1, 2));
  CHECK(of(1, 2) != of(2, 1));
  CHECK(of(0, 0) != of(0, std::uint64_t{1} << 63));
  static_assert(Fingerprint().add(std::uint64_t{7}).value() != Fingerprint().value());
}

}  // namespace xgrad
