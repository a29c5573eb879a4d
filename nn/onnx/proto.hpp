#pragma once

// The messages of ONNX files. Only sources include this: it is slow to compile.
#include <onnx/onnx_pb.h>
