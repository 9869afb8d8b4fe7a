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

/// Two loops of which `row` walks along the result and `walk` along the source.
/// In tiles, so that neither fetches a line, or a page, for each element.
static void copyPlane(const Loop &row, const Loop &walk, char *to, const char *from, int64_t width) {
  static constexpr int64_t rows = 64, line = 16;
  Loop piece = walk;
  for (int64_t first = 0; first < row.size; first += rows)
    for (int64_t j = 0; j < walk.size; j += line) {
      piece.size = std::min(line, walk.size - j);
      for (int64_t i = first; i < std::min(first + rows, row.size); ++i)
        copyRow(piece, to + i * row.steps[0] + j * walk.steps[0], from + i * row.steps[1] + j * walk.steps[1], width);
    }
}

static void copyLoops(ArrayRef<Loop> nest, bool isPlane, char *to, const char *from, int64_t width) {
  if (nest.size() == 1)
    return copyRow(nest.front(), to, from, width);
  if (nest.size() == 2 && isPlane)
    return copyPlane(nest.back(), nest.front(), to, from, width);
  const Loop &loop = nest.front();
  for (int64_t i = 0; i < loop.size; ++i)
    copyLoops(nest.drop_front(), isPlane, to + i * loop.steps[0], from + i * loop.steps[1], width);
}

void copyElements(Nest nest, char *to, const char *from, int64_t width) {
  if (llvm::any_of(nest, [](const Loop &loop) { return loop.size == 0; }))
    return;
  llvm::sort(nest, [](const Loop &a, const Loop &b) { return a.steps[0] > b.steps[0]; });
  simplify(nest);
  if (nest.empty())
    return void(std::memcpy(to, from, width));
  // The innermost loop walks along the result; where another one walks along
  // the source, it goes beside it.
  auto walk = llvm::min_element(nest, [](const Loop &a, const Loop &b) { return a.steps[1] < b.steps[1]; });
  bool isPlane = walk != nest.end() - 1 && walk->steps[1] > 0;
  if (isPlane)
    std::rotate(walk, walk + 1, nest.end() - 1);
  copyLoops(nest, isPlane, to, from, width);
}

} // namespace coil
