#pragma once

#include <onnx/export.hpp>
