#include <apps/common/image.hpp>

#include <doctest/doctest.h>

#include <apps/common/canvas.hpp>
#include <autograd/error.hpp>

#include "png.hpp"
#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

GreyImage read(const Scratch& scratch, const std::string& bytes) {
  put_file(scratch / "image", bytes);
  return read_image(scratch / "image").on_black;
}

}  // namespace

TEST_CASE("a PGM in text is read, comments and all") {
  const Scratch scratch;
  const GreyImage image = read(scratch, "P2 # grey\n3 2\n# largest\n4\n0 1 2\n3 4 0");
  CHECK(image.width == 3);
  CHECK(image.height == 2);
  CHECK(image.pixels == std::vector<float>{0, 0.25F, 0.5F, 0.75F, 1, 0});
}

TEST_CASE("binary PGMs of one and of two bytes a pixel are read") {
  const Scratch scratch;
  using namespace std::string_literals;
  CHECK(read(scratch, "P5\n2 1\n255\n\xFF\x00"s).pixels == std::vector<float>{1, 0});
  CHECK(read(scratch, "P5 1 2 65535 \xFF\xFF\x00\x00"s).pixels == std::vector<float>{1, 0});
}

TEST_CASE("a broken PGM is refused with its name and byte") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(read(scratch, "P5\n3 2\n255\nabc"),
                       doctest::Contains("image: broken PGM, byte 11: ends after 3"), Error);
  CHECK_THROWS_WITH_AS(read(scratch, "P5"), doctest::Contains("byte 2: expected the width"), Error);
  CHECK_THROWS_WITH_AS(read(scratch, "P5\n0 2\n255\n"), doctest::Contains("byte 3: expected the width"), Error);
  CHECK_THROWS_WITH_AS(read(scratch, "P2\n2 1\n9\n3 10"), doctest::Contains("expected a pixel, a number from 0 to 9"),
                       Error);
  CHECK_THROWS_WITH_AS(read(scratch, "P5\n1 1\n9\n\x0A"), doctest::Contains("a pixel of 10"), Error);
  CHECK_THROWS_WITH_AS(read(scratch, "P2\n2 1\n9\n3 #"), doctest::Contains("expected a pixel"), Error);
  CHECK_THROWS_WITH_AS(read(scratch, "GIF89a"), doctest::Contains("neither a PNG nor a PGM"), Error);
}

TEST_CASE("a PNG's colours become grey") {
  const Scratch scratch;
  save_drawing(scratch / "drawing", 2, 1, [](Canvas& canvas) {
    canvas.fill({0, 0, 1, 1}, {0, 0, 0});
    canvas.fill({1, 0, 1, 1}, {1, 0, 0});
  });
  const GreyImage image = read_image(scratch / "drawing.png").on_black;
  REQUIRE(image.width == 4);  // two pixels a point
  REQUIRE(image.height == 2);
  CHECK(image.pixels[0] == 0);
  CHECK(image.pixels[3] == doctest::Approx(0.299).epsilon(0.01));
}

TEST_CASE("a truncated PNG is refused with its name") {
  const Scratch scratch;
  save_drawing(scratch / "drawing", 8, 8, [](Canvas&) {});
  const std::string png = contents(scratch / "drawing.png");
  CHECK_THROWS_WITH_AS(read(scratch, png.substr(0, png.size() / 2)), doctest::Contains("image: broken PNG"), Error);
}

TEST_CASE("an image scaled down holds the means of what each pixel covers") {
  const GreyImage image{2, 4, {0, 1, 1, 1, 0, 1, 0, 0}};
  const GreyImage square = fit_square(image, 2);
  CHECK(square.pixels == std::vector<float>{0.5F, 0.5F, 0, 0});  // one row of content, (2 - 1) / 2 = 0 rows above it
}

TEST_CASE("scaling by a fraction keeps the mean, and scaling up repeats pixels") {
  const GreyImage image{3, 3, {0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F, 0.7F, 0.8F, 0.9F}};
  CHECK(mean(fit_square(image, 2)) == doctest::Approx(0.5));
  CHECK(mean(fit_square(image, 28)) == doctest::Approx(0.5));
  CHECK(fit_square(image, 6).pixels[7] == doctest::Approx(0.1));
  CHECK(fit_square(image, 3).pixels == image.pixels);
}

TEST_CASE("an inverted image has black for white") {
  CHECK(inverted({1, 2, {0, 0.25F}}).pixels == std::vector<float>{1, 0.75F});
}

TEST_CASE("a PNG that claims too many pixels is refused before it is decoded") {
  const Scratch scratch;
  const std::uint32_t sizes[][2] = {{5001, 5000}, {32767, 32767}, {32768, 1}, {1, 32768}, {4000000000U, 4000000000U}};
  for (const auto& [width, height] : sizes) {
    // Data enough for a first row, so that a decoder would begin.
    const std::string png = Png::with_rows(width, height, std::string(40000, '\0'));
    const std::string claim =
        "has " + std::to_string(width) + "x" + std::to_string(height) + " pixels; expected at most";
    CHECK_THROWS_WITH_AS(read(scratch, png), doctest::Contains(claim.c_str()), Error);
  }
  CHECK_THROWS_WITH_AS(read(scratch, "P5 32767 32767 255 "), doctest::Contains("pixels; expected at most"), Error);
  CHECK_THROWS_WITH_AS(read(scratch, "P2 5001 5000 255 0 0"), doctest::Contains("pixels; expected at most"), Error);
}

TEST_CASE("what is no image is refused by its first bytes, whatever follows") {
  CHECK_THROWS_WITH_AS(read_image("/dev/zero"), doctest::Contains("/dev/zero: neither"), Error);
  CHECK_THROWS_WITH_AS(read_image("/nowhere.png"), doctest::Contains("/nowhere.png: cannot be opened"), Error);
  const Scratch scratch;
  CHECK_THROWS_AS(read_image(scratch / ""), Error);  // a directory
  CHECK_THROWS_WITH_AS(read(scratch, ""), doctest::Contains("neither"), Error);
  const std::string png = Png::of(1, 1, {{255, 255, 255, 255}});
  for (std::size_t length = 4; length + 12 < png.size(); ++length)  // without its last chunk it can be read
    CHECK_THROWS_WITH_AS(read(scratch, png.substr(0, length)), doctest::Contains("image: broken PNG"), Error);
}

TEST_CASE("a transparent picture shows what it is laid on") {
  const Scratch scratch;
  put_file(scratch / "image", Png::of(4, 1, {{255, 255, 255, 0}, {0, 0, 0, 255}, {255, 255, 255, 255}, {0, 0, 0, 51}}));
  const Picture picture = read_image(scratch / "image");
  CHECK_FALSE(picture.opaque());
  CHECK(picture.on_black.pixels == std::vector<float>{0, 0, 1, 0});
  const GreyImage on_white = picture.on_white();
  CHECK(on_white.pixels[0] == 1);
  CHECK(on_white.pixels[1] == 0);
  CHECK(on_white.pixels[2] == 1);
  CHECK(on_white.pixels[3] == doctest::Approx(0.8));
  CHECK(picture.visible_mean() == doctest::Approx(1 / 2.2));
  put_file(scratch / "image", Png::of(1, 1, {{51, 51, 51, 255}}));
  CHECK(read_image(scratch / "image").opaque());
  put_file(scratch / "image", Png::of(1, 1, {{51, 51, 51, 0}}));
  CHECK(read_image(scratch / "image").visible_mean() == 0);
}

TEST_CASE("contrast is from the darkest to the lightest pixel") {
  CHECK(contrast({1, 3, {0.25F, 0.75F, 0.5F}}) == 0.5);
  CHECK(contrast({1, 2, {0.5F, 0.5F}}) == 0);
}
