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

// So that no product of sizes overflows.
constexpr int64_t kMostBlock = 1 << 16, kMostSize = std::numeric_limits<int32_t>::max();

LogicalResult checkBlocks(Operation *op, int64_t bits, int64_t block) {
  if (bits != 2 && bits != 4 && bits != 8)
    return op->emitOpError("bits is ") << bits << ", expected 2, 4 or 8";
  if (block < 16 || block > kMostBlock || !llvm::isPowerOf2_64(block))
    return op->emitOpError("block_size is ") << block << ", expected a power of two from 16 to " << kMostBlock;
  return success();
}

/// A parameter of a node as a matrix, whatever its rank.
FailureOr<Value> matrix(Operation *op, StringRef name, Value x, int64_t rows, int64_t columns, CoreBuilder &b) {
  auto size = b.constant(b.sizeOf(x));
  if (size && *size != rows * columns)
    return op->emitOpError("'") << name << "' has " << *size << " elements, expected " << rows << " x " << columns;
  return b.reshape(x, {b.dim(rows), b.dim(columns)});
}

/// The elements of packed bytes along their last dimension, each in a byte.
Value unpack(CoreBuilder &b, Value bytes, int64_t bits) {
  int64_t each = 8 / bits;
  if (each == 1)
    return bytes;
  Dims dims = b.dimsOf(bytes), wide = dims;
  wide.push_back(b.dim(1));
  SmallVector<APInt> shifts;
  for (int64_t i = 0; i < each; ++i)
    shifts.emplace_back(8, i * bits);
  Value shift = b.literal(DenseElementsAttr::get(RankedTensorType::get({each}, b.elementOf(bytes)), shifts));
  Value elements = b.map({b.reshape(bytes, wide), shift},
                         [&](ArrayRef<Scalar> s) { return (s[0] >> s[1]) & ((1 << bits) - 1); });
  dims.back() = b.product({dims.back(), b.dim(each)});
  return b.reshape(elements, dims);
}

/// Pairs of a block's scale and zero point as [N, blocks]. A zero point is
/// packed like the weights, or in the type of the scales, or by default the
/// middle of the range.
FailureOr<Quantization> blocksOf(MsMatMulNBitsOp op, int64_t rows, int64_t blocks, CoreBuilder &b) {
  FailureOr<Value> scales = matrix(op, "scales", op.getScales(), rows, blocks, b);
  if (failed(scales))
    return failure();
  Value z = op.getZeroPoints();
  int64_t bits = op.getBits();
  if (!given(z))
    return Quantization{*scales, b.scalar(constantOf(b, b.getIntegerType(8, /*isSigned=*/false), int64_t(1) << (bits - 1)))};
  bool packed = b.elementOf(z).isUnsignedInteger(8);
  if (!packed && b.elementOf(z) != b.elementOf(op.getScales()))
    return op.emitOpError("the zero points have elements of type ")
           << b.elementOf(z) << ", expected ui8 or " << b.elementOf(op.getScales());
  FailureOr<Value> table = matrix(op, "zero_points", z, rows, packed ? bytesFor(blocks, bits) : blocks, b);
  if (failed(table))
    return failure();
  if (!packed)
    return Quantization{*scales, *table};
  Dims none(2, b.dim(0)), ones(2, b.dim(1));
  return Quantization{*scales, b.slice(unpack(b, *table, bits), none, {b.dim(rows), b.dim(blocks)}, ones)};
}

/// a in 8 bits in blocks along its last dimension, and back: multiples of
/// max|a| / 127 of the block. a is [..., blocks, block].
Value roundBlocks(CoreBuilder &b, Value a) {
  Type f32 = b.getF32Type(), i8 = b.getIntegerType(8);
  Value x = b.convert(a, f32);
  Value largest = b.reduceMax(b.map(x, [](Scalar s) { return abs(s); }), {b.rankOf(a) - 1}, /*keep=*/true);
  Value step = b.map(largest, [](Scalar s) { return s / 127.0; });
  Value rounded = b.map({x, step}, [&](ArrayRef<Scalar> s) {
    return saturate(roundEven(s[0] / select(s[1] == 0, s[1].like(1), s[1])), i8);
  });
  return dequantize(b, rounded, {step, {}}, f32);
}

/// g_idx, as far as it is known: a block for each k. Behind them may be more.
LogicalResult checkIndex(Operation *op, Value index, int64_t k, int64_t blocks, CoreBuilder &b) {
  if (failed(haveRank(op, index, 1)) || failed(areIntegers(op, index)))
    return failure();
  if (auto count = b.constant(b.dimOf(index, 0)); count && *count < k)
    return op->emitOpError("'g_idx' has ") << *count << " elements, expected at least K, " << k;
  if (auto known = b.integersOf(index))
    for (auto [i, at] : llvm::enumerate(*known))
      if (at < 0 || at >= blocks)
        return op->emitOpError("'g_idx' names block ") << at << " at " << i << ", expected 0 to " << blocks - 1;
  return success();
}

/// In which order the elements of a row are those of block 0, of block 1, and so
/// on, by the block of each; nothing if blocks have not their size.
std::optional<SmallVector<int64_t>> orderOf(ArrayRef<int64_t> blockOf, int64_t k, int64_t block) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, k));
  llvm::stable_sort(order, [&](int64_t i, int64_t j) { return blockOf[i] < blockOf[j]; });
  for (auto [at, i] : llvm::enumerate(order))
    if (blockOf[i] != int64_t(at) / block)
      return std::nullopt;
  return order;
}

/// x[..., order[k]]
Value reordered(CoreBuilder &b, Value x, Value order) {
  Dims dims = b.dimsOf(x);
  dims.back() = b.dimOf(order, 0);
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at(i);
    at.back() = cast(b.load(order, {i.back()}), b.getIndexType());
    return b.load(x, at);
  });
}

/// y = a * w^T with w[n, k] = (q[n, k] - zero point) * scale, both of block
/// k / block_size of row n. accuracy_level 4 takes a in 8 bits.
Value blockedProduct(CoreBuilder &b, Value a, Value q, Quantization of, int64_t block, bool rounds) {
  Type f32 = b.getF32Type();
  int64_t n = *b.constant(b.dimOf(of.scale, 0)), blocks = *b.constant(b.dimOf(of.scale, 1)), k = blocks * block;
  Dims dims = b.dimsOf(a), none(dims.size(), b.dim(0)), more = none;
  more.back() = b.dim(k - *b.constant(dims.back()));
  a = b.pad(a, none, more, constantOf(b, b.elementOf(a), 0));
  if (rounds) {
    dims = b.dimsOf(a);
    Dims inBlocks = dims;
    inBlocks.back() = b.dim(blocks);
    inBlocks.push_back(b.dim(block));
    a = b.reshape(roundBlocks(b, b.reshape(a, inBlocks)), dims);
  }
  auto ofBlock = [&](Value x) { return b.rankOf(x) == 2 ? b.reshape(x, {b.dim(n), b.dim(blocks), b.dim(1)}) : x; };
  Value w = dequantize(b, b.reshape(q, {b.dim(n), b.dim(blocks), b.dim(block)}), {ofBlock(of.scale), ofBlock(of.zeroPoint)}, f32);
  w = b.transpose(b.reshape(w, {b.dim(n), b.dim(k)}), {1, 0});
  return b.matmul(a, w, f32, [&](ArrayRef<Scalar> s) { return cast(s[0], f32) * s[1]; });
}

/// The same where g_idx names the block of each k. Blocks of the right size are
/// brought together, which is nothing more than another order of k.
Value indexedProduct(MsMatMulNBitsOp op, CoreBuilder &b, Value a, Value q, Quantization of) {
  Type f32 = b.getF32Type();
  Value index = op.getGIdx();
  int64_t k = op.getK(), block = op.getBlockSize();
  if (auto known = b.integersOf(index))
    if (auto order = orderOf(*known, k, block)) {
      if (llvm::is_sorted(*order))
        return blockedProduct(b, a, q, of, block, /*rounds=*/false);
      auto type = RankedTensorType::get({k}, b.getI64Type());
      Value sorted = b.literal(DenseElementsAttr::get(type, ArrayRef<int64_t>(*order)));
      Dims dims = b.dimsOf(q), none(2, b.dim(0)), ones(2, b.dim(1)), more = none;
      more.back() = b.dim(*b.constant(dims.back()) - k);
      q = b.pad(reordered(b, q, sorted), none, more, constantOf(b, b.elementOf(q), 0));
      return blockedProduct(b, reordered(b, a, sorted), q, of, block, /*rounds=*/false);
    }
  Value weights = b.generate({b.dim(k), b.dim(op.getN())}, [&](ArrayRef<Scalar> i) {
    Scalar at = cast(b.load(index, {i[0]}), b.getIndexType());
    SmallVector<Scalar> ofBlock{i[1], at};
    Scalar zero = b.load(of.zeroPoint, b.rankOf(of.zeroPoint) ? ArrayRef<Scalar>(ofBlock) : ArrayRef<Scalar>());
    return (cast(b.load(q, {i[1], i[0]}), f32) - cast(zero, f32)) * cast(b.load(of.scale, ofBlock), f32);
  });
  return b.matmul(a, weights, f32, [&](ArrayRef<Scalar> s) { return cast(s[0], f32) * s[1]; });
}

Result matMulNBits(MsMatMulNBitsOp op, CoreBuilder &b) {
  int64_t k = op.getK(), n = op.getN(), bits = op.getBits(), block = op.getBlockSize();
  if (failed(checkBlocks(op, bits, block)))
    return failure();
  if (op.getWeightPrepacked())
    return op.emitOpError("weight_prepacked is ") << op.getWeightPrepacked() << ", expected 0";
  if (k <= 0 || n <= 0 || k > kMostSize || n > kMostSize)
    return op.emitOpError("K and N are ") << k << " and " << n << ", expected 1 to " << kMostSize;
  if (b.rankOf(op.getA()) == 0)
    return op.emitOpError("A has type ") << op.getA().getType() << ", expected rank 1 or more";
  if (given(op.getBias()) && failed(haveRank(op, op.getBias(), 1)))
    return failure();
  if (!b.elementOf(op.getB()).isUnsignedInteger(8))
    return op.emitOpError("the weights have elements of type ") << b.elementOf(op.getB()) << ", expected ui8";
  int64_t blocks = llvm::divideCeil(k, block);
  FailureOr<Value> bytes = matrix(op, "B", op.getB(), n, blocks * block * bits / 8, b);
  FailureOr<Quantization> of = blocksOf(op, n, blocks, b);
  if (failed(bytes) || failed(of))
    return failure();

  Value a = op.getA();
  Dims dims = b.dimsOf(a);
  b.requireSame(dims.back(), b.dim(k), "K and the last dimension of A");
  if (given(op.getBias()))
    b.requireSame(b.dimOf(op.getBias(), 0), b.dim(n), "N and the size of the bias");
  if (b.facts.failed)
    return failure();
  dims.back() = b.dim(k);
  a = b.retype(a, b.tensorOf(dims, b.elementOf(a)));
  Value q = unpack(b, *bytes, bits), y;
  if (Value index = op.getGIdx(); given(index)) {
    if (failed(checkIndex(op, index, k, blocks, b)))
      return failure();
    b.require(b.index(b.dimOf(index, 0)) >= k, "'g_idx' has fewer elements than K");
    b.requireRange(index, b.index(0), b.index(blocks), "'g_idx' names a block that is not there");
    y = indexedProduct(op, b, a, q, *of);
  } else {
    y = blockedProduct(b, a, q, *of, block, op.getAccuracyLevel() == 4);
  }
  if (b.facts.failed)
    return failure();
  Type f32 = b.getF32Type(), type = b.elementOf(op.getA());
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

  int64_t perByte = packed ? 8 / bits : 1;
  Dims dims = b.dimsOf(data), index = b.dimsOf(indices);
  dims.back() = b.product({dims.back(), b.dim(perByte)});
  if (failed(areOfBlocks(op, op.getScales(), dims, *quantize, block, b)) ||
      (given(op.getZeroPoints()) && failed(areOfBlocks(op, op.getZeroPoints(), dims, *quantize, block, b, perByte))))
    return failure();
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
