/*===- value_pb.c - SequenceProto and OptionalProto ------------------------===*
 *
 * Which of them a file is, or a TensorProto, nothing in it says: the model's
 * signature does.
 *
 *===----------------------------------------------------------------------===*/
#include "pb.h"

#include <stdlib.h>
#include <string.h>

/* Field numbers of SequenceProto and of OptionalProto in onnx-data.proto. */
enum { VALUE_NAME = 1, ELEM_TYPE = 2, TENSOR = 3, SEQUENCE = 5 };
/* What elem_type says that field 3 or 5 holds. */
enum { IS_TENSOR = 1, IS_SEQUENCE = 3 };

static coil_tensor decode_sequence(reader whole) {
  int64_t count = 0;
  field f;
  for (reader r = whole; next(&r, &f);) {
    count += f.number == TENSOR && f.wire == LENGTH;
    if (f.number > TENSOR)
      die("'%s': not a sequence of tensors", whole.path);
  }
  coil_tensor *elements = allocate((size_t)count * sizeof *elements), *to = elements;
  for (reader r = whole; next(&r, &f);)
    if (f.number == TENSOR && f.wire == LENGTH)
      *to++ = decode_tensor(f.content);
  return (coil_tensor){elements, (size_t)count * sizeof *elements,
                       COIL_SEQUENCE, 1, {count}};
}

static coil_tensor decode_optional(reader whole, bool is_sequence) {
  coil_tensor value = {0};
  field f;
  for (reader r = whole; next(&r, &f);) {
    if (f.number <= ELEM_TYPE)
      continue;
    if (f.number != (is_sequence ? SEQUENCE : TENSOR) || f.wire != LENGTH)
      die("'%s': not an optional %s", whole.path,
          is_sequence ? "sequence" : "tensor");
    value = (is_sequence ? decode_sequence : decode_tensor)(f.content);
  }
  return value;
}

coil_tensor read_value(const char *path, const coil_value *value) {
  if (!value->kind || ends_with(path, ".npy"))
    return read_tensor(path);
  if (!ends_with(path, ".pb"))
    die("'%s': not a .npy or .pb file", path);
  bool is_sequence = value->kind & COIL_IS_SEQUENCE;
  bytes file;
  reader whole = open_pb(path, &file);
  coil_tensor result = value->kind & COIL_IS_OPTIONAL
                           ? decode_optional(whole, is_sequence)
                           : decode_sequence(whole);
  free(file.data);
  return result;
}

static void put_sequence(writer *w, const char *name,
                         const coil_tensor *sequence) {
  put_bytes(w, VALUE_NAME, name, strlen(name));
  put_number(w, ELEM_TYPE, IS_TENSOR);
  for (int64_t i = 0; i < length_of(sequence); ++i) {
    writer element = {0};
    put_tensor(&element, "", element_of(sequence, i));
    put_message(w, TENSOR, &element);
  }
}

void write_value(const char *path, const coil_value *value,
                 const coil_tensor *tensor) {
  writer content = {0}, whole = {0};
  bool is_sequence = tensor->type == COIL_SEQUENCE;
  if (is_sequence)
    put_sequence(&content, value->name, tensor);
  else if (tensor->type != COIL_NONE)
    put_tensor(&content, value->name, tensor);
  if (value->kind & COIL_IS_OPTIONAL) {
    put_bytes(&whole, VALUE_NAME, value->name, strlen(value->name));
    put_number(&whole, ELEM_TYPE, tensor->type == COIL_NONE ? 0
                                  : is_sequence             ? IS_SEQUENCE
                                                            : IS_TENSOR);
    if (tensor->type != COIL_NONE)
      put_message(&whole, is_sequence ? SEQUENCE : TENSOR, &content);
    content = whole;
  }
  FILE *file = create_file(path);
  fwrite(content.data, 1, content.size, file);
  close_file(file, path);
  free(content.data);
}
