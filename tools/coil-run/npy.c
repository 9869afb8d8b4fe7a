/*===- npy.c - numpy's .npy files -----------------------------------------===*/
#include "run.h"

#include <stdlib.h>
#include <string.h>

/* numpy's name of each type. It has none for the last ones, which are written as
 * integers of their size. */
static const struct {
  int32_t type;
  const char *code;
} codes[] = {{COIL_FLOAT, "f4"},   {COIL_DOUBLE, "f8"}, {COIL_FLOAT16, "f2"},
             {COIL_INT8, "i1"},    {COIL_INT16, "i2"},  {COIL_INT32, "i4"},
             {COIL_INT64, "i8"},   {COIL_UINT8, "u1"},  {COIL_UINT16, "u2"},
             {COIL_UINT32, "u4"},  {COIL_UINT64, "u8"}, {COIL_BOOL, "b1"},
             {COIL_BFLOAT16, "u2"},
             {COIL_FLOAT8E4M3FN, "u1"},
             {COIL_FLOAT8E4M3FNUZ, "u1"},
             {COIL_FLOAT8E5M2, "u1"},
             {COIL_FLOAT8E5M2FNUZ, "u1"},
             {COIL_UINT4, "u1"},
             {COIL_INT4, "i1"},
             {COIL_FLOAT4E2M1, "u1"},
             {COIL_FLOAT8E8M0, "u1"},
             {COIL_UINT2, "u1"},
             {COIL_INT2, "i1"}};

/* The text after `'key':` in the header, a Python dict. */
static const char *value_of(const char *header, const char *key,
                            const char *path) {
  const char *found = strstr(header, key);
  if (!found)
    die("'%s': no %s in its header", path, key);
  found += strlen(key);
  return found + strspn(found, " :");
}

/* numpy keeps strings in places of one width: 'S12', 12 bytes, filled up with
 * zeros, or 'U12', 12 characters of four bytes. 0 for any other type. */
static size_t string_width(const char *header, bool *wide, const char *path) {
  const char *text = value_of(header, "'descr'", path);
  /* The header may end anywhere: nothing is read behind its zero. */
  if (*text++ != '\'' || !*text || !strchr("<|=", *text++) ||
      (*text != 'S' && *text != 'U'))
    return 0;
  *wide = *text++ == 'U';
  char *end;
  size_t width = strtoul(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\'')
    die("'%s': the width of its strings is damaged", path);
  if (__builtin_mul_overflow(width, (size_t)(*wide ? 4 : 1), &width))
    die("'%s': truncated", path); /* no file holds one of them */
  return width;
}

static int32_t read_type(const char *header, const char *path) {
  const char *text = value_of(header, "'descr'", path);
  char quote = *text++;
  if (quote != '\'' || !strchr("<|=>", *text) || !*text)
    die("'%s': its elements are not of one plain type", path);
  if (*text == '>' && text[1] && text[2] != '1')
    die("'%s': big-endian elements are not supported", path);
  for (size_t i = 0; i < sizeof codes / sizeof *codes; ++i)
    if (strncmp(text + 1, codes[i].code, 2) == 0 && text[3] == '\'')
      return codes[i].type;
  die("'%s': element type '%.8s' is not supported", path, text);
}

static void read_shape(const char *header, coil_tensor *tensor,
                       const char *path) {
  const char *text = value_of(header, "'shape'", path);
  if (*text++ != '(')
    die("'%s': its shape is not a tuple", path);
  for (;;) {
    text += strspn(text, " ,");
    if (*text == ')')
      return;
    char *end;
    long long value = strtoll(text, &end, 10);
    if (end == text)
      die("'%s': its shape is damaged", path);
    if (tensor->rank == COIL_MAX_RANK)
      die("'%s': more than %d dimensions", path, COIL_MAX_RANK);
    tensor->dims[tensor->rank++] = value;
    text = end;
  }
}

/* Copies column-major elements into row-major order. */
static void transpose(coil_tensor *tensor, const unsigned char *from) {
  size_t size = type_bytes(tensor->type), count = element_count(tensor);
  for (size_t i = 0; i < count; ++i) {
    size_t rest = i, place = 0;
    for (int32_t d = 0, last = tensor->rank - 1; d <= last; ++d) {
      size_t stride = 1; /* of dimension d in row-major order */
      for (int32_t e = d + 1; e <= last; ++e)
        stride *= (size_t)tensor->dims[e];
      place += rest % (size_t)tensor->dims[d] * stride;
      rest /= (size_t)tensor->dims[d];
    }
    memcpy((char *)tensor->data + place * size, from + i * size, size);
  }
}

/* The header as a string, and where the data begins. */
static char *read_header(const bytes *file, size_t *data, const char *path) {
  if (file->size < 12 || memcmp(file->data, "\x93NUMPY", 6) != 0)
    die("'%s': not a .npy file", path);
  bool old = file->data[6] == 1; /* two bytes of length, later four */
  uint32_t length = 0;
  memcpy(&length, file->data + 8, old ? 2 : 4);
  size_t start = old ? 10 : 12;
  if (length > file->size - start)
    die("'%s': truncated", path);
  *data = start + length;
  return text_of("%.*s", (int)length, (const char *)file->data + start);
}

/* A character in UTF-8; where it ends. */
static char *put_character(char *to, uint32_t c) {
  static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
  int bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (int i = bytes - 1; i > 0; --i, c >>= 6)
    to[i] = (char)(0x80 | (c & 63));
  to[0] = (char)(first[bytes] | c);
  return to + bytes;
}

/* The strings first, their texts after them. */
static void read_strings(coil_tensor *tensor, const unsigned char *from,
                         size_t width, bool wide, const char *path) {
  size_t count = element_count(tensor);
  coil_string *strings = allocate(tensor->bytes + count * (width + 1) + 1);
  char *text = (char *)(strings + count);
  tensor->data = strings;
  for (size_t i = 0; i < count; ++i, from += width) {
    char *end = text, *last = text; /* after the last that is not zero */
    for (size_t k = 0; k < width; k += wide ? 4 : 1) {
      uint32_t c = from[k];
      if (wide)
        memcpy(&c, from + k, 4);
      if (c > 0x10ffff || (wide && c >= 0xd800 && c < 0xe000))
        die("'%s': 0x%x in string %zu is no character", path, c, i);
      end = wide ? put_character(end, c) : (*end = (char)c, end + 1);
      last = c ? end : last;
    }
    strings[i] = (coil_string){text, (size_t)(last - text)};
    *last = 0;
    text = last + 1;
  }
}

coil_tensor read_npy(const char *path) {
  bytes file = read_file(path);
  size_t start;
  char *header = read_header(&file, &start, path);
  bool wide, columns = strncmp(value_of(header, "'fortran_order'", path), "True", 4) == 0;
  size_t width = string_width(header, &wide, path);
  coil_tensor tensor = {.type = width ? COIL_STRING : read_type(header, path)};
  read_shape(header, &tensor, path);
  measure_tensor(&tensor, path);
  if (width) {
    size_t count = element_count(&tensor);
    if (columns || (file.size - start) / width < count)
      die("'%s': %s", path,
          columns ? "strings in column-major order are not supported" : "truncated");
    read_strings(&tensor, file.data + start, width, wide, path);
    free(header);
    free(file.data);
    return tensor;
  }
  if (file.size - start < tensor.bytes)
    die("'%s': truncated: it holds %zu bytes of data, its shape takes %zu",
        path, file.size - start, tensor.bytes);
  tensor.data = allocate(tensor.bytes);
  if (columns)
    transpose(&tensor, file.data + start);
  else
    memcpy(tensor.data, file.data + start, tensor.bytes);
  free(header);
  free(file.data);
  return tensor;
}

static const char *code_of(int32_t type) {
  for (size_t i = 0; i < sizeof codes / sizeof *codes; ++i)
    if (codes[i].type == type)
      return codes[i].code;
  die("no numpy type for element type %d", type);
}

bool same_in_npy(int32_t a, int32_t b) {
  if (a == COIL_STRING || b == COIL_STRING)
    return a == b;
  return strcmp(code_of(a), code_of(b)) == 0;
}

/* The bytes of the longest string, at least one. */
static size_t longest(const coil_tensor *tensor) {
  const coil_string *strings = tensor->data;
  size_t most = 1;
  for (size_t i = 0; i < element_count(tensor); ++i)
    most = strings[i].bytes > most ? strings[i].bytes : most;
  return most;
}

static void write_strings(FILE *file, const coil_tensor *tensor) {
  size_t width = longest(tensor);
  const coil_string *strings = tensor->data;
  for (size_t i = 0; i < element_count(tensor); ++i) {
    fwrite(strings[i].data, 1, strings[i].bytes, file);
    for (size_t k = strings[i].bytes; k < width; ++k)
      fputc(0, file);
  }
}

void write_npy(const char *path, const coil_tensor *tensor) {
  char header[512], strings[24] = "";
  bool text = tensor->type == COIL_STRING;
  if (text)
    snprintf(strings, sizeof strings, "S%zu", longest(tensor));
  const char *code = text ? strings : code_of(tensor->type);
  int length = snprintf(header, sizeof header,
                        "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                        text || code[1] == '1' ? '|' : '<', code);
  for (int32_t i = 0; i < tensor->rank; ++i)
    length += snprintf(header + length, sizeof header - (size_t)length,
                       "%lld, ", (long long)tensor->dims[i]);
  length += snprintf(header + length, sizeof header - (size_t)length, "), }");
  while ((10 + length + 1) % 64 != 0) /* data begins at a multiple of 64 */
    header[length++] = ' ';
  header[length++] = '\n';
  FILE *file = create_file(path);
  unsigned char start[] = {0x93,
                           'N',
                           'U',
                           'M',
                           'P',
                           'Y',
                           1,
                           0,
                           (unsigned char)(length & 255),
                           (unsigned char)(length >> 8)};
  fwrite(start, 1, sizeof start, file);
  fwrite(header, 1, (size_t)length, file);
  if (text)
    write_strings(file, tensor);
  else
    fwrite(tensor->data, 1, tensor->bytes, file);
  close_file(file, path);
}
