#include <autograd/number.hpp>

#include <autograd/error.hpp>
#include <autograd/text.hpp>

namespace xgrad {

void Number::refuse(std::uint64_t value) {
  fail("Number", std::to_string(value) + " is given; expected an integer that fits int64, up to " +
                     std::to_string(std::numeric_limits<std::int64_t>::max()));
}

std::int64_t Number::to_int64(std::string_view where, std::string_view argument) const {
  check_fits(DType::int64, where, argument);
  return truncated();
}

void Number::check_fits(DType dtype, std::string_view where, std::string_view argument) const {
  if (dtype == DType::int64 && !fits_int64())
    fail(where,
         std::string(argument) + " is " + text() + " for dtype int64; expected a whole number that fits 64 bits");
}

void Number::write(DType dtype, void* out) const noexcept {
  switch (dtype) {
    case DType::boolean:
      *static_cast<bool*>(out) = integral() ? value_.whole != 0 : value_.real != 0;
      break;
    case DType::int64:
      *static_cast<std::int64_t*>(out) = truncated();
      break;
    case DType::bfloat16:
      *static_cast<BFloat16*>(out) = BFloat16(static_cast<float>(to_double()));
      break;
    case DType::float32:
      *static_cast<float*>(out) = integral() ? static_cast<float>(value_.whole) : static_cast<float>(value_.real);
      break;
    case DType::float64:
      *static_cast<double*>(out) = to_double();
      break;
  }
}

std::string Number::text() const {
  if (dtype_ == boolean) return value_.whole != 0 ? "true" : "false";
  return integral() ? std::to_string(value_.whole) : xgrad::to_string(value_.real);
}

}  // namespace xgrad
