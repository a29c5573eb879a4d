#pragma once

#include <vector>

#include <data/image_dataset.hpp>
#include <nn/nn.hpp>

namespace xgrad::examples {

/// A convolutional network in two parts: the body makes features of images (N, 1, 28, 28), the head logits of those.
class Classifier : public nn::Module {
 public:
  explicit Classifier(std::int64_t classes);

  Tensor forward(const Tensor& images) const override { return head(body(images)); }

  nn::Sequential body;
  nn::Linear head;
};

/// The images of digits first to last, with labels from 0 on, (1, 28, 28) each.
struct Images {
  Tensor images;
  Tensor labels;
};
Images digits_between(const data::ImageDataset& set, std::int64_t first, std::int64_t last);
/// The first so many images of each class.
Images few_of_each(const Images& all, std::int64_t classes, std::int64_t count);

struct FineTuningOptions {
  std::int64_t pretraining_epochs = 2;
  std::int64_t batch = 50;
  std::int64_t steps = 200;  ///< of each of the two parts of fine-tuning; from scratch it takes as many as both
  double lr = 2e-3;
  double head_lr = 1e-2;  ///< of the head alone
  double body_lr = 2e-4;  ///< of the body where the head is trained beside it
  std::uint64_t seed = 1;
};

/// A classifier of digits 0 to 4, trained on many images.
Classifier pretrain(const Images& many, const FineTuningOptions& options = {});

/// What a few images of digits 5 to 9 lead to, as accuracies on many others.
struct Accuracies {
  double from_scratch = 0;  ///< a network that begins at random
  double head_only = 0;     ///< the pretrained body as it is, and a new head
  double fine_tuned = 0;    ///< the same, and then all of it trained, the body at a lower rate
};
Accuracies fine_tune(const Classifier& pretrained, const Images& few, const Images& test,
                     const FineTuningOptions& options = {});

}  // namespace xgrad::examples
