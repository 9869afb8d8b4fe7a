// Tensors of a model as attributes that refer to the model's bytes.
#ifndef COIL_LIB_IMPORT_TENSORS_H
#define COIL_LIB_IMPORT_TENSORS_H

#include "lib/import/Reader.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MemoryBuffer.h"

namespace coil::importer {

class Tensors {
public:
  Tensors(mlir::MLIRContext *context, std::shared_ptr<Model> model)
      : context(context), model(std::move(model)) {}

  /// `what` names the tensor in messages: "initializer 'w'". `tensor` must be
  /// part of the model, whose bytes the result refers to. Null after an error.
  mlir::ElementsAttr import(const pb::TensorProto &tensor,
                            const llvm::Twine &what, mlir::Location loc);
  mlir::ElementsAttr import(const pb::SparseTensorProto &tensor,
                            const llvm::Twine &what, mlir::Location loc);

  /// The files of external data that were opened so far.
  std::vector<std::shared_ptr<llvm::MemoryBuffer>> externalFiles() const;

private:
  /// Elements of a byte or more, and what keeps them alive.
  struct Bytes {
    llvm::ArrayRef<char> data;
    std::shared_ptr<const void> owner;
  };
  std::optional<Bytes>
  bytesOf(const pb::TensorProto &tensor, mlir::RankedTensorType type,
          llvm::function_ref<mlir::InFlightDiagnostic()> error);
  /// The same, where elements of 4 or 2 bits still share a byte.
  std::optional<Bytes>
  bytesInFile(const pb::TensorProto &tensor, mlir::RankedTensorType type,
              llvm::function_ref<mlir::InFlightDiagnostic()> error);
  std::optional<Bytes>
  externalBytes(const pb::TensorProto &tensor, int64_t size,
                llvm::function_ref<mlir::InFlightDiagnostic()> error);
  std::shared_ptr<llvm::MemoryBuffer>
  openExternal(llvm::StringRef location,
               llvm::function_ref<mlir::InFlightDiagnostic()> error);
  std::shared_ptr<const void> rawOwner(const pb::TensorProto &tensor);
  mlir::ElementsAttr makeAttribute(mlir::RankedTensorType type, Bytes bytes,
                                   llvm::StringRef name);

  mlir::MLIRContext *context;
  std::shared_ptr<Model> model;
  llvm::StringMap<std::shared_ptr<llvm::MemoryBuffer>> files;
  /// What frees each tensor's bytes. Until the import ends it is held here: a
  /// tensor may be asked for again.
  llvm::DenseMap<const pb::TensorProto *, std::shared_ptr<const void>> owners;
};

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_TENSORS_H
