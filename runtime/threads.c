/*===- threads.c - a pool that meets twice a parallel region ---------------===*
 *
 * The caller is worker 0; the workers form a tree of arity 4. A region goes
 * down the tree (each worker passes it to its children before its own part)
 * and its end comes up (each waits for its children). Every edge is one word
 * in a cache line of its own: with 192 cores, one shared word would bounce
 * through the mesh 192 times, where the tree takes four steps.
 *
 * A worker without work spins, then yields, then sleeps in a futex: kernels
 * follow each other within microseconds, but an idle context costs nothing.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE /* sched_getaffinity */
#include "context.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARITY 4
#define MAX_THREADS 1024
#define MAX_CORES 8192
#define SPINS 2000 /* 30 to 100 microseconds */
#define YIELDS 50
#define STACK (2 << 20) /* a kernel's tiles take up to half of it */
#define LINE 128 /* two lines: x86 and Neoverse prefetch in pairs */

/* The word between a worker and its parent. The parent sets WORK and STOP, the
 * worker BUSY, IDLE (which also says: my whole subtree is done) and SLEEPING.
 * What is still WORK the parent may take back; AWAITED is BUSY while the parent
 * sleeps. */
enum { IDLE, WORK, BUSY, AWAITED, SLEEPING, STOP };

typedef struct worker {
  _Alignas(LINE) _Atomic uint32_t state;
  struct coil_pool *pool;
  int32_t index;
  int32_t core; /* to begin or to stay on; -1: any */
  pthread_t thread;
} worker;

struct coil_pool {
  /* The region at hand, written by the caller while nobody works. */
  _Alignas(LINE) void (*body)(void *, int64_t, int64_t);
  void *closure;
  int64_t count;
  int32_t parts;
  int busy; /* a region is running: one inside it runs serially */

  int32_t threads;
  int32_t pin;
  int32_t spins; /* 0 when threads share cores: who spins keeps others away */
  size_t bytes;
  void *memory; /* as the allocator gave it: this struct is aligned further */
  worker workers[];
};

static void pause_core(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb"); /* `yield` is a nop on Neoverse */
#endif
}

static void futex(_Atomic uint32_t *word, int operation, uint32_t value) {
  syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL,
          0);
}

/* Part `index` of [0, count) in `parts` parts whose sizes differ by at most
 * one. */
static void run_part(const coil_pool *pool, int32_t index) {
  int64_t size = pool->count / pool->parts, more = pool->count % pool->parts;
  int64_t begin = index * size + (index < more ? index : more);
  pool->body(pool->closure, begin, begin + size + (index < more));
}

static void tell(worker *worker, uint32_t state) {
  if (atomic_exchange_explicit(&worker->state, state, memory_order_acq_rel) ==
      SLEEPING)
    futex(&worker->state, FUTEX_WAKE, 1);
}

/* Says that `worker` has done what it was told. */
static void finish(worker *worker) {
  if (atomic_exchange_explicit(&worker->state, IDLE, memory_order_acq_rel) ==
      AWAITED)
    futex(&worker->state, FUTEX_WAKE, 1);
}

/* A parent that sleeps leaves its core to the child that has none. */
static void await(const coil_pool *pool, worker *worker) {
  int32_t awake = pool->spins + YIELDS;
  for (int32_t spins = 0;; ++spins) {
    uint32_t state = atomic_load_explicit(&worker->state, memory_order_acquire);
    if (state != BUSY && state != AWAITED)
      return;
    if (spins < pool->spins) {
      pause_core();
    } else if (spins < awake) {
      sched_yield();
    } else {
      uint32_t busy = BUSY;
      atomic_compare_exchange_strong(&worker->state, &busy, AWAITED);
      futex(&worker->state, FUTEX_WAIT, AWAITED);
    }
  }
}

static void run_subtree(coil_pool *pool, int32_t index);

/* Does what `worker` was told and has not begun, perhaps for want of a core. */
static void take_back(coil_pool *pool, worker *worker) {
  uint32_t work = WORK;
  if (atomic_compare_exchange_strong(&worker->state, &work, IDLE))
    run_subtree(pool, worker->index);
}

/* Worker `index`'s share of a region: its subtree, and itself. */
static void run_subtree(coil_pool *pool, int32_t index) {
  int32_t first = index * ARITY + 1, last = first + ARITY;
  if (last > pool->parts)
    last = pool->parts;
  for (int32_t child = first; child < last; ++child)
    tell(&pool->workers[child], WORK);
  run_part(pool, index);
  for (int32_t child = first; child < last; ++child)
    take_back(pool, &pool->workers[child]);
  for (int32_t child = first; child < last; ++child)
    await(pool, &pool->workers[child]);
}

/* Waits until the parent has something to say, and returns that. */
static uint32_t next_state(worker *worker) {
  int32_t busy = worker->pool->spins, awake = busy + YIELDS;
  for (int32_t spins = 0;; ++spins) {
    uint32_t state = atomic_load_explicit(&worker->state, memory_order_acquire);
    if (state == STOP)
      return state;
    /* Not if the parent takes it back in this moment. */
    if (state == WORK &&
        atomic_compare_exchange_strong(&worker->state, &state, BUSY))
      return WORK;
    if (spins < busy) {
      pause_core();
    } else if (spins < awake) {
      sched_yield();
    } else {
      uint32_t idle = IDLE;
      atomic_compare_exchange_strong(&worker->state, &idle, SLEEPING);
      futex(&worker->state, FUTEX_WAIT, SLEEPING);
    }
  }
}

/* A core is a bit of a mask this long: what the kernel knows of. */
typedef struct core_mask {
  unsigned long bits[MAX_CORES / (8 * sizeof(unsigned long))];
} core_mask;
#define WORD_BITS (8 * (int32_t)sizeof(unsigned long))

/* The cores that this process may run on. */
static core_mask usable_mask(void) {
  core_mask mask = {{0}};
  sched_getaffinity(0, sizeof mask, (cpu_set_t *)&mask);
  return mask;
}

/* By system call: the function of that name has two forms in glibc. A core that
 * is refused, since it has gone, is no reason to fail. */
static void run_on(const core_mask *mask) {
  syscall(SYS_sched_setaffinity, 0, sizeof *mask, mask);
}

/* Goes to the worker's core, and without `pin` may leave it from there on. A
 * system that starts a thread on its maker's core lets the two, who wait for
 * each other, take turns there for milliseconds before it moves one. */
static void go_to_core(const worker *self) {
  core_mask all = usable_mask(), one = {{0}};
  one.bits[self->core / WORD_BITS] = 1ul << (self->core % WORD_BITS);
  run_on(&one);
  if (!self->pool->pin)
    run_on(&all);
}

static void *work(void *argument) {
  worker *self = argument;
  if (self->core >= 0)
    go_to_core(self);
  finish(self);
  while (next_state(self) == WORK) {
    run_subtree(self->pool, self->index);
    finish(self);
  }
  return NULL;
}

void coil_rt_parallel(coil_frame *frame,
                      void (*body)(void *closure, int64_t begin, int64_t end),
                      void *closure, int64_t count, int64_t grain) {
  coil_pool *pool = frame->context->pool;
  if (count <= 0)
    return;
  int64_t parts = grain > 1 ? count / grain : count;
  if (!pool || parts <= 1 || pool->busy) {
    body(closure, 0, count);
    return;
  }
  pool->body = body;
  pool->closure = closure;
  pool->count = count;
  pool->parts = parts < pool->threads ? (int32_t)parts : pool->threads;
  pool->busy = 1;
  coil_context *context = frame->context;
  if (context->profiling && context->site >= 0)
    ++context->profile[context->site].regions;
  run_subtree(pool, 0);
  pool->busy = 0;
}

int32_t coil_usable_cores(void) {
  core_mask mask = usable_mask();
  int32_t cores = 0;
  for (size_t i = 0; i < sizeof mask.bits / sizeof *mask.bits; ++i)
    cores += __builtin_popcountl(mask.bits[i]);
  if (cores > MAX_THREADS)
    cores = MAX_THREADS;
  return cores > 0 ? cores : 1;
}

static coil_pool *make_pool(coil_context *context, int32_t threads) {
  size_t bytes = sizeof(coil_pool) + (size_t)threads * sizeof(worker) + LINE;
  void *memory = coil_allocate(&context->allocator, bytes);
  if (!memory)
    return NULL;
  memset(memory, 0, bytes);
  coil_pool *pool = (coil_pool *)(((uintptr_t)memory + LINE - 1) / LINE * LINE);
  pool->bytes = bytes;
  pool->memory = memory;
  pool->threads = 1; /* those that run: the caller, so far */
  pool->spins = threads > coil_usable_cores() ? 0 : SPINS;
  return pool;
}

/* Workers take no signals: those are the app's. */
static int start_worker(coil_pool *pool, int32_t index, int32_t core) {
  worker *worker = &pool->workers[index];
  sigset_t all, before;
  worker->pool = pool;
  worker->index = index;
  worker->core = core;
  worker->state = BUSY; /* it goes to its core */
  pthread_attr_t attributes;
  size_t stack;
  int failed = pthread_attr_init(&attributes);
  if (failed)
    return failed;
  if (!pthread_attr_getstacksize(&attributes, &stack) && stack < STACK)
    pthread_attr_setstacksize(&attributes, STACK);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  failed = pthread_create(&worker->thread, &attributes, work, worker);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return failed;
}

/* The usable core after `core`, the first after the last; -1: there is none. */
static int32_t next_core(const core_mask *mask, int32_t core) {
  for (int32_t i = 0; i < MAX_CORES; ++i) {
    core = (core + 1) % MAX_CORES;
    if (mask->bits[core / WORD_BITS] >> (core % WORD_BITS) & 1)
      return core;
  }
  return -1;
}

coil_status coil_start_threads(coil_context *context, int32_t threads,
                               int32_t pin) {
  if (threads < 0 || threads > MAX_THREADS)
    return coil_error(context, COIL_ERROR_ARGUMENT,
                      "options: threads is %d, expected 0 to %d", threads,
                      MAX_THREADS);
  if (threads == 0)
    threads = coil_usable_cores();
  if (threads == 1)
    return COIL_OK;
  coil_pool *pool = context->pool = make_pool(context, threads);
  if (!pool)
    return coil_error(context, COIL_ERROR_MEMORY,
                      "%s: no memory for %d threads", context->model->name,
                      threads);
  pool->pin = pin;
  core_mask mask = usable_mask();
  /* The caller's core: when all are to stay, the first, else where it is. */
  unsigned here = 0;
  if (!pin)
    syscall(SYS_getcpu, &here, NULL, NULL);
  int32_t core = next_core(&mask, pin ? -1 : (int32_t)here - 1), failed = 0;
  for (int32_t i = 1; i < threads && !failed; ++i) {
    core = next_core(&mask, core);
    failed = start_worker(pool, i, core);
    pool->threads += !failed;
  }
  for (int32_t i = 1; i < pool->threads; ++i)
    await(pool, &pool->workers[i]); /* until it is where it should be */
  if (failed)
    return coil_error(context, COIL_ERROR_THREADS,
                      "thread %d of %d could not be started: %s",
                      pool->threads + 1, threads, strerror(failed));
  return COIL_OK;
}

void coil_stop_threads(coil_context *context) {
  coil_pool *pool = context->pool;
  if (!pool)
    return;
  for (int32_t i = 1; i < pool->threads; ++i)
    tell(&pool->workers[i], STOP);
  for (int32_t i = 1; i < pool->threads; ++i)
    pthread_join(pool->workers[i].thread, NULL);
  context->allocator.release(context->allocator.user, pool->memory,
                             pool->bytes);
}
