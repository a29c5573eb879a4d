#include <apps/common/flags.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <apps/common/serve_at.hpp>
#include <apps/common/suggest.hpp>

#include "german.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

/// What a command line gives a flag --x with a number, or what it is refused with.
template <class T>
std::string given(const Accepted<T>& accepted, std::vector<std::string> arguments) {
  CLI::App app("", "test");
  T value = accepted.low;
  add_number(app, "--x", value, accepted, "a number");
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return fmt::format("{}", value);
}

const std::vector<std::string> no_numbers = {"",     " ",   "x",     "1x",  " 1",    "1 ",    "0x10",   "1,5",
                                             "+1",   "nan", "-nan",  "inf", "-inf",  "1e999", "1e",     "--1",
                                             "1..2", "−1",  "1.5.2", "١",   "1'000", "1_000", "1.e400", "0b1"};

}  // namespace

TEST_CASE("what is no number is none, of no type") {
  for (const std::string& text : no_numbers) {
    CHECK_MESSAGE(!parse_number<double>(text), text);
    CHECK_MESSAGE(!parse_number<std::int64_t>(text), text);
    CHECK_MESSAGE(!parse_number<std::uint64_t>(text), text);
  }
  for (const char* text : {"1.5", "1e3", "1.", "9223372036854775808", "-9223372036854775809"})
    CHECK_MESSAGE(!parse_number<std::int64_t>(text), text);
  for (const char* text : {"-1", "-0", "18446744073709551616"}) CHECK_MESSAGE(!parse_number<std::uint64_t>(text), text);
}

TEST_CASE("numbers are read to the last bit") {
  CHECK(parse_number<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const double value : {1.0 / 3, 1e-310, 5e-324, 1.7976931348623157e308, -0.1, 0.0})
    CHECK(parse_number<double>(fmt::format("{}", value)) == value);
}

TEST_CASE("a flag refuses what it does not take, with its name, the value and what was expected") {
  for (const std::string& text : no_numbers) {
    if (text.starts_with("--")) continue;  // looks like a flag
    const std::string refusal = given(positive_number(), {"--x", text});
    CHECK(refusal == fmt::format("--x: '{}' is not a number from 1e-38 to 1e38", text));
    CHECK(given(seed_number(), {"--x", text}) ==
          fmt::format("--x: '{}' is not a whole number from 0 to 18446744073709551615", text));
  }
  CHECK(given(seed_number(), {"--x", "-1"}).starts_with("--x: '-1' is not"));
  CHECK(given(whole_number(1, 1024), {"--x", "1000000000"}) ==
        "--x: '1000000000' is not a whole number from 1 to 1024");
  for (const char* text : {"0", "-1", "1e300", "1e-300"})
    CHECK(given(positive_number(), {"--x", text}).starts_with("--x: '"));
  for (const char* text : {"1", "-1e-300", "1e300"}) CHECK(given(fraction(), {"--x", text}).starts_with("--x: '"));
}

TEST_CASE("a flag takes what it should") {
  CHECK(given(positive_number(), {"--x", "1e-38"}) == "1e-38");
  CHECK(given(positive_number(), {"--x=2.5e3"}) == "2500");
  CHECK(given(non_negative_number(), {"--x", "0"}) == "0");
  CHECK(given(fraction(), {"--x", "0.9999999999999999"}) == "0.9999999999999999");
  CHECK(given(seed_number(), {"--x", "18446744073709551615"}) == "18446744073709551615");
  CHECK(given(whole_number(1, 1024), {"--x", "1024"}) == "1024");
}

TEST_CASE("flags and their help are the same in any locale") {
  const auto help = [] {
    CLI::App app("", "test");
    double lr = 0.002;
    std::int64_t steps = 1234567;
    std::vector<std::int64_t> hidden = {1000, 2000};
    add_number(app, "--lr", lr, positive_number(), "rate");
    add_number(app, "--steps", steps, whole_number<std::int64_t>(1, 2000000), "steps");
    add_numbers(app, "--hidden", hidden, whole_number<std::int64_t>(1, 1000000), "units");
    return app.help();
  };
  const std::string expected = help();
  const German german;
  if (!german.in_c_library()) MESSAGE("the C library has no German here: tried with C++'s streams only");
  CHECK(help() == expected);
  CHECK(given(positive_number(), {"--x", "0.5"}) == "0.5");
  CHECK(given(positive_number(), {"--x", "0,5"}).starts_with("--x: '0,5' is not"));
  CHECK(given(whole_number(1, 5000), {"--x", "1000"}) == "1000");
  CHECK(given(whole_number(1, 5000), {"--x", "1.000"}).starts_with("--x: '1.000' is not"));
  CHECK(figure(1234.5, 2) == "1234.50");
  CHECK(csv_number(0.5) == "0.5");
}

TEST_CASE("figures that are not finite say so in words") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(figure(std::nan(""), 3) == "NaN");
  CHECK(figure(-std::nan(""), 3) == "NaN");
  CHECK(figure(infinity, 3) == "inf");
  CHECK(figure(-infinity, 3) == "-inf");
  CHECK(csv_number(-std::nan("")) == "nan");
  CHECK(csv_number(infinity) == "inf");
}

TEST_CASE("the distance of two words is the number of slips between them") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("train", "train") == 0);
  CHECK(edit_distance("trian", "train") == 1);
  CHECK(edit_distance("tain", "train") == 1);
  CHECK(edit_distance("trrain", "train") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("where a run is shown is a port, or an address in numbers and a port") {
  const auto at = [](const char* text) -> std::string {
    const auto parsed = parse_serve_at(text);
    return parsed ? fmt::format("{} {}{}", parsed->address, parsed->port, parsed->is_public() ? " public" : "")
                  : "none";
  };
  CHECK(at("8080") == "127.0.0.1 8080");
  CHECK(at("localhost:0") == "127.0.0.1 0");
  CHECK(at("127.0.0.1:65535") == "127.0.0.1 65535");
  CHECK(at("0.0.0.0:1") == "0.0.0.0 1 public");
  CHECK(at("192.168.0.5:8080") == "192.168.0.5 8080 public");
  for (const char* text : {"", ":", ":80", "65536", "-1", "8080 ", "+80", "1.2.3:80", "1.2.3.4", "1.2.3.4:", "host:80",
                           "1.2.3.4:80:80", "::1:80", "1.2.3.4.5:80", "0x7f.0.0.1:80"})
    CHECK_MESSAGE(at(text) == "none", text);
}

TEST_CASE("a slip is answered with what was meant, and anything else with nothing") {
  const std::vector<std::string> commands = {"train", "eval", "predict"};
  CHECK(did_you_mean("trian", commands) == "; did you mean 'train'?");
  CHECK(did_you_mean("evla", commands) == "; did you mean 'eval'?");
  CHECK(did_you_mean("banana", commands) == "");
  CHECK(did_you_mean("", commands) == "");
  CHECK(did_you_mean(std::string(100000, 't'), commands) == "");
}
