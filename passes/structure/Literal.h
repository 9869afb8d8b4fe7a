//===- Literal.h - the elements of a tensor that is known -----------------===//
#ifndef COIL_PASSES_STRUCTURE_LITERAL_H
#define COIL_PASSES_STRUCTURE_LITERAL_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <memory>

namespace coil {
using namespace mlir;

/// Bytes an element takes in memory; nothing for types that are not stored as
/// whole bytes. Storage types, so no i1.
std::optional<int64_t> storageBytes(Type element);

/// Elements in the order of the type: those of an attribute, which are not
/// copied, or computed ones.
struct Literal {
  RankedTensorType type;
  ArrayRef<char> data;
  bool splat = false;          // `data` is the one element that all are
  ElementsAttr source;         // whose data it is, or
  std::shared_ptr<char> owner; // what frees it

  /// Nothing where the attribute has no plain bytes.
  static std::optional<Literal> of(Attribute constant);
  /// Of elements yet to be written.
  static Literal allocate(RankedTensorType type);
  /// Of equal elements, `element` as it lies in memory.
  static Literal repeat(RankedTensorType type, ArrayRef<char> element);

  char *bytes() const { return owner.get(); }
  int64_t elementBytes() const { return *storageBytes(type.getElementType()); }
  /// How far apart in memory neighbours along each dimension are.
  SmallVector<int64_t> steps() const;
  Literal reshaped(RankedTensorType shape) const;

  /// As the value of a constant: in words if it is small, else a resource that
  /// is called like `name`.
  ElementsAttr attribute(StringRef name) const;
};

/// A copy, to be written to.
Literal copied(const Literal &from);

/// The elements of a tensor that an op reads; null where they are not known.
using Literals = function_ref<const Literal *(Value)>;

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_LITERAL_H
