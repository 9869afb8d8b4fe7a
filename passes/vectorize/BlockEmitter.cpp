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

/// Integers below it are the last digits of 1.5 * 2^23.
static constexpr int64_t kFitsFloat = 1 << 22;

/// Groups of four terms that are written out one after the other; what a block
/// has more is a loop. Less where nothing has to be unpacked.
static constexpr int64_t kMostQuads = 8, kMostUnpacked = 4;

BlockEmitter::BlockEmitter(const BlockSum &sum, linalg::GenericOp outer, const Machine &machine, int64_t lanes,
                           int64_t columns, ImplicitLocOpBuilder &b)
    : inner(sum.inner), product(*fewBitsProduct(sum.inner)), outerAt(outer.getIndexingMapsArray()[sum.terms]),
      machine(machine), lanes(lanes), parts(8 / product.bits), isDot(hasDot(product, machine)), b(b), columns(columns) {}

void BlockEmitter::place(ArrayRef<SmallVector<Value>> rows, Value first, Value ofBlock) {
  AffineMap write = inner.getIndexingMapsArray().back();
  rowIndices.clear();
  for (ArrayRef<Value> outer : rows) {
    SmallVector<Value> at(inner.getNumLoops(), number(0));
    for (auto [to, from] : llvm::zip(write.getResults(), outerAt.getResults()))
      at[cast<AffineDimExpr>(to).getPosition()] = outer[cast<AffineDimExpr>(from).getPosition()];
    rowIndices.push_back(at);
  }
  panel = b.createOrFold<arith::DivUIOp>(first, number(product.panel));
  block = ofBlock;
}

BlockEmitter::Sums BlockEmitter::emit(Sums sums) {
  return forWords(std::move(sums), unpacked && product.isReal ? kMostUnpacked : kMostQuads,
                  [&](Value word, int64_t words, Sums sums) { return emitWords(word, words, std::move(sums)); });
}

/// All words of the block, at most so many quads of terms in one piece.
BlockEmitter::Sums BlockEmitter::forWords(Sums sums, int64_t most, function_ref<Sums(Value, int64_t, Sums)> body) {
  int64_t words = inner.getStaticLoopRanges()[product.word], step = std::max<int64_t>(1, most / parts);
  while (words % step)
    --step;
  if (words == step)
    return body(number(0), words, sums);
  auto loop = scf::ForOp::create(b, number(0), number(words), number(step), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Sums next = body(loop.getInductionVar(), step, Sums(loop.getRegionIterArgs()));
  if (!sums.empty()) // the builder has made the terminator
    scf::YieldOp::create(b, next);
  return Sums(loop.getResults());
}

Value BlockEmitter::number(int64_t n) { return arith::ConstantIndexOp::create(b, n); }

Value BlockEmitter::splat(Value scalar) {
  return vector::BroadcastOp::create(b, VectorType::get(lanes, scalar.getType()), scalar);
}

BlockEmitter::Sums BlockEmitter::emitWords(Value word, int64_t words, Sums sums) {
  return isDot ? addDots(word, words, std::move(sums)) : addProducts(word, words, std::move(sums));
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
// Unpacking
//===----------------------------------------------------------------------===//

bool BlockEmitter::fitsFloat(const BlockTerm &term) const {
  int64_t weight = (int64_t(1) << product.bits) - 1 + std::abs(term.zero), terms = 1;
  for (auto [size, kind] : llvm::zip(inner.getStaticLoopRanges(), inner.getIteratorTypesArray()))
    terms *= kind == utils::IteratorType::reduction ? size : 1;
  return !product.isReal && !term.realZeros && terms * 128 * weight < kFitsFloat;
}

bool BlockEmitter::foldsZero(const BlockTerm &term) const {
  return isDot && machine.dot == Machine::SignedBySigned && product.bits < 8 && fitsFloat(term) && std::abs(term.zero) < 64;
}

int64_t BlockEmitter::unpackedRows() const {
  int64_t quads = inner.getStaticLoopRanges()[product.word] * parts;
  return product.isReal ? 4 * quads : quads;
}

Value BlockEmitter::unpackedRow(Value word, int64_t n) {
  Value before = b.createOrFold<arith::MulIOp>(block, number(unpackedRows()));
  int64_t ofWord = product.isReal ? 4 * parts : parts;
  Value row = b.createOrFold<arith::AddIOp>(before, b.createOrFold<arith::MulIOp>(word, number(ofWord)));
  return b.createOrFold<arith::AddIOp>(row, number(n));
}

Value BlockEmitter::loadUnpacked(Value word, int64_t n, int64_t column) {
  auto type = VectorType::get(unpackedLanes(), unpackedElement());
  return vector::LoadOp::create(b, type, unpacked, ValueRange{unpackedRow(word, n), number(column * unpackedLanes())});
}

/// scale * (element n - zero). Added to the bits of 2^23 an element is its last digits.
Value BlockEmitter::reals(Value words, int64_t n, const BlockTerm &term, Value scale, Value zero) {
  constexpr int64_t kBits = 0x4B000000;
  constexpr double kBase = 8388608.0;
  auto f32 = VectorType::get(lanes, b.getF32Type());
  auto all = [&](double v) { return arith::ConstantOp::create(b, DenseElementsAttr::get(f32, b.getF32FloatAttr(v))); };
  Value real;
  if (product.wUnsigned) {
    auto type = cast<VectorType>(words.getType());
    int64_t low = 8 * (n % 4) + product.bits * (n / 4);
    auto bits = [&](int64_t v) { return arith::ConstantOp::create(b, DenseElementsAttr::get(type, b.getI32IntegerAttr(v))); };
    if (low)
      words = arith::ShRUIOp::create(b, words, bits(low));
    if (low + product.bits < 32)
      words = arith::AndIOp::create(b, words, bits((1 << product.bits) - 1));
    real = vector::BitCastOp::create(b, f32, arith::OrIOp::create(b, words, bits(kBits)));
    Value base = zero && !term.realZeros ? arith::AddFOp::create(b, zero, all(kBase)).getResult() : all(kBase + term.zero);
    real = arith::SubFOp::create(b, real, base);
    zero = term.realZeros ? zero : Value();
  } else {
    real = element(words, n);
    if (term.zero)
      real = arith::SubFOp::create(b, real, all(term.zero));
  }
  if (zero)
    real = arith::SubFOp::create(b, real, zero);
  return arith::MulFOp::create(b, real, scale);
}

/// A column's zero point in each of its four bytes.
Value BlockEmitter::zeroBytes(const BlockTerm &term, Value zero) {
  auto bytes = VectorType::get(4 * lanes, b.getI8Type());
  if (!term.zeros)
    return term.zero ? arith::ConstantOp::create(b, DenseElementsAttr::get(bytes, b.getI8IntegerAttr(term.zero))).getResult() : Value();
  auto words = VectorType::get(lanes, b.getI32Type());
  Value each = arith::ConstantOp::create(b, DenseElementsAttr::get(words, b.getI32IntegerAttr(0x01010101)));
  zero = arith::MulIOp::create(b, arith::ExtUIOp::create(b, words, zero), each);
  return vector::BitCastOp::create(b, bytes, zero);
}

void BlockEmitter::unpack(Value memory, const BlockTerm &term, ArrayRef<Value> scales, ArrayRef<Value> zeros) {
  SmallVector<Value> zeroOf;
  for (int64_t column = 0; column < columns; ++column) {
    Value zero = zeros.empty() ? Value() : zeros[column];
    zeroOf.push_back(product.isReal ? zero : foldsZero(term) ? zeroBytes(term, zero) : Value());
  }
  int64_t rows = product.isReal ? 4 * parts : parts; // of a word
  forWords({}, kMostUnpacked, [&](Value first, int64_t words, Sums) {
    for (int64_t n = 0; n < words; ++n)
      for (int64_t column = 0; column < columns; ++column) {
        Value bytes = loadWords(b.createOrFold<arith::AddIOp>(first, number(n)), column), zero = zeroOf[column];
        Value elements = vector::BitCastOp::create(b, VectorType::get(lanes, b.getI32Type()), bytes);
        for (int64_t row = 0; row < rows; ++row) {
          Value v = product.isReal ? reals(elements, row, term, scales[column], zero) : part(bytes, row);
          if (!product.isReal && zero)
            v = arith::SubIOp::create(b, v, zero);
          vector::StoreOp::create(b, v, memory, ValueRange{unpackedRow(first, n * rows + row), number(column * unpackedLanes())});
        }
      }
    return Sums();
  });
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
    for (int64_t column = 0; column < columns && !unpacked; ++column)
      bytes.push_back(loadWords(b.createOrFold<arith::AddIOp>(word, number(n)), column));
    for (int64_t p = 0; p < parts; ++p)
      for (int64_t column = 0; column < columns; ++column) {
        Value w = unpacked ? loadUnpacked(word, n * parts + p, column) : part(bytes[column], p);
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
    for (int64_t column = 0; column < columns && !unpacked; ++column)
      loaded.push_back(vector::BitCastOp::create(b, VectorType::get(lanes, b.getI32Type()), loadWords(at, column)));
    for (int64_t term = 0; term < 4 * parts; ++term) {
      SmallVector<Value> w;
      for (int64_t column = 0; column < columns; ++column)
        w.push_back(unpacked ? loadUnpacked(word, 4 * parts * n + term, column) : element(loaded[column], term));
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
