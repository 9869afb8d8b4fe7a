/*===- tensor_pb.c - ONNX's TensorProto on the wire ------------------------===*
 *
 * Read without protobuf, which is C++ and larger than this program. Two passes:
 * the first finds type, dimensions and raw_data, the second decodes a typed
 * field into memory whose size is then known.
 *
 *===----------------------------------------------------------------------===*/
#include "pb.h"

#include <stdlib.h>
#include <string.h>

/* Field numbers of TensorProto in onnx.proto. */
enum {
  DIMS = 1,
  DATA_TYPE = 2,
  SEGMENT = 3,
  FLOAT_DATA = 4,
  INT32_DATA = 5,
  STRING_DATA = 6,
  INT64_DATA = 7,
  NAME = 8,
  RAW_DATA = 9,
  DOUBLE_DATA = 10,
  UINT64_DATA = 11,
  EXTERNAL_DATA = 13
};

static uint64_t fixed(reader *r, size_t bytes) {
  uint64_t value = 0;
  if ((size_t)(r->end - r->at) < bytes)
    die("'%s': truncated", r->path);
  memcpy(&value, r->at, bytes);
  r->at += bytes;
  return value;
}

static uint64_t varint(reader *r) {
  uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (r->at == r->end)
      die("'%s': truncated", r->path);
    unsigned char byte = *r->at++;
    if (shift < 64)
      value |= (uint64_t)(byte & 127) << shift;
    if (byte < 128)
      return value;
  }
  die("'%s': not a TensorProto", r->path);
}

static uint64_t scalar(reader *r, uint32_t wire) {
  return wire == VARINT ? varint(r) : fixed(r, wire == FIXED32 ? 4 : 8);
}

bool next(reader *r, field *f) {
  if (r->at == r->end)
    return false;
  uint64_t key = varint(r);
  f->number = (uint32_t)(key >> 3);
  f->wire = key & 7;
  if (key >> 32 || f->number == 0 ||
      (f->wire != VARINT && f->wire != FIXED64 && f->wire != LENGTH &&
       f->wire != FIXED32))
    die("'%s': not a TensorProto", r->path);
  if (f->wire != LENGTH) {
    f->value = scalar(r, f->wire);
    return true;
  }
  uint64_t length = varint(r);
  if (length > (uint64_t)(r->end - r->at))
    die("'%s': truncated", r->path);
  f->content = (reader){r->at, r->at + length, r->path};
  r->at += length;
  return true;
}

static void add_dimension(coil_tensor *tensor, uint64_t value,
                          const char *path) {
  if (tensor->rank == COIL_MAX_RANK)
    die("'%s': more than %d dimensions", path, COIL_MAX_RANK);
  tensor->dims[tensor->rank++] = (int64_t)value;
}

static void read_dims(coil_tensor *tensor, field *f, const char *path) {
  if (f->wire == VARINT)
    add_dimension(tensor, f->value, path);
  else if (f->wire == LENGTH)
    while (f->content.at != f->content.end)
      add_dimension(tensor, varint(&f->content), path);
}

/* First pass; `raw` is left empty when there is no raw_data. */
static coil_tensor read_header(reader r, reader *raw, const char *path) {
  coil_tensor tensor = {0};
  field f;
  while (next(&r, &f)) {
    if (f.number == DIMS)
      read_dims(&tensor, &f, path);
    else if (f.number == DATA_TYPE && f.wire == VARINT)
      tensor.type = (int32_t)f.value;
    else if (f.number == RAW_DATA && f.wire == LENGTH)
      *raw = f.content;
    else if (f.number == SEGMENT)
      die("'%s': not one tensor (a segment, or a SequenceProto)", path);
    else if (f.number == EXTERNAL_DATA)
      die("'%s': its data is in another file, which is not supported", path);
  }
  return tensor;
}

/* Elements of 4 or 2 bits share a byte, the first in its lowest ones. */
static size_t bytes_in_file(const coil_tensor *tensor) {
  unsigned bits = packed_bits(tensor->type);
  return bits ? (tensor->bytes * bits + 7) / 8 : tensor->bytes;
}

static unsigned char *pack(const coil_tensor *tensor) {
  unsigned bits = packed_bits(tensor->type);
  unsigned char *packed = allocate(bytes_in_file(tensor));
  for (size_t i = 0; i < tensor->bytes; ++i) {
    unsigned low = ((unsigned char *)tensor->data)[i] & ((1u << bits) - 1);
    packed[i * bits / 8] |= (unsigned char)(low << i * bits % 8);
  }
  return packed;
}

/* Replaces packed data by one element a byte, a signed one with its sign. */
static void unpack(coil_tensor *tensor) {
  unsigned bits = packed_bits(tensor->type);
  bool is_signed = tensor->type == COIL_INT4 || tensor->type == COIL_INT2;
  unsigned char *packed = tensor->data, *data = allocate(tensor->bytes);
  for (size_t i = 0; i < tensor->bytes; ++i) {
    unsigned low = packed[i * bits / 8] >> i * bits % 8 & ((1u << bits) - 1);
    bool negative = is_signed && low >> (bits - 1);
    data[i] = (unsigned char)(negative ? low - (1u << bits) : low);
  }
  free(packed);
  tensor->data = data;
}

/* The typed field that holds elements of `type`, and its items on the wire. */
static uint32_t field_of(int32_t type, uint32_t *wire) {
  *wire = type == COIL_FLOAT ? FIXED32 : type == COIL_DOUBLE ? FIXED64 : VARINT;
  switch (type) {
  case COIL_FLOAT:
    return FLOAT_DATA;
  case COIL_DOUBLE:
    return DOUBLE_DATA;
  case COIL_INT64:
    return INT64_DATA;
  case COIL_UINT32:
  case COIL_UINT64:
    return UINT64_DATA;
  default:
    return INT32_DATA; /* the bits of a float16 too */
  }
}

static size_t read_typed(reader r, coil_tensor *tensor) {
  uint32_t wire, number = field_of(tensor->type, &wire);
  size_t size = type_bytes(tensor->type), count = 0;
  size_t room = bytes_in_file(tensor) / size;
  field f;
  while (next(&r, &f)) {
    if (f.number != number || (f.wire != LENGTH && f.wire != wire))
      continue;
    do {
      if (f.wire == LENGTH && f.content.at == f.content.end)
        break;
      uint64_t value = f.wire == LENGTH ? scalar(&f.content, wire) : f.value;
      if (count < room) /* the low bytes: every machine here is little-endian */
        memcpy((char *)tensor->data + count * size, &value, size);
      ++count;
    } while (f.wire == LENGTH);
  }
  return count;
}

_Noreturn static void wrong_size(const coil_tensor *tensor, size_t given,
                                 const char *path) {
  die("'%s': it holds %zu bytes of data, its dimensions take %zu", path, given,
      bytes_in_file(tensor));
}

static void read_all_typed(reader whole, coil_tensor *tensor) {
  size_t size = type_bytes(tensor->type), needed = bytes_in_file(tensor);
  /* An item takes a byte or more: no memory for what cannot be there. */
  if (needed / size > (size_t)(whole.end - whole.at))
    wrong_size(tensor, 0, whole.path);
  tensor->data = allocate(needed);
  size_t given = read_typed(whole, tensor) * size;
  if (given != needed)
    wrong_size(tensor, given, whole.path);
}

/* The strings first, their texts after them. */
static void read_strings(reader whole, coil_tensor *tensor) {
  size_t count = 0, room = element_count(tensor), texts = 0;
  field f;
  for (reader r = whole; next(&r, &f);)
    if (f.number == STRING_DATA && f.wire == LENGTH) {
      ++count;
      texts += (size_t)(f.content.end - f.content.at) + 1;
    }
  if (count != room)
    die("'%s': it holds %zu strings, its dimensions take %zu", whole.path,
        count, room);
  coil_string *strings = allocate(tensor->bytes + texts + 1);
  char *text = (char *)(strings + count);
  tensor->data = strings;
  while (next(&whole, &f)) {
    if (f.number != STRING_DATA || f.wire != LENGTH)
      continue;
    size_t bytes = (size_t)(f.content.end - f.content.at);
    memcpy(text, f.content.at, bytes);
    *strings++ = (coil_string){text, bytes};
    text += bytes + 1;
  }
}

static void read_raw(const reader *raw, coil_tensor *tensor) {
  size_t given = (size_t)(raw->end - raw->at);
  if (given != bytes_in_file(tensor))
    wrong_size(tensor, given, raw->path);
  tensor->data = allocate(given);
  memcpy(tensor->data, raw->at, given);
}

coil_tensor decode_tensor(reader whole) {
  reader raw = {0};
  coil_tensor tensor = read_header(whole, &raw, whole.path);
  measure_tensor(&tensor, whole.path);
  if (tensor.type == COIL_STRING)
    read_strings(whole, &tensor);
  else if (raw.at)
    read_raw(&raw, &tensor);
  else
    read_all_typed(whole, &tensor);
  if (packed_bits(tensor.type))
    unpack(&tensor);
  return tensor;
}

reader open_pb(const char *path, bytes *file) {
  *file = read_file(path);
  if (file->size == 0)
    die("'%s': an empty file", path);
  return (reader){file->data, file->data + file->size, path};
}

coil_tensor read_pb(const char *path) {
  bytes file;
  coil_tensor tensor = decode_tensor(open_pb(path, &file));
  free(file.data);
  return tensor;
}

static void put(writer *w, const void *data, size_t size) {
  if (w->room - w->size < size) {
    w->room = 2 * w->room + size;
    w->data = realloc(w->data, w->room);
    if (!w->data)
      die("out of memory");
  }
  if (size)
    memcpy(w->data + w->size, data, size);
  w->size += size;
}

void put_varint(writer *w, uint64_t value) {
  for (; value > 127; value >>= 7)
    put(w, &(unsigned char){(unsigned char)(value & 127) | 128}, 1);
  put(w, &(unsigned char){(unsigned char)value}, 1);
}

void put_number(writer *w, uint32_t number, uint64_t value) {
  put_varint(w, number << 3 | VARINT);
  put_varint(w, value);
}

void put_bytes(writer *w, uint32_t number, const void *data, size_t size) {
  put_varint(w, number << 3 | LENGTH);
  put_varint(w, size);
  put(w, data, size);
}

void put_message(writer *w, uint32_t number, writer *message) {
  put_bytes(w, number, message->data, message->size);
  free(message->data);
}

void put_tensor(writer *w, const char *name, const coil_tensor *tensor) {
  for (int32_t i = 0; i < tensor->rank; ++i)
    put_number(w, DIMS, (uint64_t)tensor->dims[i]);
  put_number(w, DATA_TYPE, (uint64_t)tensor->type);
  if (*name)
    put_bytes(w, NAME, name, strlen(name));
  if (tensor->type == COIL_STRING) {
    const coil_string *strings = tensor->data;
    for (size_t i = 0; i < element_count(tensor); ++i)
      put_bytes(w, STRING_DATA, strings[i].data, strings[i].bytes);
    return;
  }
  unsigned char *packed = packed_bits(tensor->type) ? pack(tensor) : NULL;
  put_bytes(w, RAW_DATA, packed ? packed : tensor->data, bytes_in_file(tensor));
  free(packed);
}
