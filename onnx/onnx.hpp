#pragma once

#include <onnx/export.hpp>
#include <onnx/import.hpp>
