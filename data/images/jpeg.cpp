#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <vector>

// After <cstdio>, whose types they use.
#include <jpeglib.h>

#include <jerror.h>

#include <data/images/decode.hpp>

namespace xgrad::data {
namespace {

constexpr int max_scans = 500;  // of a progressive file: each is work for all pixels, whatever its length

/// A decoder and what its callbacks use.
class JpegDecoder {
 public:
  explicit JpegDecoder(std::string_view bytes) : bytes_(bytes) {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = on_progress;
  }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg_); }

  /// The bytes that have been taken from the file.
  std::size_t at() const noexcept { return jpeg_.src ? bytes_.size() - jpeg_.src->bytes_in_buffer : 0; }
  const char* message() const noexcept { return message_; }
  bool cmyk() const noexcept { return jpeg_.out_color_space == JCS_CMYK; }
  /// Whether CMYK is stored as shares of light, as Adobe's programs do.
  bool inverted() const noexcept { return jpeg_.saw_Adobe_marker; }

  /// Reads the header. False where that failed.
  bool read_header(Image& image) noexcept {
    if (setjmp(jump_)) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_.progress = &progress_;
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes_.data()),
                 static_cast<unsigned long>(bytes_.size()));
    jpeg_read_header(&jpeg_, TRUE);
    if (jpeg_.jpeg_color_space == JCS_GRAYSCALE)
      jpeg_.out_color_space = JCS_GRAYSCALE;
    else if (jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK)
      jpeg_.out_color_space = JCS_CMYK;
    else
      jpeg_.out_color_space = JCS_RGB;
    jpeg_calc_output_dimensions(&jpeg_);
    image.height = jpeg_.output_height;
    image.width = jpeg_.output_width;
    image.channels = jpeg_.out_color_components;
    return true;
  }
  /// The most pixels that the file can hold: each block of 8x8 values has one bit at least, where it is not coded
  /// arithmetically, and stands for several blocks of pixels in a component that is sampled less often.
  std::int64_t held() const noexcept {
    if (jpeg_.arith_code) return std::numeric_limits<std::int64_t>::max();
    return std::ssize(bytes_) * 8 * 64 * jpeg_.max_h_samp_factor * jpeg_.max_v_samp_factor;
  }
  /// Reads the rows to this place, one after the other. False where that failed.
  bool read_rows(std::uint8_t* place) noexcept {
    if (setjmp(jump_)) return false;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = place + std::size_t{jpeg_.output_scanline} * jpeg_.output_width *
                                 static_cast<unsigned>(jpeg_.output_components);
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

 private:
  [[noreturn]] static void on_error(j_common_ptr jpeg) {
    auto& self = *static_cast<JpegDecoder*>(jpeg->client_data);
    self.errors_.format_message(jpeg, self.message_);
    std::longjmp(self.jump_, 1);
  }
  /// Of damaged data, which it would fill up with grey, libjpeg only warns. Other warnings do not touch the pixels.
  static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    switch (jpeg->err->msg_code) {
      case JWRN_ARITH_BAD_CODE:
      case JWRN_HIT_MARKER:
      case JWRN_HUFF_BAD_CODE:
      case JWRN_JPEG_EOF:
      case JWRN_MUST_RESYNC:
        on_error(jpeg);
    }
  }
  static void on_progress(j_common_ptr jpeg) {
    if (jpeg->is_decompressor && reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > max_scans) {
      auto& self = *static_cast<JpegDecoder*>(jpeg->client_data);
      std::snprintf(self.message_, sizeof self.message_, "more than %d scans", max_scans);
      std::longjmp(self.jump_, 1);
    }
  }

  std::string_view bytes_;
  jpeg_decompress_struct jpeg_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  std::jmp_buf jump_;
  char message_[JMSG_LENGTH_MAX] = {};
};

/// red = (255 - cyan) (255 - black) / 255, and so on.
std::vector<std::uint8_t> rgb_of_cmyk(const std::vector<std::uint8_t>& cmyk, bool inverted) {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(cmyk.size() / 4 * 3);
  for (std::size_t i = 0; i < cmyk.size(); i += 4) {
    const auto light = [&](std::size_t k) { return inverted ? cmyk[i + k] : 255U - cmyk[i + k]; };
    for (std::size_t k = 0; k < 3; ++k) rgb.push_back(static_cast<std::uint8_t>((light(k) * light(3) + 127U) / 255U));
  }
  return rgb;
}

}  // namespace

Image decode_jpeg(std::string_view bytes, const CheckExtents& check, const RefuseImage& refuse) {
  JpegDecoder decoder(bytes);
  Image image;
  if (!decoder.read_header(image)) refuse(decoder.at(), decoder.message());
  check(image.height, image.width, decoder.held());
  image.pixels.resize(static_cast<std::size_t>(image.height * image.width * image.channels));
  if (!decoder.read_rows(image.pixels.data())) refuse(decoder.at(), decoder.message());
  if (decoder.cmyk()) {
    image.pixels = rgb_of_cmyk(image.pixels, decoder.inverted());
    image.channels = 3;
  }
  return image;
}

}  // namespace xgrad::data
