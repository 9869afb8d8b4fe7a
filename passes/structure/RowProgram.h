//===- RowProgram.h - a body of scalars on rows of elements ---------------===//
//
// An interpreter whose every step is one op of the body on some hundred
// elements: what an op costs to interpret is shared by them, and the loop of a
// step is the compiler's to vectorize.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_STRUCTURE_ROWPROGRAM_H
#define COIL_PASSES_STRUCTURE_ROWPROGRAM_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/structure/Formats.h"
#include "passes/structure/Literal.h"

namespace coil {

/// The most elements in a row.
inline constexpr int64_t kRow = 512;

/// A value of the body on each element of a row.
struct alignas(64) Lanes {
  char bytes[kRow * 8];
};

/// One op of the body. What its operands are stands in the lanes.
struct RowStep {
  bool (*run)(const RowStep &, int64_t n) = nullptr; // false: undefined for these elements
  char *out = nullptr;
  SmallVector<const char *, 3> in;
  unsigned shift = 0;       // 64 - width of the result
  uint64_t mask = ~0ull;    // of the operands' width
  StoreRow store = nullptr; // of steps that go through memory
  LoadRow load = nullptr;
  const Literal *table = nullptr; // of tensor.extract
};

/// What makes a float as exact as its type: it is stored and loaded again.
bool throughMemory(const RowStep &step, int64_t n);

/// The step for an op; nothing where it is not known. Its operands and result
/// are still to be filled in.
std::optional<RowStep> stepFor(Operation &op);

class RowProgram {
public:
  /// Whether all of the body is known.
  static bool knows(linalg::LinalgOp op);
  RowProgram(linalg::LinalgOp op, Literals literals);

  bool reads(unsigned argument) const { return !body->getArgument(argument).use_empty(); }
  void load(unsigned argument, const char *from, int64_t step, int64_t n);
  void setIndex(unsigned loop, int64_t from, int64_t step, int64_t n);
  bool run(int64_t n);
  void store(char *to, int64_t step, int64_t n);

private:
  char *lanesOf(Value value);

  Block *body;
  DenseMap<Value, std::unique_ptr<Lanes>> lanes;
  std::vector<RowStep> steps;
  SmallVector<std::pair<unsigned, char *>> indices;
  SmallVector<LoadRow> loaders;
  const char *result;
  StoreRow storer;
};

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_ROWPROGRAM_H
