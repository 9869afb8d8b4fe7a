//===- Layout.h - in which order a tensor's dimensions lie in memory -------===//
#ifndef COIL_PASSES_STRUCTURE_LAYOUT_H
#define COIL_PASSES_STRUCTURE_LAYOUT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace coil {
using namespace mlir;

/// Place i of memory holds dimension order[i] of the tensor as the model writes
/// it: {0, 2, 3, 1} puts the channels of NCHW last. Empty: as written.
using Order = SmallVector<int64_t, 6>;

/// Empty where the order is that of the model.
Order simplified(Order order);

/// The order of the loops in which an op walks `at`, one set of loops for each
/// place of an operand's memory; loops that no place names come first.
SmallVector<unsigned> loopsInOrder(ArrayRef<llvm::SmallBitVector> places, unsigned loops);

/// The order of a result whose map is `map`, when the loops are walked as given.
Order orderOfResult(AffineMap map, ArrayRef<unsigned> loops);

/// The loops of a convolution or a pool by their part in it; none for another op.
struct WindowLoops {
  SmallVector<unsigned> batch, spatial, channels; // of the result
  SmallVector<unsigned> kernel, inputs;           // summed over
  /// Inputs of the op: the image, and the weight or what says how large a pool's window is.
  unsigned image = 0, weight = 1;
};
std::optional<WindowLoops> windowLoops(linalg::GenericOp op);

/// Whether it is a window in each channel by itself, one step of which follows
/// another in memory: vectors may run along the image.
bool fitsAsWritten(linalg::GenericOp op, const WindowLoops &w);
/// Whether only elementwise ops, and groups that become channels, lie between a value and
/// the function's results.
bool leavesAsWritten(Value v);
/// The order that an image which lies as written should get; empty where its
/// few channels are better read where they are.
Order orderOfImage(linalg::GenericOp op, const WindowLoops &w);
/// Whether these loops over channels fill vectors.
bool manyChannels(linalg::GenericOp op, ArrayRef<unsigned> loops);

/// A reshape seen on the memory of its operand.
struct Reshaped {
  Order order; // of the result
  SmallVector<ReassociationIndices> groups;
};
/// None where what belongs together does not lie together.
std::optional<Reshaped> collapsed(tensor::CollapseShapeOp op, ArrayRef<int64_t> order);
/// The order nearest to `order` in which what belongs together does: groups as
/// they begin in memory. That of the model where the innermost group would move.
Order gathered(tensor::CollapseShapeOp op, ArrayRef<int64_t> order);
Reshaped expanded(tensor::ExpandShapeOp op, ArrayRef<int64_t> order);

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_LAYOUT_H
