#include <data/transform.hpp>

#include <fmt/format.h>

#include <data/sample.hpp>

namespace xgrad::data {

ImageTransform::ImageTransform(Function f) {
  if (!f) fail("ImageTransform", "no function; expected one of a Picture and its random numbers");
  steps_ = std::make_shared<const std::vector<Function>>(1, std::move(f));
}

void ImageTransform::operator()(Picture& picture, SplitMix64& random) const {
  if (!steps_) return;
  if (!picture.complete())
    fail("ImageTransform",
         fmt::format("{} values for a picture of {}", picture.values.size(), detail::extents_of(picture)));
  for (const Function& step : *steps_) step(picture, random);
}

ImageTransform ImageTransform::joined(const ImageTransform& first, const ImageTransform& then) {
  if (!first.steps_ || !then.steps_) return first.steps_ ? first : then;
  std::vector<Function> steps = *first.steps_;
  steps.insert(steps.end(), then.steps_->begin(), then.steps_->end());
  ImageTransform both;
  both.steps_ = std::make_shared<const std::vector<Function>>(std::move(steps));
  return both;
}

ImageTransform compose(const std::vector<ImageTransform>& transforms) {
  ImageTransform all;
  for (const ImageTransform& transform : transforms) all = all | transform;
  return all;
}

namespace detail {

ImageTransform checked_lambda(ImageTransform::Function f) {
  if (!f) fail("lambda", "no function; expected one of a Picture, or of a Picture and its random numbers");
  return ImageTransform([f = std::move(f)](Picture& picture, SplitMix64& random) {
    f(picture, random);
    if (!picture.complete())
      fail("lambda", fmt::format("the function left {} values in a picture of {}; expected so many values",
                                 picture.values.size(), extents_of(picture)));
  });
}

namespace {

class Transformed : public PictureSource {
 public:
  Transformed(SourcePtr source, ImageTransform transform)
      : source_(std::move(source)), transform_(std::move(transform)) {}
  std::int64_t size() const override { return source_->size(); }
  void read(std::int64_t index, SplitMix64& random, Sample& sample) const override {
    sample.reader = "transformed";
    source_->read(index, random, sample);
    if (!sample.has_extents)
      fail("transformed", fmt::format("the image of a sample has shape {}; expected (channels, height, width) or "
                                      "(height, width), or an ImageDataset",
                                      to_string(sample.shape())));
    transform_(sample.picture, random);
  }

 private:
  SourcePtr source_;
  ImageTransform transform_;
};

}  // namespace
}  // namespace detail

Dataset<Batch> transformed(const Dataset<Batch>& set, const ImageTransform& transform) {
  return Dataset<Batch>(std::make_shared<detail::Transformed>(set.source(), transform));
}

}  // namespace xgrad::data
