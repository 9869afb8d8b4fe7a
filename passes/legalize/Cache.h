//===- Cache.h - caches that stay where they are --------------------------===//
#ifndef COIL_PASSES_LEGALIZE_CACHE_H
#define COIL_PASSES_LEGALIZE_CACHE_H

#include "passes/legalize/CoreBuilder.h"

namespace coil {

/// The capacity of the buffer that an output is to share with `cache`, 0 if none
/// was given; nothing where it is no such input.
std::optional<int64_t> sharedCapacity(Value cache);

/// `cache` with `rows` from row `first(i)` of `axis` on, for each i of the batch,
/// dimension 0. `circular`: the row after the last is the first. They are in range.
/// Row by row, not by a formula over the whole: what lies in one buffer with
/// the cache that was is then not touched.
Value putRows(CoreBuilder &b, Value cache, Value rows, int64_t axis, function_ref<Scalar(Scalar)> first, bool circular);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_CACHE_H
