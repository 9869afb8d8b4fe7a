// In: TensorProto in any of its encodings. Out: an ElementsAttr. A large tensor
// is a resource over bytes where they already lie (the parsed message, or the
// mapped external file): importing copies no weight, except one of 4 or 2 bits,
// of which a file has several in a byte and memory has one. Each is given back as
// soon as nobody refers to it, as when it has been packed: the message does not
// keep what was moved on, and pages of a mapped file are read again if need be.

#include "lib/import/Tensors.h"
#include "lib/import/Import.h"
#include "lib/import/Types.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <bit>
#include <optional>
#include <sys/mman.h>

using namespace mlir;
using llvm::ArrayRef;
using ErrorFn = llvm::function_ref<InFlightDiagnostic()>;

void coil::dropPages(const llvm::MemoryBuffer &file, ArrayRef<char> bytes) {
  if (file.getBufferKind() != llvm::MemoryBuffer::MemoryBuffer_MMap ||
      bytes.begin() < file.getBufferStart() || bytes.end() > file.getBufferEnd())
    return;
  uintptr_t page = llvm::sys::Process::getPageSizeEstimate();
  uintptr_t begin = reinterpret_cast<uintptr_t>(bytes.begin()),
            end = reinterpret_cast<uintptr_t>(bytes.end());
  begin = llvm::alignTo(begin, page);
  end = llvm::alignDown(end, page);
  if (begin < end)
    madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

namespace coil::importer {

static_assert(std::endian::native == std::endian::little,
              "ONNX's raw data is little-endian and used in place");

/// Tensors up to this size stand in the IR in words: they are shapes, axes and
/// scalars, which folding reads and a reader of the IR wants to see.
static constexpr size_t inlineBytes = 512;
/// A sparse tensor becomes dense up to this size.
static constexpr int64_t densifyBytes = int64_t(1) << 31;

//===----------------------------------------------------------------------===//
// Type and shape
//===----------------------------------------------------------------------===//

/// The product of the sizes times the width, or nothing when it leaves 63 bits.
static std::optional<int64_t> byteSize(ArrayRef<int64_t> shape, Type element) {
  int64_t bytes = elementBytes(element);
  bool overflow = false;
  for (int64_t size : shape)
    overflow |= llvm::MulOverflow(bytes, size, bytes);
  if (llvm::is_contained(shape, 0))
    return 0;
  return overflow ? std::nullopt : std::optional(bytes);
}

/// The bytes in a file: elements of 4 or 2 bits share one.
static int64_t fileBytes(RankedTensorType type) {
  unsigned width = type.getElementTypeBitWidth();
  int64_t bytes = *byteSize(type.getShape(), type.getElementType());
  return width == 4 || width == 2 ? llvm::divideCeil(bytes, 8 / width) : bytes;
}

template <typename Dims>
static RankedTensorType typeOf(const Dims &dims, int64_t number,
                               MLIRContext *context, ErrorFn error) {
  Type element = elementType(number, context);
  if (!element) {
    error() << "element type " << elementTypeName(number)
            << " is not supported";
    return {};
  }
  llvm::SmallVector<int64_t> shape(dims.begin(), dims.end());
  for (int64_t size : shape)
    if (size < 0) {
      error() << "has the negative dimension " << size;
      return {};
    }
  if (!byteSize(shape, element)) {
    error() << "is larger than the address space";
    return {};
  }
  return RankedTensorType::get(shape, element);
}

//===----------------------------------------------------------------------===//
// Where the bytes are
//===----------------------------------------------------------------------===//

/// One of TensorProto's typed fields.
struct Field {
  ArrayRef<char> data;
  int64_t count, width;
};

template <typename T>
static Field field(const google::protobuf::RepeatedField<T> &values) {
  return {{reinterpret_cast<const char *>(values.data()),
           values.size() * sizeof(T)},
          values.size(),
          sizeof(T)};
}

/// The field that ONNX prescribes for `element`: everything narrow is in
/// int32_data.
static Field fieldFor(Type element, const pb::TensorProto &tensor) {
  if (element.isF32())
    return field(tensor.float_data());
  if (element.isF64())
    return field(tensor.double_data());
  if (element.isSignlessInteger(64))
    return field(tensor.int64_data());
  if (element.isUnsignedInteger(32) || element.isUnsignedInteger(64))
    return field(tensor.uint64_data());
  return field(tensor.int32_data());
}

/// Takes the low `width` bytes of each value: values are stored wider than
/// their type, floats of 16 bits as their bits.
static std::shared_ptr<std::string> narrow(const Field &field, int64_t width) {
  auto bytes = std::make_shared<std::string>();
  bytes->reserve(field.count * width);
  for (int64_t i = 0; i < field.count; ++i)
    bytes->append(field.data.data() + i * field.width, width);
  return bytes;
}

/// Elements of 4 or 2 bits, the first in the lowest of a byte, become bytes; a
/// signed one keeps its sign there.
static std::shared_ptr<std::string> unpack(ArrayRef<char> packed,
                                           RankedTensorType type) {
  unsigned width = type.getElementTypeBitWidth(), perByte = 8 / width;
  bool isSigned = type.getElementType().isSignlessInteger();
  int64_t count = type.getNumElements();
  auto bytes = std::make_shared<std::string>(count, '\0');
  for (int64_t i = 0; i < count; ++i) {
    uint8_t high = uint8_t(packed[i / perByte])
                   << (8 - width - i % perByte * width);
    (*bytes)[i] = isSigned ? int8_t(high) >> (8 - width) : high >> (8 - width);
  }
  return bytes;
}

std::optional<Tensors::Bytes> Tensors::bytesOf(const pb::TensorProto &tensor,
                                               RankedTensorType type,
                                               ErrorFn error) {
  std::optional<Bytes> bytes = bytesInFile(tensor, type, error);
  unsigned width = type.getElementTypeBitWidth();
  if (!bytes || (width != 4 && width != 2))
    return bytes;
  auto unpacked = unpack(bytes->data, type);
  return Bytes{{unpacked->data(), unpacked->size()}, unpacked};
}

namespace {
/// The bytes of one tensor of a message; the message is left without them.
struct RawData {
  std::shared_ptr<Model> model;
  pb::TensorProto *tensor;
  ~RawData() { std::string().swap(*tensor->mutable_raw_data()); }
};
} // namespace

std::shared_ptr<const void>
Tensors::rawOwner(const pb::TensorProto &tensor) {
  std::shared_ptr<const void> &owner = owners[&tensor];
  if (!owner) // part of `model`, which is not const
    owner = std::shared_ptr<RawData>(
        new RawData{model, const_cast<pb::TensorProto *>(&tensor)});
  return owner;
}

std::optional<Tensors::Bytes>
Tensors::bytesInFile(const pb::TensorProto &tensor, RankedTensorType type,
                     ErrorFn error) {
  Type element = type.getElementType();
  int64_t size = fileBytes(type);
  if (tensor.has_segment()) {
    error() << "is stored in segments, which is not supported";
    return std::nullopt;
  }
  if (tensor.data_location() == pb::TensorProto::EXTERNAL)
    return externalBytes(tensor, size, error);
  Bytes bytes;
  if (tensor.has_raw_data()) {
    bytes = {{tensor.raw_data().data(), tensor.raw_data().size()},
             rawOwner(tensor)};
  } else {
    Field values = fieldFor(element, tensor);
    bytes = {values.data, model};
    if (values.width != elementBytes(element)) {
      auto narrowed = narrow(values, elementBytes(element));
      bytes = {{narrowed->data(), narrowed->size()}, narrowed};
    }
  }
  if (int64_t(bytes.data.size()) != size) {
    error() << "holds " << bytes.data.size() << " bytes, its type " << type
            << " needs " << size;
    return std::nullopt;
  }
  return bytes;
}

/// Opens a file that must lie in the model's folder: a model from a stranger
/// must not make COIL read other files into a library that is then passed on.
std::shared_ptr<llvm::MemoryBuffer>
Tensors::openExternal(llvm::StringRef location, ErrorFn error) {
  namespace path = llvm::sys::path;
  bool escapes =
      location.empty() || path::is_absolute(location) ||
      llvm::any_of(llvm::make_range(path::begin(location), path::end(location)),
                   [](llvm::StringRef part) { return part == ".."; });
  if (escapes) {
    error() << "its external data '" << location
            << "' lies outside the model's folder";
    return nullptr;
  }
  std::shared_ptr<llvm::MemoryBuffer> &file = files[location];
  if (file)
    return file;
  llvm::SmallString<256> full(path::parent_path(model->path));
  path::append(full, location);
  auto opened = llvm::MemoryBuffer::getFile(full, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!opened)
    error() << "cannot open its external data '" << full
            << "': " << opened.getError().message();
  else
    file = std::move(*opened);
  return file;
}

std::vector<std::shared_ptr<llvm::MemoryBuffer>>
Tensors::externalFiles() const {
  std::vector<std::shared_ptr<llvm::MemoryBuffer>> result;
  for (const auto &entry : files)
    result.push_back(entry.second);
  return result;
}

std::optional<Tensors::Bytes>
Tensors::externalBytes(const pb::TensorProto &tensor, int64_t size,
                       ErrorFn error) {
  llvm::StringRef location;
  uint64_t offset = 0, length = size;
  for (const pb::StringStringEntryProto &entry : tensor.external_data()) {
    llvm::StringRef key = entry.key(), value = entry.value();
    uint64_t *number = key == "offset"   ? &offset
                       : key == "length" ? &length
                                         : nullptr;
    if (key == "location")
      location = value;
    else if (number && value.getAsInteger(10, *number)) {
      error() << "its external data has the " << key << " '" << value
              << "', which is not a number";
      return std::nullopt;
    }
  }
  if (length != uint64_t(size)) {
    error() << "its external data has " << length << " bytes, its type needs "
            << size;
    return std::nullopt;
  }
  std::shared_ptr<llvm::MemoryBuffer> file = openExternal(location, error);
  if (!file)
    return std::nullopt;
  if (offset > file->getBufferSize() ||
      length > file->getBufferSize() - offset) {
    error() << "its external data ends at byte " << offset << " + " << length
            << ", the file '" << location << "' at " << file->getBufferSize();
    return std::nullopt;
  }
  const char *data = file->getBufferStart() + offset;
  std::shared_ptr<const void> owner(
      data, [file, length](const char *data) {
        dropPages(*file, {data, size_t(length)});
      });
  return Bytes{{data, size_t(length)}, owner};
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static ElementsAttr makeInline(RankedTensorType type, ArrayRef<char> data) {
  unsigned width = type.getElementTypeBitWidth();
  if (width == 4 || width == 2) {
    // Dense attributes leave the other bits of a byte zero.
    auto masked = llvm::map_to_vector(
        data, [&](char c) { return char(c & ((1 << width) - 1)); });
    return DenseElementsAttr::getFromRawBuffer(type, masked);
  }
  if (width != 1)
    return DenseElementsAttr::getFromRawBuffer(type, data);
  // Dense attributes pack truth values into bits; ONNX keeps one a byte.
  auto bools = llvm::map_to_vector(data, [](char c) { return c != 0; });
  return DenseElementsAttr::get(type, ArrayRef<bool>(bools));
}

ElementsAttr Tensors::makeAttribute(RankedTensorType type, Bytes bytes,
                                    llvm::StringRef name) {
  if (type.getNumElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (bytes.data.size() <= inlineBytes)
    return makeInline(type, bytes.data);
  // External data may begin anywhere; elements may not.
  uintptr_t address = reinterpret_cast<uintptr_t>(bytes.data.data());
  if (address % elementBytes(type.getElementType())) {
    auto copy =
        std::make_shared<std::string>(bytes.data.data(), bytes.data.size());
    bytes = {{copy->data(), copy->size()}, copy};
    address = reinterpret_cast<uintptr_t>(bytes.data.data());
  }
  size_t align = std::min<size_t>(64, address & -address);
  auto blob = UnmanagedAsmResourceBlob::allocateWithAlign(
      bytes.data, align, [owner = bytes.owner](void *, size_t, size_t) {});
  return DenseResourceElementsAttr::get(type, name.empty() ? "tensor" : name,
                                        std::move(blob));
}

/// Strings have a field of their own, and no raw or external form.
static ElementsAttr importStrings(const pb::TensorProto &tensor,
                                  RankedTensorType type, ErrorFn error) {
  if (tensor.string_data_size() != type.getNumElements()) {
    error() << "holds " << tensor.string_data_size() << " strings, its type "
            << type << " needs " << type.getNumElements();
    return {};
  }
  auto texts = llvm::to_vector_of<llvm::StringRef>(tensor.string_data());
  return DenseStringElementsAttr::get(type, texts);
}

ElementsAttr Tensors::import(const pb::TensorProto &tensor,
                             const llvm::Twine &what, Location loc) {
  auto error = [&] { return emitError(loc) << what << ": "; };
  RankedTensorType type =
      typeOf(tensor.dims(), tensor.data_type(), context, error);
  if (!type)
    return {};
  if (isa<core::StringType>(type.getElementType()))
    return importStrings(tensor, type, error);
  std::optional<Bytes> bytes = bytesOf(tensor, type, error);
  return bytes ? makeAttribute(type, *bytes, tensor.name()) : ElementsAttr();
}

/// Where the i-th non-zero stands in the dense tensor; -1 when outside.
static int64_t sparsePosition(ArrayRef<int64_t> indices, int64_t i, bool linear,
                              RankedTensorType type) {
  if (linear)
    return indices[i] < type.getNumElements() ? indices[i] : -1;
  int64_t position = 0;
  for (auto [size, index] :
       llvm::zip(type.getShape(),
                 indices.slice(i * type.getRank(), type.getRank()))) {
    if (index < 0 || index >= size)
      return -1;
    position = position * size + index;
  }
  return position;
}

ElementsAttr Tensors::import(const pb::SparseTensorProto &tensor,
                             const llvm::Twine &what, Location loc) {
  auto error = [&] { return emitError(loc) << what << ": "; };
  RankedTensorType type =
      typeOf(tensor.dims(), tensor.values().data_type(), context, error);
  RankedTensorType valuesType, indicesType;
  if (type && isa<core::StringType>(type.getElementType()))
    return error() << "holds strings, which a sparse tensor is not known to",
           ElementsAttr();
  if (type)
    valuesType = typeOf(tensor.values().dims(), tensor.values().data_type(),
                        context, error);
  if (valuesType)
    indicesType = typeOf(tensor.indices().dims(), tensor.indices().data_type(),
                         context, error);
  if (!indicesType)
    return {};
  int64_t count = valuesType.getNumElements();
  bool linear = indicesType.getRank() == 1;
  if (!indicesType.getElementType().isInteger(64) ||
      indicesType.getNumElements() != count * (linear ? 1 : type.getRank()))
    return error() << "its indices do not match its " << count << " values",
           ElementsAttr();
  int64_t width = elementBytes(type.getElementType()),
          size = *byteSize(type.getShape(), type.getElementType());
  if (size > densifyBytes)
    return error() << "is too large to be made dense", ElementsAttr();
  std::optional<Bytes> values = bytesOf(tensor.values(), valuesType, error);
  std::optional<Bytes> indices =
      values ? bytesOf(tensor.indices(), indicesType, error) : std::nullopt;
  if (!indices)
    return {};
  // Raw data need not be aligned for its type: read it by copy.
  llvm::SmallVector<int64_t> where(indicesType.getNumElements());
  std::copy(indices->data.begin(), indices->data.end(),
            reinterpret_cast<char *>(where.data()));
  auto dense = std::make_shared<std::string>(size, '\0');
  for (int64_t i = 0; i < count; ++i) {
    int64_t position = sparsePosition(where, i, linear, type);
    if (position < 0)
      return error() << "its index " << i << " lies outside the tensor",
             ElementsAttr();
    std::copy_n(values->data.begin() + i * width, width,
                dense->begin() + position * width);
  }
  return makeAttribute(type, {{dense->data(), dense->size()}, dense},
                       tensor.values().name());
}

} // namespace coil::importer
