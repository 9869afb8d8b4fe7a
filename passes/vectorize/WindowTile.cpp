//===- WindowTile.cpp - the sums of a window in one piece of code ---------===//
//
// Of `NestEmitter`: all products of a tile whose sums go in one piece, in the
// order in which the image is read, so that each of its elements is loaded once.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/NestEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace coil {

void NestEmitter::emitWindow(BodyEmitter &emitter, int64_t rows, int64_t columns, int64_t lanes,
                             function_ref<void(unsigned, int64_t)> visit) {
  struct Product {
    std::vector<int64_t> place;
    SmallVector<int64_t> key;
    SmallVector<Value> indices;
    unsigned vector;
    int64_t column;
  };
  std::vector<Product> products;
  unsigned image = *LoopNest(op, machine).windowInput(plan.lane);
  ArrayRef<unsigned> sums = ArrayRef(reductions).take_back(plan.window);
  int64_t stride = coefficient(op.getIndexingMapsArray()[image].getResults().back(), plan.lane).value_or(1);
  SmallVector<Value> saved = indices;
  for (unsigned sum : sums)
    key[sum] = 0;
  for (bool more = true; more;) {
    for (unsigned sum : sums)
      indices[sum] = value(b.getIndexAttr(key[sum]));
    forEachVector(rows, columns, lanes, [&](unsigned n, int64_t column) {
      // Line by line, and in a line one term for all vectors of it before the next:
      // a sum waits for its last product.
      std::vector<int64_t> place = emitter.placeOf(image, key);
      if (!place.empty()) {
        int64_t ofVector = key[plan.lane] * lanes * stride;
        place.insert(place.end() - 1, place.back() - ofVector);
      }
      products.push_back({place, key, indices, n, column});
    });
    more = false;
    for (unsigned sum : llvm::reverse(sums)) {
      more = ++key[sum] < *getConstantIntValue(sizes[sum]);
      if (more)
        break;
      key[sum] = 0;
    }
  }
  llvm::stable_sort(products, [](const Product &x, const Product &y) { return x.place < y.place; });
  for (Product &product : products) {
    indices = product.indices;
    key = product.key;
    visit(product.vector, product.column);
  }
  for (unsigned sum : sums)
    key[sum] = 0;
  indices = saved;
}

/// What the sums of a window begin with that is one piece of code: of +0 nothing
/// would be left to see but an addition, while -0 + x is x.
Value NestEmitter::beginning() {
  auto sum = op.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!init || plan.window == 0 || plan.window != int64_t(reductions.size()) || !matchPattern(init, m_PosZeroFloat()) ||
      !sum || !llvm::is_contained(sum->getOperands(), op.getBody()->getArguments().back()))
    return init;
  auto type = cast<FloatType>(init.getType());
  return arith::ConstantOp::create(b, b.getFloatAttr(type, APFloat::getZero(type.getFloatSemantics(), /*Negative=*/true)));
}

} // namespace coil
