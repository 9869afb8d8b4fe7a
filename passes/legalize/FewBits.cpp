//===- FewBits.cpp - weights of 2, 4 or 8 bits in blocks ------------------===//
//
// com.microsoft's MatMulNBits and GatherBlockQuantized: several elements to a
// byte, the lowest bits first, and a scale and a zero point for each block.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Quantize.h"

using namespace coil::onnx;

namespace coil {

/// Element `i` along the last dimension of packed bytes; of int4 or uint4, which
/// a tensor has unpacked, the element.
Scalar unpacked(CoreBuilder &b, Value bytes, ArrayRef<Scalar> at, int64_t bits) {
  int64_t perByte = b.elementOf(bytes).isUnsignedInteger(8) ? 8 / bits : 1;
  SmallVector<Scalar> where(at);
  where.back() = at.back() / perByte;
  Scalar byte = b.load(bytes, where);
  if (perByte == 1)
    return byte;
  Scalar shift = cast(at.back() % perByte, byte.type()) * bits;
  return (byte >> shift) & ((1 << bits) - 1);
}

namespace {

/// The number of bytes that hold `count` elements.
int64_t bytesFor(int64_t count, int64_t bits) { return llvm::divideCeil(count * bits, 8); }

LogicalResult checkBlocks(Operation *op, int64_t bits, int64_t block) {
  if (bits != 2 && bits != 4 && bits != 8)
    return op->emitOpError("bits is ") << bits << ", expected 2, 4 or 8";
  if (block < 16 || !llvm::isPowerOf2_64(block))
    return op->emitOpError("block_size is ") << block << ", expected a power of two of at least 16";
  return success();
}

/// A parameter of a node as a matrix, whatever its rank.
FailureOr<Value> matrix(Operation *op, StringRef name, Value x, int64_t rows, int64_t columns, CoreBuilder &b) {
  auto size = b.constant(b.sizeOf(x));
  if (size && *size != rows * columns)
    return op->emitOpError("'") << name << "' has " << *size << " elements, expected " << rows << " x " << columns;
  return b.reshape(x, {b.dim(rows), b.dim(columns)});
}

/// The zero point of a block: packed like the weights, or in the type of the
/// scales, or by default the middle of the range.
FailureOr<std::function<Scalar(Scalar, Scalar)>> zeroPoints(MsMatMulNBitsOp op, int64_t rows, int64_t blocks,
                                                           CoreBuilder &b) {
  Value z = op.getZeroPoints();
  int64_t bits = op.getBits();
  Type f32 = b.getF32Type();
  if (!given(z))
    return std::function([=, &b](Scalar, Scalar) { return constantOf(b, f32, int64_t(1) << (bits - 1)); });
  bool packed = b.elementOf(z).isUnsignedInteger(8);
  if (!packed && b.elementOf(z) != b.elementOf(op.getScales()))
    return op.emitOpError("the zero points have elements of type ")
           << b.elementOf(z) << ", expected ui8 or " << b.elementOf(op.getScales());
  FailureOr<Value> table = matrix(op, "zero_points", z, rows, packed ? bytesFor(blocks, bits) : blocks, b);
  if (failed(table))
    return failure();
  return std::function([=, &b, table = *table](Scalar row, Scalar block) {
    return cast(unpacked(b, table, {row, block}, packed ? bits : 8), f32);
  });
}

/// a rounded to 8 bits in blocks along its last dimension: multiples of
/// max|a| / 127 of the block.
Value roundBlocks(CoreBuilder &b, Value a, int64_t k, int64_t block) {
  Dims dims = b.dimsOf(a), padded = dims, none(dims.size(), b.dim(0)), more = none, ones(dims.size(), b.dim(1));
  int64_t blocks = llvm::divideCeil(k, block), rank = dims.size();
  b.requireSame(dims.back(), b.dim(k), "K and the last dimension of A");
  if (b.facts.failed)
    return a;
  more.back() = b.dim(blocks * block - k);
  padded.back() = b.dim(blocks);
  padded.push_back(b.dim(block));
  Type f32 = b.getF32Type();
  Value x = b.reshape(b.convert(b.pad(a, none, more, constantOf(b, b.elementOf(a), 0)), f32), padded);
  Value largest = b.reduceMax(b.map(x, [](Scalar s) { return abs(s); }), {rank}, /*keep=*/true);
  x = b.map({x, largest}, [](ArrayRef<Scalar> s) {
    Scalar step = s[1] / 127.0;
    return roundEven(s[0] / select(step == 0, step.like(1), step)) * step;
  });
  padded.pop_back();
  padded.back() = b.dim(blocks * block);
  return b.slice(b.reshape(x, padded), none, dims, ones);
}

/// y = a * w^T + bias with w[n, k] = (q[n, k] - zero point) * scale, both of
/// block k / block_size of row n, or of the block that g_idx names for k. accuracy_level 4 takes a in 8 bits; the others
/// allow less than f32, which is not made use of.
Result matMulNBits(MsMatMulNBitsOp op, CoreBuilder &b) {
  int64_t k = op.getK(), n = op.getN(), bits = op.getBits(), block = op.getBlockSize();
  if (failed(checkBlocks(op, bits, block)))
    return failure();
  if (op.getWeightPrepacked())
    return op.emitOpError("weight_prepacked is ") << op.getWeightPrepacked() << ", expected 0";
  if (k <= 0 || n <= 0)
    return op.emitOpError("K and N are ") << k << " and " << n << ", expected positive numbers";
  if (!b.elementOf(op.getB()).isUnsignedInteger(8))
    return op.emitOpError("the weights have elements of type ") << b.elementOf(op.getB()) << ", expected ui8";
  int64_t blocks = llvm::divideCeil(k, block);
  FailureOr<Value> bytes = matrix(op, "B", op.getB(), n, blocks * block * bits / 8, b);
  FailureOr<Value> scales = matrix(op, "scales", op.getScales(), n, blocks, b);
  auto zeroPoint = zeroPoints(op, n, blocks, b);
  if (failed(bytes) || failed(scales) || failed(zeroPoint))
    return failure();

  if (Value index = op.getGIdx(); given(index)) {
    if (failed(haveRank(op, index, 1)) || failed(areIntegers(op, index)))
      return failure();
    b.require(b.index(b.dimOf(index, 0)) >= k, "'g_idx' has fewer elements than K");
    b.requireRange(index, b.index(0), b.index(blocks), "'g_idx' names a block that is not there");
  }

  Type f32 = b.getF32Type();
  Value weights = b.generate({b.dim(k), b.dim(n)}, [&](ArrayRef<Scalar> i) {
    Scalar row = i[1], at = i[0] / block;
    if (given(op.getGIdx()))
      at = cast(b.load(op.getGIdx(), {i[0]}), b.getIndexType());
    Scalar q = cast(unpacked(b, *bytes, {row, i[0]}, bits), f32);
    return (q - (*zeroPoint)(row, at)) * cast(b.load(*scales, {row, at}), f32);
  });
  Type type = b.elementOf(op.getA());
  Value a = op.getAccuracyLevel() == 4 ? roundBlocks(b, op.getA(), k, block) : op.getA();
  if (b.facts.failed)
    return failure();
  Value y = b.matmul(a, weights, f32, [&](ArrayRef<Scalar> s) { return cast(s[0], f32) * s[1]; });
  if (!given(op.getBias()))
    return b.convert(y, type);
  return b.map({y, op.getBias()}, [&](ArrayRef<Scalar> s) { return cast(s[0] + cast(s[1], f32), type); });
}

/// Gather along gather_axis, then (q - zero point) * scale of blocks along
/// quantize_axis. Several elements to a byte only along the last dimension, and
/// only in bytes: int4 and uint4 have no such limit, and 0 as their zero point.
Result gatherBlockQuantized(MsGatherBlockQuantizedOp op, CoreBuilder &b) {
  Value data = op.getData(), indices = op.getIndices();
  int64_t rank = b.rankOf(data), bits = op.getBits(), block = op.getBlockSize();
  FailureOr<int64_t> gather = normalAxis(op, op.getGatherAxis(), rank);
  FailureOr<int64_t> quantize = normalAxis(op, op.getQuantizeAxis(), rank);
  if (failed(gather) || failed(quantize) || failed(checkBlocks(op, bits, block)))
    return failure();
  Type element = b.elementOf(data);
  bool packed = element.isUnsignedInteger(8);
  if (!packed && !element.isInteger(4))
    return op.emitOpError("data has elements of type ") << element << ", expected ui8, i4 or ui4";
  if (failed(sameElements(op, {data, op.getZeroPoints()})))
    return failure();
  if (!packed)
    bits = 4;
  if (packed && bits < 8 && *quantize != rank - 1)
    return op.emitOpError("quantize_axis is ") << op.getQuantizeAxis() << ", expected the last for " << bits << " bits";
  if (b.rankOf(op.getScales()) != rank)
    return op.emitOpError("scales has type ") << op.getScales().getType() << ", expected rank " << rank;

  Dims dims = b.dimsOf(data), index = b.dimsOf(indices);
  if (packed)
    dims.back() = b.product({dims.back(), b.dim(8 / bits)});
  Scalar rows = b.index(dims[*gather]);
  b.requireRange(indices, -rows, rows, "an index is out of range");
  Dims result(dims.begin(), dims.begin() + *gather);
  result.append(index);
  result.append(dims.begin() + *gather + 1, dims.end());
  return b.generate(result, [&](ArrayRef<Scalar> i) {
    Scalar picked = cast(b.load(indices, i.slice(*gather, index.size())), b.getIndexType());
    SmallVector<Scalar> at(i.take_front(*gather));
    at.push_back(select(picked < 0, picked + rows, picked));
    at.append(i.begin() + *gather + index.size(), i.end());
    SmallVector<Scalar> ofBlock = at;
    ofBlock[*quantize] = at[*quantize] / block;
    Scalar scale = b.load(op.getScales(), ofBlock);
    Type f32 = b.getF32Type();
    Scalar zero = constantOf(b, f32, packed ? int64_t(1) << (bits - 1) : 0);
    if (given(op.getZeroPoints()))
      zero = cast(unpacked(b, op.getZeroPoints(), ofBlock, bits), f32);
    Scalar real = (cast(unpacked(b, data, at, bits), f32) - zero) * cast(scale, f32);
    return cast(real, scale.type());
  });
}

} // namespace

void addFewBitsRecipes(RecipeTable &table) { table.add<matMulNBits, gatherBlockQuantized>(); }

} // namespace coil
