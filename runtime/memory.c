/*===- memory.c - the arena, scratch memory, and the caller's allocator ----===*
 *
 * Everything is kept from run to run and only grows, so that a run with the
 * shapes of an earlier one allocates nothing.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <string.h>

/* Memory by `allocator`, or null. */
void *coil_allocate(const coil_allocator *allocator, size_t bytes) {
  void *memory = allocator->allocate(allocator->user, bytes, COIL_ALIGNMENT);
  if ((uintptr_t)memory % COIL_ALIGNMENT == 0)
    return memory;
  /* Kernels use aligned stores: better no memory now than a fault later. */
  allocator->release(allocator->user, memory, bytes);
  return NULL;
}

static void *take(coil_context *context, size_t bytes) {
  void *memory = coil_allocate(&context->allocator, bytes);
  if (memory)
    context->tensor_bytes += bytes;
  return memory;
}

static void give(coil_context *context, void *memory, size_t bytes) {
  if (!memory)
    return;
  context->allocator.release(context->allocator.user, memory, bytes);
  context->tensor_bytes -= bytes;
}

static coil_status no_memory(coil_context *context, const char *what,
                             long long bytes) {
  if (bytes < 0) /* a product of sizes that left the range of numbers */
    coil_error(context, COIL_ERROR_MEMORY,
               "%s: no memory for %s (more bytes than can be counted)",
               context->model->name, what);
  else
    coil_error(context, COIL_ERROR_MEMORY,
               "%s: no memory for %s (%lld bytes, aligned to %d)",
               context->model->name, what, bytes, COIL_ALIGNMENT);
  return COIL_ERROR_MEMORY;
}

void coil_free_block(coil_context *context, coil_block *block) {
  give(context, block->data, block->bytes);
  *block = (coil_block){0};
}

/* Makes `block` at least `bytes` long. Its contents are not kept. A block that
 * grows again takes a quarter more: a sequence that gets longer with each run
 * then seldom allocates. */
coil_status coil_grow(coil_context *context, coil_block *block, size_t bytes,
                      const char *what) {
  if (bytes <= block->bytes)
    return COIL_OK;
  if (block->bytes > 0 && bytes < SIZE_MAX / 2)
    bytes += bytes / 4;
  /* The old memory goes first: the peak is what the run needs, not the sum. */
  coil_free_block(context, block);
  block->data = take(context, bytes);
  if (!block->data)
    return no_memory(context, what, (long long)bytes);
  block->bytes = bytes;
  return COIL_OK;
}

coil_status coil_extend(coil_context *context, coil_block *block, size_t bytes,
                        const char *what) {
  if (bytes <= block->bytes)
    return COIL_OK;
  coil_block larger = {take(context, bytes), bytes};
  if (!larger.data)
    return no_memory(context, what, (long long)bytes);
  if (block->bytes)
    memcpy(larger.data, block->data, block->bytes);
  coil_free_block(context, block);
  *block = larger;
  return COIL_OK;
}

/* Rounds up to the alignment, and 0 up to one line so that no buffer is null;
 * 0 when `bytes` is negative or too large. */
static size_t round_up(int64_t bytes) {
  if (bytes < 0 || (uint64_t)bytes > SIZE_MAX / 2)
    return 0;
  if (bytes == 0)
    return COIL_ALIGNMENT;
  return ((size_t)bytes + COIL_ALIGNMENT - 1) / COIL_ALIGNMENT * COIL_ALIGNMENT;
}

/* The same in the middle of a run, which thereby fails. */
static void *fail(coil_context *context, const char *what, int64_t bytes) {
  no_memory(context, what, bytes);
  coil_fail(context, COIL_ERROR_MEMORY);
  return NULL;
}

void *coil_rt_arena(coil_frame *frame, int64_t bytes) {
  coil_context *context = frame->context;
  size_t size = round_up(bytes);
  if (!size || coil_grow(context, &context->arena, size, "the arena"))
    return fail(context, "the arena", bytes);
  return context->arena.data;
}

enum { LARGE = 1 << 16 };

static coil_chunk *add_chunk(coil_context *context, coil_chunk **chunks,
                             size_t bytes) {
  coil_chunk *chunk = take(context, bytes);
  if (!chunk)
    return NULL;
  *chunk = (coil_chunk){*chunks, bytes, COIL_ALIGNMENT};
  return *chunks = chunk;
}

void *coil_take(coil_context *context, coil_chunk **chunks, int64_t bytes) {
  coil_chunk *chunk = *chunks;
  size_t size = round_up(bytes);
  if (size && (!chunk || chunk->bytes - chunk->used < size)) {
    /* Many small pieces come in a few chunks. */
    size_t least = chunk ? 2 * chunk->bytes : 0, room = size + COIL_ALIGNMENT;
    least = least < LARGE ? least : LARGE;
    chunk = add_chunk(context, chunks, room > least ? room : least);
  }
  if (!size || !chunk)
    return fail(context, "scratch memory", bytes);
  void *memory = (char *)chunk + chunk->used;
  chunk->used += size;
  return memory;
}

/* Called by the thread that runs the model, not from a parallel body. */
void *coil_rt_alloc(coil_frame *frame, int64_t bytes) {
  return coil_take(frame->context, &frame->context->scratch, bytes);
}

void *coil_rt_alloc_local(coil_frame *frame, int64_t bytes) {
  return coil_take(frame->context, &frame->context->local, bytes);
}

/* Where the next piece would be: the chunk in use is the one that has it. */
int64_t coil_rt_mark(coil_frame *frame) {
  coil_chunk *chunk = frame->context->local;
  return chunk ? (int64_t)(intptr_t)((char *)chunk + chunk->used) : 0;
}

/* Several chunks that came after the mark become one as long as all of them, so
 * that the next iteration finds room without asking. */
void coil_rt_release(coil_frame *frame, int64_t mark) {
  coil_context *context = frame->context;
  coil_chunk *base = context->local;
  size_t bytes = 0;
  for (; base; base = base->next) {
    int64_t offset = mark - (int64_t)(intptr_t)base;
    if (offset >= COIL_ALIGNMENT && offset <= (int64_t)base->bytes) {
      base->used = (size_t)offset;
      break;
    }
    bytes += base->bytes;
  }
  coil_chunk *newest = context->local;
  if (newest == base)
    return;
  if (newest->next == base) {
    newest->used = COIL_ALIGNMENT;
    return;
  }
  while (context->local != base) {
    coil_chunk *chunk = context->local;
    context->local = chunk->next;
    give(context, chunk, chunk->bytes);
  }
  add_chunk(context, &context->local, bytes); /* if not, as without */
}

void coil_free_chunks(coil_context *context, coil_chunk **chunks) {
  while (*chunks) {
    coil_chunk *chunk = *chunks;
    *chunks = chunk->next;
    give(context, chunk, chunk->bytes);
  }
}

/* At the end of a run. Several chunks become one as long as all of them, so
 * that the next run like this one finds room without asking. */
void coil_reset_chunks(coil_context *context, coil_chunk **chunks) {
  if (!*chunks)
    return;
  if ((*chunks)->next) {
    size_t bytes = 0;
    for (coil_chunk *chunk = *chunks; chunk; chunk = chunk->next)
      bytes += chunk->bytes;
    coil_free_chunks(context, chunks);
    add_chunk(context, chunks, bytes); /* if not, the next run tries again */
    return;
  }
  (*chunks)->used = COIL_ALIGNMENT;
}

int coil_tensor_bytes(int32_t type, int32_t rank, const int64_t *dims,
                      size_t *bytes) {
  size_t total = coil_type_bytes(type);
  int empty = 0;
  for (int32_t i = 0; i < rank; ++i) {
    if (dims[i] < 0)
      return 0;
    if (dims[i] == 0)
      empty = 1;
    else if (__builtin_mul_overflow(total, (size_t)dims[i], &total))
      return 0;
  }
  if (total > SIZE_MAX / 2)
    return 0;
  *bytes = empty ? 0 : total;
  return 1;
}
