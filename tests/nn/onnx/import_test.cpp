#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <onnx/onnx_pb.h>
#include <nn/onnx/onnx.hpp>

#include "models.hpp"

namespace xgrad::test {
namespace {

const std::filesystem::path file = "import_test.onnx";

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item();
}

std::string bytes_of_file() {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// A model of one node with inputs "a" and "b" and the output "y", changed by `change`.
std::string model_of(const char* op, const auto& change) {
  ::onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  auto& graph = *model.mutable_graph();
  graph.add_input()->set_name("a");
  graph.add_input()->set_name("b");
  graph.add_output()->set_name("y");
  auto& node = *graph.add_node();
  node.set_name("one");
  node.set_op_type(op);
  node.add_input("a");
  node.add_input("b");
  node.add_output("y");
  change(model);
  return model.SerializeAsString();
}

TEST_CASE("onnx: what was exported computes the same when it is imported, at any batch size") {
  for (const ExportedModel& model : exported_models()) {
    CAPTURE(model.name);
    onnx::save(model.module, file, {{"x", model.input(2), model.batch_axis}});
    const onnx::Model loaded = onnx::load(file);
    CHECK(loaded.input_names() == std::vector<std::string>{"x"});
    CHECK(loaded.output_names() == std::vector<std::string>{"output"});
    for (const std::int64_t batch : {1, 2, 7}) {
      CAPTURE(batch);
      const Tensor x = model.input(batch);
      CHECK(largest_difference(loaded(x), model.module(x)) < 1e-5);
      CHECK(largest_difference(loaded.run({{"x", x}})[0].second, model.module(x)) < 1e-5);
    }
    std::set<std::string> expected, given;
    for (const auto& [name, parameter] : model.module.named_parameters()) expected.insert(name);
    for (const auto& [name, parameter] : loaded.named_parameters()) given.insert(name);
    CHECK(given == expected);
  }
}

TEST_CASE("onnx: gradients of an imported model are those of the exported one, and it can be trained") {
  manual_seed(3);
  nn::Sequential model{nn::Linear(4, 8), nn::Tanh(), nn::Linear(8, 1)};
  const Tensor x = randn({16, 4}), y = sum(x, 1, {.keepdims = true});
  onnx::save(model, file, {{"x", x}});
  onnx::Model loaded = onnx::load(file);
  {
    Tape tape;
    const Tensor a = mean(square(model(x) - y)), b = mean(square(loaded(x) - y));
    const auto ga = tape.gradient(a, model.parameters()), gb = tape.gradient(b, loaded.parameters());
    REQUIRE(ga.size() == gb.size());
    const auto names = model.named_parameters(), others = loaded.named_parameters();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto same = std::ranges::find(others, names[i].first, [](const auto& entry) { return entry.first; });
      REQUIRE(same != others.end());
      CHECK(largest_difference(ga[i], gb[static_cast<std::size_t>(same - others.begin())]) < 1e-5);
    }
  }
  optim::SGD sgd(loaded.parameters(), {.lr = 0.1});
  const double before = mean(square(loaded(x) - y)).item();
  for (int step = 0; step < 20; ++step) {
    Tape tape;
    sgd.step(tape.gradient(mean(square(loaded(x) - y)), loaded.parameters()));
  }
  CHECK(mean(square(loaded(x) - y)).item() < 0.5 * before);
  onnx::save(loaded, file, {{"x", x}});
  CHECK(largest_difference(onnx::load(file)(x), loaded(x)) < 1e-5);
  nn::load_state_dict(model, nn::state_dict(loaded));
  CHECK(largest_difference(model(x), loaded(x)) < 1e-5);
}

TEST_CASE("onnx: gradients of a convolution by Winograd's algorithm are exported with its transforms") {
  manual_seed(9);
  const Tensor weight = randn({16, 17, 3, 3}), x = randn({2, 17, 7, 10});
  eval(weight);
  const auto gradients = [&](const std::vector<Tensor>& in) {
    const Tensor y = conv2d(in[0], weight, {}, {.padding = 1});
    return gradient(sum(square(y)), {in[0], weight});
  };
  onnx::save(gradients, file, {{"x", x}});
  const onnx::Model loaded = onnx::load(file);
  for (const std::int64_t batch : {1, 5}) {
    const Tensor images = randn({batch, 17, 7, 10});
    const auto found = loaded.run({{"x", images}});
    const std::vector<Tensor> expected = gradients({images});
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(largest_difference(found[i].second, expected[i]) < 1e-4 * max(abs(expected[i])).item());
  }
}

TEST_CASE("onnx: derivatives of a max pool to second order are exported") {
  manual_seed(10);
  const auto derivatives = [](const std::vector<Tensor>& in) {
    const Tensor y = max_pool2d(in[0], 3, {.stride = 2, .padding = 1});
    const Tensor first = gradient(sum(y * y * y), in[0]);
    return std::vector<Tensor>{first, gradient(sum(first * in[1]), in[0])};
  };
  onnx::save(derivatives, file, {{"x", randn({2, 3, 7, 8})}, {"v", randn({2, 3, 7, 8})}});
  const onnx::Model loaded = onnx::load(file);
  for (const std::int64_t batch : {1, 4}) {
    const Tensor x = randn({batch, 3, 7, 8}), v = randn({batch, 3, 7, 8});
    const auto found = loaded.run({{"x", x}, {"v", v}});
    const std::vector<Tensor> expected = derivatives({x, v});
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(largest_difference(found[i].second, expected[i]) < 1e-4);
  }
}

TEST_CASE("onnx: tensors of all types, as bytes and as lists, and under any name") {
  const auto with = [](const auto& fill) {
    return onnx::parse(model_of("Add", [&](::onnx::ModelProto& model) {
      auto& tensor = *model.mutable_graph()->add_initializer();
      tensor.set_name("b");
      tensor.add_dims(2);
      fill(tensor);
    }));
  };
  const Tensor zero = zeros({2}), whole = zeros({2}, int64);
  using Proto = ::onnx::TensorProto;
  const auto value = [](const onnx::Model& model, const Tensor& x) { return model(x).to_vector<double>(); };
  CHECK(value(with([](Proto& t) {
                t.set_data_type(Proto::FLOAT16);
                t.add_int32_data(0x3C00);
                t.add_int32_data(0xC000);
              }),
              zero) == std::vector<double>{1, -2});
  CHECK(value(with([](Proto& t) {
                t.set_data_type(Proto::BFLOAT16);
                t.set_raw_data("\x80\x3F\x00\xC0", 4);
              }),
              zero) == std::vector<double>{1, -2});
  CHECK(value(with([](Proto& t) {
                t.set_data_type(Proto::INT8);
                t.set_raw_data("\xFF\x7F", 2);
              }),
              whole) == std::vector<double>{-1, 127});
  CHECK(value(with([](Proto& t) {
                t.set_data_type(Proto::UINT8);
                t.add_int32_data(255);
                t.add_int32_data(0);
              }),
              whole) == std::vector<double>{255, 0});
  CHECK(message_of([&] {
          with([](Proto& t) {
            t.set_data_type(Proto::FLOAT);
            t.set_raw_data("123", 3);
          });
        }) == "onnx::load: 'model': tensor 'b': 3 bytes for shape (2,) of elements of 4 bytes; expected 8");
  CHECK(message_of([&] {
          with([](Proto& t) {
            t.set_data_type(Proto::INT64);
            t.add_dims(std::int64_t{1} << 40);
          });
        }).find("onnx::load: 'model': tensor 'b': 0 values for shape") == 0);
  CHECK(message_of([&] { with([](Proto& t) { t.set_data_type(Proto::STRING); }); }) ==
        "onnx::load: 'model': tensor 'b': its elements have type STRING of ONNX, which tensors do not have");
  CHECK(message_of([&] {
          with([](Proto& t) {
            t.set_data_type(Proto::FLOAT);
            t.set_dims(0, -1);
          });
        }) == "onnx::load: 'model': tensor 'b': an extent is -1; expected 0 or more");

  // Names that are no names of modules, and one that is the beginning of another.
  const onnx::Model named = onnx::parse(model_of("Sum", [](::onnx::ModelProto& model) {
    auto& node = *model.mutable_graph()->mutable_node(0);
    for (const char* name : {"w", "w.bias", "..", "a.b.c", "onnx::Add_1", ".x"}) {
      node.add_input(name);
      auto& tensor = *model.mutable_graph()->add_initializer();
      tensor.set_name(name);
      tensor.add_dims(1);
      tensor.set_data_type(Proto::FLOAT);
      tensor.add_float_data(1);
    }
  }));
  CHECK(named.parameters().size() == 6);
  CHECK(named({zeros({1}), zeros({1})}).item() == 6);
}

TEST_CASE("onnx: files and calls that are wrong are Errors that say where") {
  const auto text_of = [](const char* op, const auto& change) {
    return message_of([&] { onnx::parse(model_of(op, change)); });
  };
  const auto none = [](::onnx::ModelProto&) {};
  CHECK(text_of("Nonsense", none) ==
        "onnx::load: 'model': node 'one' (Nonsense): the operator 'Nonsense' is not supported");
  CHECK(text_of("Add", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_domain("com.me"); }) ==
        "onnx::load: 'model': node 'one' (Add): the operator 'Add' of domain 'com.me' is not supported");
  CHECK(text_of("Add", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_input(1, "c"); }) ==
        "onnx::load: 'model': the value 'c' of node 'one' (Add) is not computed before it is read");
  CHECK(text_of("Add", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_output(0, "a"); }) ==
        "onnx::load: 'model': the value 'a' of node 'one' (Add) is defined twice");
  CHECK(text_of("Add", [](auto& m) { m.mutable_opset_import(0)->set_version(99); }) ==
        "onnx::load: 'model': its operators are those of opset 99; 1 to 22 are supported");
  CHECK(text_of("Add", [](auto& m) { m.mutable_graph()->clear_output(); }) ==
        "onnx::load: 'model': it has no outputs; expected at least one");
  CHECK(text_of("If", none).find("'If' is not supported") != std::string::npos);
  CHECK(message_of([] { onnx::load("no such file"); }).find("no such file") != std::string::npos);
  CHECK(message_of([] { onnx::parse("hello, this is no model"); }).find("onnx::load: 'model': its 23 bytes") == 0);
  CHECK(message_of([] { onnx::parse(""); }).find("it has no graph") != std::string::npos);

  const onnx::Model model = onnx::parse(model_of("Add", none));
  CHECK(message_of([&] {
          model({ones({2}), ones({3})});
        }).find("onnx::load: 'model': node 'one' (Add): add: shapes") != std::string::npos);
  CHECK(message_of([&] { model(ones({2})); }).find("1 inputs were given; onnx::load: 'model' takes 2: a, b") !=
        std::string::npos);
  CHECK(message_of([&] { model.run({{"z", ones({1})}}); }).find("'z' is no input") != std::string::npos);
  CHECK(message_of([&] { model.run({{"a", ones({1})}}); }).find("the input 'b'") != std::string::npos);
  const onnx::Model sums = onnx::parse(model_of("Concat", [](auto& m) {
    auto& attribute = *m.mutable_graph()->mutable_node(0)->add_attribute();
    attribute.set_name("axis");
    attribute.set_type(::onnx::AttributeProto::STRING);
    attribute.set_s("first");
  }));
  CHECK(message_of([&] {
          sums({ones({2}), ones({3})});
        }).find("attribute 'axis' has another type") != std::string::npos);
}

TEST_CASE("onnx: a file that is cut off or damaged gives a model or an Error, and nothing else") {
  nn::Sequential model{nn::Conv2d(1, 2, 3), nn::ReLU(), nn::Flatten(), nn::Linear(8, 2)};
  const Tensor x = ones({2, 1, 4, 4});
  onnx::save(model, file, {{"x", x}});
  const std::string bytes = bytes_of_file();
  std::size_t refused = 0;
  const auto attempt = [&](const std::string& damaged) {
    try {
      onnx::parse(damaged)(x).to_vector<float>();
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t size = 0; size < bytes.size(); size += 7) attempt(bytes.substr(0, size));
  CHECK(refused > 10);
  for (std::size_t place = 0; place < bytes.size(); place += 3) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << place % 8));
    attempt(damaged);
  }
  CHECK(refused > 50);
}

TEST_CASE("onnx: the operators that can be imported") {
  const std::vector<std::string> names = onnx::imported_operators();
  CHECK(names.size() > 120);
  CHECK(std::ranges::is_sorted(names));
  for (const char* name : {"Conv", "LSTM", "Gemm", "LayerNormalization", "Einsum"})
    CHECK(std::ranges::find(names, name) != names.end());
}

}  // namespace
}  // namespace xgrad::test
