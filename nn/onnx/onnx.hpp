#pragma once

#include <nn/onnx/export.hpp>
#include <nn/onnx/import.hpp>
