// Attributes of a node as attributes of its operation.
#ifndef COIL_LIB_IMPORT_ATTRIBUTES_H
#define COIL_LIB_IMPORT_ATTRIBUTES_H

#include "lib/import/Reader.h"
#include "lib/import/Tensors.h"

#include "mlir/IR/OperationSupport.h"

namespace coil::importer {

/// The type of an attribute, told from its contents where old models leave it
/// out.
pb::AttributeProto::AttributeType
attributeType(const pb::AttributeProto &attribute);

/// What one attribute holds; null after an error at `loc`.
mlir::Attribute importAttribute(const pb::AttributeProto &attribute,
                                Tensors &tensors, mlir::Location loc);

/// All attributes but the graphs among them, checked against what ODS says of
/// `name`. Fails after an error at `loc`.
mlir::FailureOr<mlir::NamedAttrList>
importAttributes(const pb::NodeProto &node, mlir::RegisteredOperationName name,
                 Tensors &tensors, mlir::Location loc);

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_ATTRIBUTES_H
