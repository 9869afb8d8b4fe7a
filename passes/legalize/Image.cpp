//===- Image.cpp - pixels that change places ------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// Rank 4 and a block of 1 or more.
template <typename Op> LogicalResult checkBlocks(Op op, CoreBuilder &b) {
  if (b.rankOf(op.getX()) != 4)
    return op.emitOpError("the input has type ") << op.getX().getType() << ", expected rank 4";
  if (op.getBlocksize() < 1)
    return op.emitOpError("blocksize is ") << op.getBlocksize() << ", expected 1 or more";
  return success();
}

/// d / n, which leaves no rest.
FailureOr<Dim> exactly(Operation *op, CoreBuilder &b, Dim d, int64_t n) {
  if (auto size = b.constant(d); size && *size % n)
    return op->emitOpError("a dimension of ") << *size << " is no multiple of " << n, failure();
  b.require(b.index(d) % n == 0, "a dimension is no multiple of " + Twine(n));
  return b.dim(d, [&](auto s) { return s[0] / n; });
}

/// [N, C, H, W] -> [N, C / n^2, H * n, W * n]; channels are split as (row,
/// column, rest) by DCR, as (rest, row, column) by CRD.
Result depthToSpace(DepthToSpaceOp op, CoreBuilder &b) {
  if (failed(checkBlocks(op, b)))
    return failure();
  if (op.getMode() != "DCR" && op.getMode() != "CRD")
    return op.emitOpError("mode is '") << op.getMode() << "', expected 'DCR' or 'CRD'";
  int64_t n = op.getBlocksize();
  Dims d = b.dimsOf(op.getX());
  auto rest = exactly(op, b, d[1], n * n);
  if (failed(rest))
    return failure();
  Dim k = b.dim(n);
  Value y = op.getMode() == "DCR"
                ? b.transpose(b.reshape(op.getX(), {d[0], k, k, *rest, d[2], d[3]}), {0, 3, 4, 1, 5, 2})
                : b.transpose(b.reshape(op.getX(), {d[0], *rest, k, k, d[2], d[3]}), {0, 1, 4, 2, 5, 3});
  return b.reshape(y, {d[0], *rest, b.product({d[2], k}), b.product({d[3], k})});
}

/// [N, C, H, W] -> [N, C * n^2, H / n, W / n]
Result spaceToDepth(SpaceToDepthOp op, CoreBuilder &b) {
  if (failed(checkBlocks(op, b)))
    return failure();
  int64_t n = op.getBlocksize();
  Dims d = b.dimsOf(op.getX());
  auto h = exactly(op, b, d[2], n), w = exactly(op, b, d[3], n);
  if (failed(h) || failed(w))
    return failure();
  Dim k = b.dim(n);
  Value y = b.transpose(b.reshape(op.getX(), {d[0], d[1], *h, k, *w, k}), {0, 3, 5, 1, 2, 4});
  return b.reshape(y, {d[0], b.product({d[1], b.dim(n * n)}), *h, *w});
}

/// Cuts off or adds zeros equally at both ends; of an odd difference, the end
/// has one more.
Result centerCropPad(CenterCropPadOp op, CoreBuilder &b) {
  Value x = op.getInputData();
  Dims from = b.dimsOf(x), low(from.size(), b.dim(0)), high = low;
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, from.size()));
  if (op.getAxes())
    axes = llvm::to_vector(*op.getAxes());
  auto shape = b.indicesOf(op.getShape(), axes.size());
  if (!shape)
    return op.emitOpError("shape has type ") << op.getShape().getType() << ", expected " << axes.size() << " elements";
  for (auto [axis, to] : llvm::zip(axes, *shape)) {
    FailureOr<int64_t> i = normalAxis(op, axis, from.size());
    if (failed(i))
      return failure();
    // Division truncates, for padding and cutting alike.
    low[*i] = b.dim({to, from[*i]}, [](auto d) { return (d[0] - d[1]) / 2; });
    high[*i] = b.dim({to, from[*i], low[*i]}, [](auto d) { return d[0] - d[1] - d[2]; });
  }
  return b.pad(x, low, high, constantOf(b, b.elementOf(x), 0));
}

} // namespace

void addImageRecipes(RecipeTable &table) { table.add<depthToSpace, spaceToDepth, centerCropPad>(); }

} // namespace coil
