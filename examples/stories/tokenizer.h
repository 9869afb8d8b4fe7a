/* tokenizer.h - byte pair encoding with scores, from a file in llama2.c's format:
 * the longest token's length, then for each token a float score, its length, its bytes. */
#ifndef TOKENIZER_H
#define TOKENIZER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEGIN_TOKEN = 1, FIRST_BYTE_TOKEN = 3 };

typedef struct tokenizer {
  int count;
  char **text;
  float *score;
} tokenizer;

static tokenizer read_tokenizer(const char *path) {
  tokenizer result = {0};
  FILE *file = fopen(path, "rb");
  int32_t longest, length;
  float score;
  if (!file || fread(&longest, sizeof longest, 1, file) != 1) {
    perror(path);
    exit(1);
  }
  while (fread(&score, sizeof score, 1, file) == 1) {
    int k = result.count++;
    result.text = realloc(result.text, (size_t)result.count * sizeof *result.text);
    result.score = realloc(result.score, (size_t)result.count * sizeof *result.score);
    if (!result.text || !result.score || fread(&length, sizeof length, 1, file) != 1 || length < 0 ||
        length > longest || !(result.text[k] = calloc(1, (size_t)length + 1)) ||
        fread(result.text[k], 1, (size_t)length, file) != (size_t)length) {
      fprintf(stderr, "%s: not a tokenizer, or damaged\n", path);
      exit(1);
    }
    result.score[k] = score;
  }
  fclose(file);
  return result;
}

static int find_token(const tokenizer *t, const char *text, size_t length) {
  for (int k = 0; k < t->count; ++k)
    if (strlen(t->text[k]) == length && memcmp(t->text[k], text, length) == 0)
      return k;
  return -1;
}

/* Writes the tokens of ` TEXT` after the begin token; returns their number, at most strlen + 2. */
static int64_t encode(const tokenizer *t, const char *text, int *tokens) {
  int64_t count = 0;
  tokens[count++] = BEGIN_TOKEN;
  tokens[count++] = find_token(t, " ", 1);
  for (size_t i = 0; text[i];) {
    size_t length = 1; /* of the UTF-8 character */
    while ((text[i + length] & 0xC0) == 0x80)
      ++length;
    int token = find_token(t, text + i, length);
    if (token >= 0)
      tokens[count++] = token;
    else
      for (size_t k = 0; k < length; ++k)
        tokens[count++] = (unsigned char)text[i + k] + FIRST_BYTE_TOKEN;
    i += length;
  }
  for (;;) { /* merge the best pair of neighbours until there is none */
    int best = -1;
    int64_t at = 0;
    for (int64_t i = 1; i + 1 < count; ++i) {
      char pair[512];
      int length = snprintf(pair, sizeof pair, "%s%s", t->text[tokens[i]], t->text[tokens[i + 1]]);
      int token = find_token(t, pair, (size_t)length);
      if (token >= 0 && (best < 0 || t->score[token] > t->score[best]))
        best = token, at = i;
    }
    if (best < 0)
      return count;
    tokens[at] = best;
    memmove(tokens + at + 1, tokens + at + 2, (size_t)(--count - at - 1) * sizeof *tokens);
  }
}

static void print_token(const tokenizer *t, int before, int token) {
  const char *text = token >= 0 && token < t->count ? t->text[token] : "?";
  unsigned byte;
  if (before == BEGIN_TOKEN && *text == ' ')
    ++text;
  if (sscanf(text, "<0x%02X>", &byte) == 1)
    putchar((int)byte);
  else
    fputs(text, stdout);
  fflush(stdout);
}

#endif
