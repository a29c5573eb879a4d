#include <apps/batchnorm_study/runner.hpp>

#include <cmath>

namespace xgrad::apps {

Batches::Batches(const data::ImageDataset& images, std::int64_t batch, std::uint64_t seed, std::int64_t workers)
    : loader_(images, {.batch_size = batch, .shuffle = true, .seed = seed, .drop_last = true, .workers = workers}),
      at_(loader_.begin()) {}

data::Batch Batches::next() {
  if (at_ == loader_.end()) at_ = loader_.begin();
  const data::Batch batch = *at_;
  ++at_;
  return batch;
}

void Runner::train(const data::Batch& batch, std::int64_t step, Measured measured) {
  norms_.clear();
  if (measured == Measured::yes) {
    const auto [loss, norms] = learner_.train_and_measure(batch);
    norms_ = norms.to(float64).to_vector<double>();
    loss_ = loss.item();
  } else {
    loss_ = learner_.train(batch).item();
  }
  if (std::isfinite(loss_))
    diverged_at_.reset();
  else if (!diverged_at_)
    diverged_at_ = step;
}

Score Runner::score(const data::Batch& images) {
  Score score{.loss = loss_, .accuracy = std::nan(""), .diverged_at = diverged_at_, .gradient_norms = norms_};
  if (diverged_at_) return score;
  score.accuracy = learner_.accuracy(images);
  if (watches_inputs_) score.input_percentiles = learner_.input_percentiles(images);
  return score;
}

}  // namespace xgrad::apps
