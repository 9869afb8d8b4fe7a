//===- BlockEmitter.cpp - the sums of blocks of a tile --------------------===//
//
// A lane of 32 bits holds 32 / bits elements of one column. Byte k of it holds
// terms k, 4 + k, ...: so the lowest bits of all four bytes are four terms that
// lie side by side in x, and one mask makes them factors of a dot product.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/BlockEmitter.h"

#include "dialects/coil/Core.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace coil {

/// Groups of four terms that are written out one after the other; what a block
/// has more is a loop.
static constexpr int64_t kMostQuads = 8;

BlockEmitter::BlockEmitter(const BlockSum &sum, linalg::GenericOp outer, const Machine &machine, int64_t lanes,
                           ImplicitLocOpBuilder &b)
    : inner(sum.inner), product(*fewBitsProduct(sum.inner)), outerAt(outer.getIndexingMapsArray()[sum.terms]),
      machine(machine), lanes(lanes), parts(8 / product.bits), b(b) {
  // Fewer bits than a byte's are the same number with a sign and without.
  bool fits = machine.dot == Machine::UnsignedBySigned ? product.wUnsigned : product.bits < 8 || !product.wUnsigned;
  hasDot = !product.isReal && machine.dot && fits;
}

SmallVector<Value> BlockEmitter::emit(ArrayRef<SmallVector<Value>> rows, int64_t columnCount, Value first) {
  columns = columnCount;
  AffineMap write = inner.getIndexingMapsArray().back();
  for (ArrayRef<Value> outer : rows) {
    SmallVector<Value> at(inner.getNumLoops(), number(0));
    for (auto [to, from] : llvm::zip(write.getResults(), outerAt.getResults()))
      at[cast<AffineDimExpr>(to).getPosition()] = outer[cast<AffineDimExpr>(from).getPosition()];
    rowIndices.push_back(at);
  }
  panel = b.createOrFold<arith::DivUIOp>(first, number(product.panel));

  Type element = product.isReal ? Type(b.getF32Type()) : b.getI32Type();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(VectorType::get(lanes, element)));
  Sums sums(rows.size() * columns, zero);
  int64_t words = inner.getStaticLoopRanges()[product.word], step = std::max<int64_t>(1, kMostQuads / parts);
  while (words % step)
    --step;
  if (words == step)
    return emitWords(number(0), words, sums);
  auto loop = scf::ForOp::create(b, number(0), number(words), number(step), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(b, emitWords(loop.getInductionVar(), step, Sums(loop.getRegionIterArgs())));
  return Sums(loop.getResults());
}

Value BlockEmitter::number(int64_t n) { return arith::ConstantIndexOp::create(b, n); }

Value BlockEmitter::splat(Value scalar) {
  return vector::BroadcastOp::create(b, VectorType::get(lanes, scalar.getType()), scalar);
}

BlockEmitter::Sums BlockEmitter::emitWords(Value word, int64_t words, Sums sums) {
  return hasDot ? addDots(word, words, std::move(sums)) : addProducts(word, words, std::move(sums));
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

Value BlockEmitter::loadWords(Value word, int64_t column) {
  SmallVector<Value> at;
  ArrayRef<Value> indices = rowIndices.front();
  for (AffineExpr e : inner.getIndexingMapsArray()[product.w].getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(e);
    if (dim)
      at.push_back(dim.getPosition() == product.word ? word : indices[dim.getPosition()]);
    else // the panel, and the column in it
      at.push_back(e.getKind() == AffineExprKind::Mod ? number(column * lanes) : panel);
  }
  return vector::LoadOp::create(b, VectorType::get(4 * lanes, b.getI8Type()), inner.getDpsInputs()[product.w], at);
}

Value BlockEmitter::loadX(int64_t row, Value word, int64_t from, int64_t count) {
  Value memory = inner.getDpsInputs()[product.x];
  SmallVector<Value> indices = rowIndices[row], at;
  int64_t quad = from / 4;
  indices[product.word] = b.createOrFold<arith::AddIOp>(word, number(quad / parts));
  if (product.part)
    indices[*product.part] = number(quad % parts);
  indices[product.quad] = number(from % 4);
  for (AffineExpr e : inner.getIndexingMapsArray()[product.x].getResults())
    at.push_back(affine::expandAffineExpr(b, b.getLoc(), e, indices, {}));
  Type type = cast<MemRefType>(memory.getType()).getElementType();
  if (count == 1)
    return memref::LoadOp::create(b, memory, at);
  return vector::LoadOp::create(b, VectorType::get(count, type), memory, at);
}

//===----------------------------------------------------------------------===//
// Dot products of bytes
//===----------------------------------------------------------------------===//

Value BlockEmitter::part(Value bytes, int64_t n) {
  auto type = cast<VectorType>(bytes.getType());
  auto all = [&](int64_t byte) { return arith::ConstantOp::create(b, DenseElementsAttr::get(type, b.getI8IntegerAttr(byte))); };
  if (n > 0)
    bytes = arith::ShRUIOp::create(b, bytes, all(n * product.bits));
  return n + 1 < parts ? arith::AndIOp::create(b, bytes, all((1 << product.bits) - 1)) : bytes;
}

BlockEmitter::Sums BlockEmitter::addDots(Value word, int64_t words, Sums sums) {
  int64_t rows = rowIndices.size(), quads = words * parts;
  // A machine that takes a factor from any lane loads a register of x at once.
  int64_t together = machine.byLane ? machine.vectorBytes / 4 : 1;
  auto lanesOfQuads = VectorType::get(lanes, b.getI32Type());
  SmallVector<SmallVector<Value>> x(rows);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t quad = 0; quad < quads; quad += together) {
      int64_t count = std::min(together, quads - quad);
      Value bytes = loadX(row, word, 4 * quad, 4 * count);
      Value four = vector::BitCastOp::create(b, VectorType::get(count, b.getI32Type()), bytes);
      for (int64_t i = 0; i < count; ++i) {
        Value all = vector::BroadcastOp::create(b, lanesOfQuads, vector::ExtractOp::create(b, four, i));
        x[row].push_back(vector::BitCastOp::create(b, VectorType::get(4 * lanes, b.getI8Type()), all));
      }
    }
  for (int64_t n = 0; n < words; ++n) {
    SmallVector<Value> bytes;
    for (int64_t column = 0; column < columns; ++column)
      bytes.push_back(loadWords(b.createOrFold<arith::AddIOp>(word, number(n)), column));
    for (int64_t p = 0; p < parts; ++p)
      for (int64_t column = 0; column < columns; ++column) {
        Value w = part(bytes[column], p);
        for (int64_t row = 0; row < rows; ++row) {
          Value &sum = sums[row * columns + column], four = x[row][n * parts + p];
          // The factor without a sign comes first.
          if (machine.dot == Machine::UnsignedBySigned)
            sum = core::DotOp::create(b, sum, w, four, /*xUnsigned=*/true);
          else
            sum = core::DotOp::create(b, sum, four, w, /*xUnsigned=*/false);
        }
      }
  }
  return sums;
}

//===----------------------------------------------------------------------===//
// Arithmetic on lanes
//===----------------------------------------------------------------------===//

Value BlockEmitter::element(Value words, int64_t n) {
  auto type = cast<VectorType>(words.getType());
  auto all = [&](int64_t bits) { return arith::ConstantOp::create(b, DenseElementsAttr::get(type, b.getI32IntegerAttr(bits))); };
  // Terms 4 * part + byte.
  int64_t low = 8 * (n % 4) + product.bits * (n / 4), high = 32 - low - product.bits;
  if (product.wUnsigned) {
    if (low)
      words = arith::ShRUIOp::create(b, words, all(low));
    if (high)
      words = arith::AndIOp::create(b, words, all((1 << product.bits) - 1));
  } else {
    if (high)
      words = arith::ShLIOp::create(b, words, all(high));
    words = arith::ShRSIOp::create(b, words, all(32 - product.bits));
  }
  return product.isReal ? arith::SIToFPOp::create(b, VectorType::get(lanes, b.getF32Type()), words).getResult() : words;
}

BlockEmitter::Sums BlockEmitter::addProducts(Value word, int64_t words, Sums sums) {
  int64_t rows = rowIndices.size();
  Type one = product.isReal ? Type(b.getF32Type()) : b.getI32Type();
  // A machine that takes a factor from any lane loads four terms of a row at once. A
  // single row is loaded into all lanes, which takes no register for longer.
  int64_t together = machine.byLane && rows > 1 ? 4 : 1;
  SmallVector<Value> x(rows);
  auto widened = [&](Value x) -> Value {
    Type wide = isa<VectorType>(x.getType()) ? Type(VectorType::get(together, one)) : one;
    if (x.getType() == wide)
      return x;
    return product.isReal ? arith::ExtFOp::create(b, wide, x).getResult() : arith::ExtSIOp::create(b, wide, x).getResult();
  };
  for (int64_t n = 0; n < words; ++n) {
    SmallVector<Value> loaded;
    Value at = b.createOrFold<arith::AddIOp>(word, number(n));
    for (int64_t column = 0; column < columns; ++column)
      loaded.push_back(vector::BitCastOp::create(b, VectorType::get(lanes, b.getI32Type()), loadWords(at, column)));
    for (int64_t term = 0; term < 4 * parts; ++term) {
      SmallVector<Value> w;
      for (Value words : loaded)
        w.push_back(element(words, term));
      for (int64_t row = 0; row < rows; ++row) {
        if (term % together == 0)
          x[row] = widened(loadX(row, at, term, together));
        Value all = splat(together == 1 ? x[row] : vector::ExtractOp::create(b, x[row], term % together).getResult());
        for (int64_t column = 0; column < columns; ++column) {
          Value &sum = sums[row * columns + column];
          if (product.isReal)
            sum = vector::FMAOp::create(b, w[column], all, sum);
          else
            sum = arith::AddIOp::create(b, sum, arith::MulIOp::create(b, w[column], all));
        }
      }
    }
  }
  return sums;
}

} // namespace coil
