#pragma once

#include <map>
#include <string>

#include "protocol.hpp"

/// GradBench's twelve problems, as tensor programs of xgrad, or of a peer in torch/. The problems and their formulas
/// are GradBench's (github.com/gradbench/gradbench, evals/); README.md says where a program differs from its reference.
namespace gradbench {

Module ba();
Module det();
Module gmm();
Module hello();
Module ht();
Module kmeans();
Module llsq();
Module lse();
Module lstm();
Module ode();
Module particle();
Module saddle();

inline std::map<std::string, Module> modules() {
  return {{"ba", ba()},     {"det", det()},       {"gmm", gmm()},           {"hello", hello()},
          {"ht", ht()},     {"kmeans", kmeans()}, {"llsq", llsq()},         {"lse", lse()},
          {"lstm", lstm()}, {"ode", ode()},       {"particle", particle()}, {"saddle", saddle()}};
}

}  // namespace gradbench
