/*===- pb.h - protobuf on the wire ----------------------------------------===*/
#ifndef COIL_RUN_PB_H
#define COIL_RUN_PB_H

#include "run.h"

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

typedef struct reader {
  const unsigned char *at, *end;
  const char *path;
} reader;

typedef struct field {
  uint32_t number, wire;
  uint64_t value; /* unless wire is LENGTH */
  reader content; /* if it is */
} field;

/* False at the end of the message. */
bool next(reader *r, field *f);
/* `file` has the bytes, to be freed. */
reader open_pb(const char *path, bytes *file);
coil_tensor decode_tensor(reader whole);

/* A message that is written; what it holds may be one that is written first. */
typedef struct writer {
  unsigned char *data;
  size_t size, room;
} writer;

void put_varint(writer *w, uint64_t value);
void put_number(writer *w, uint32_t number, uint64_t value);
void put_bytes(writer *w, uint32_t number, const void *data, size_t size);
void put_message(writer *w, uint32_t number, writer *message); /* frees it */
void put_tensor(writer *w, const char *name, const coil_tensor *tensor);

#endif /* COIL_RUN_PB_H */
