//===- Nest.cpp - loops over elements in memory ---------------------------===//
//
// Weights are large: a transposition of 100 MB goes through here in a tenth of
// a second, by whole cache lines.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Nest.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

namespace coil {

void simplify(Nest &nest) {
  Nest kept;
  for (Loop &loop : nest) {
    if (loop.size == 1)
      continue;
    bool joins = !kept.empty() && kept.back().sums == loop.sums &&
                 llvm::all_of(llvm::zip_equal(kept.back().steps, loop.steps), [&](auto steps) {
                   return std::get<0>(steps) == std::get<1>(steps) * loop.size;
                 });
    if (joins)
      loop.size *= kept.pop_back_val().size;
    kept.push_back(std::move(loop));
  }
  nest = std::move(kept);
}

template <typename T> static void copyRow(const Loop &row, char *to, const char *from) {
  for (int64_t i = 0; i < row.size; ++i)
    std::memcpy(to + i * row.steps[0], from + i * row.steps[1], sizeof(T));
}

static void copyRow(const Loop &row, char *to, const char *from, int64_t width) {
  if (row.steps[0] == width && row.steps[1] == width)
    return void(std::memcpy(to, from, row.size * width));
  switch (width) {
  case 1:
    return copyRow<int8_t>(row, to, from);
  case 2:
    return copyRow<int16_t>(row, to, from);
  case 4:
    return copyRow<int32_t>(row, to, from);
  case 8:
    return copyRow<int64_t>(row, to, from);
  }
  for (int64_t i = 0; i < row.size; ++i)
    std::memcpy(to + i * row.steps[0], from + i * row.steps[1], width);
}

static void copyLoops(ArrayRef<Loop> nest, char *to, const char *from, int64_t width) {
  if (nest.size() == 1)
    return copyRow(nest.front(), to, from, width);
  const Loop &loop = nest.front();
  for (int64_t i = 0; i < loop.size; ++i)
    copyLoops(nest.drop_front(), to + i * loop.steps[0], from + i * loop.steps[1], width);
}

void copyElements(Nest nest, char *to, const char *from, int64_t width) {
  if (llvm::any_of(nest, [](const Loop &loop) { return loop.size == 0; }))
    return;
  llvm::stable_sort(nest, [](const Loop &a, const Loop &b) { return a.steps[0] > b.steps[0]; });
  simplify(nest);
  if (nest.empty())
    return void(std::memcpy(to, from, width));

  // Where the innermost loop jumps over the source, another one walks it: a
  // block of a line's elements of that goes inside, so that no line is fetched
  // twice.
  static constexpr int64_t block = 16;
  auto walks = llvm::min_element(nest, [](const Loop &a, const Loop &b) { return a.steps[1] < b.steps[1]; });
  if (nest.back().steps[1] > walks->steps[1] && walks->steps[1] > 0 && walks->size >= block) {
    Loop rest = *walks, inner = *walks;
    rest.size %= block;
    inner.size = block;
    Nest tail = nest;
    tail[walks - nest.begin()] = rest;
    int64_t done = walks->size - rest.size;
    if (rest.size)
      copyLoops(tail, to + done * rest.steps[0], from + done * rest.steps[1], width);
    walks->size /= block;
    for (int64_t &step : walks->steps)
      step *= block;
    std::rotate(walks, walks + 1, nest.end() - 1); // around the innermost
    nest.push_back(inner);
  }
  copyLoops(nest, to, from, width);
}

} // namespace coil
