//===- Formats.h - elements in memory and in lanes ------------------------===//
//
// A lane is how an evaluator holds an element: integers of any width as int64_t,
// with their sign; floats of up to 32 bits as float, which rounds like them when
// it is stored and loaded after each step; f64 as double.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_STRUCTURE_FORMATS_H
#define COIL_PASSES_STRUCTURE_FORMATS_H

#include "mlir/IR/BuiltinTypes.h"

namespace coil {
using namespace mlir;

/// Between `n` elements, `step` bytes apart, and lanes.
using LoadRow = void (*)(const char *from, int64_t step, void *lanes, int64_t n);
using StoreRow = void (*)(const void *lanes, char *to, int64_t step, int64_t n);

enum class Lane { Integer, Float, Double };

/// Nothing for types that are not evaluated.
std::optional<Lane> laneOf(Type type);

/// Null for i1, which memory does not hold, and what is not evaluated.
LoadRow loaderOf(Type type);
/// From lanes of kind `lane`: storing rounds.
StoreRow storerOf(Type type, Lane lane);

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_FORMATS_H
