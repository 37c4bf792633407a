/* One network of two or more steps trained by plain C loops: what the kernels of lottery/training/fused are held to.

   Compiled with -DSTEPS= -DA= -DB= -DSIDE= (n, the channels of the 3x3 and of the 1x1 convolutions, cells on an edge),
   so that every trip count is a constant. Torus, binary cross-entropy, Adam, float32. The first block is a table of 512
   patterns; the second 3x3 is nine tables from 16 features on. */

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { ROW = SIDE + 2, FIRST = ROW + 1, COUNT = (SIDE - 1) * ROW + SIDE, PATTERNS = 512, TILE = 32 };
enum { LENGTH = (COUNT + TILE - 1) / TILE * TILE, PITCH = FIRST + LENGTH + FIRST, NINE = A >= 16 };
enum { LATER = 9 * A * B + A + A * B + B, EARLY = 10 * A + A * B + B, WEIGHTS = EARLY + (STEPS - 1) * LATER + B + 1 };

typedef float Plane[PITCH];  /* a channel of a board in a frame of one cell */
typedef float Table[PATTERNS];

static Plane x[STEPS][B], y[STEPS][A], z[1], dx[B], dy[A], dz[1], inside, target;
static Table bits[9], hidden[A], d_hidden[A], answers[B], d_answers[B], ones;
static float wide[9][PATTERNS][A], d_wide[9][PATTERNS][A], rows[SIDE * SIDE][A], gradient[WEIGHTS], nothing[A + B];
static int framed[ROW][ROW];

#define SIMD _Pragma("omp simd")
#define INLINE static inline __attribute__((always_inline))

/* y[o] = bias[o] + sum of w[o * out_step + c * in_step] x[c], for `many` outputs and a tile of cells. */
INLINE void mix_tile(int many, const float *w, int out_step, int in_step, const float *bias, const float *restrict in,
                     float *restrict out, int pitch, int inputs, int relu) {
  float sums[4][TILE];
  for (int o = 0; o < many; o++)
    SIMD for (int p = 0; p < TILE; p++) sums[o][p] = bias[o];
  for (int c = 0; c < inputs; c++)
    for (int o = 0; o < many; o++)
      SIMD for (int p = 0; p < TILE; p++) sums[o][p] += w[o * out_step + c * in_step] * in[c * pitch + p];
  for (int o = 0; o < many; o++)
    SIMD for (int p = 0; p < TILE; p++) out[o * pitch + p] = relu && sums[o][p] < 0 ? 0 : sums[o][p];
}

INLINE void mix(const float *w, int out_step, int in_step, const float *bias, const float *in, float *out, int pitch,
                int inputs, int outputs, int cells, int relu) {
  for (int p = 0; p < cells; p += TILE) {
    int o = 0;
    for (; o + 4 <= outputs; o += 4)
      mix_tile(4, w + o * out_step, out_step, in_step, bias + o, in + p, out + o * pitch + p, pitch, inputs, relu);
    for (; o < outputs; o++)
      mix_tile(1, w + o * out_step, out_step, in_step, bias + o, in + p, out + o * pitch + p, pitch, inputs, relu);
  }
}

/* Add the gradients of a mixture's weights and bias. */
INLINE void mix_gradient(const float *d, const float *in, float *of_w, float *of_bias, int pitch, int inputs, int outputs,
                         int cells) {
  for (int o = 0; o < outputs; o++) {
    const float *slope = d + o * pitch;
    float sum = 0;
    for (int p = 0; p < cells; p++) sum += slope[p];
    of_bias[o] += sum;
    int c = 0;
    for (; c + 4 <= inputs; c += 4) {
      const float *i = in + c * pitch;
      float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (int p = 0; p < cells; p++) {
        s0 += slope[p] * i[p], s1 += slope[p] * i[pitch + p];
        s2 += slope[p] * i[2 * pitch + p], s3 += slope[p] * i[3 * pitch + p];
      }
      of_w[o * inputs + c] += s0, of_w[o * inputs + c + 1] += s1;
      of_w[o * inputs + c + 2] += s2, of_w[o * inputs + c + 3] += s3;
    }
    for (; c < inputs; c++) {
      float s = 0;
      for (int p = 0; p < cells; p++) s += slope[p] * in[c * pitch + p];
      of_w[o * inputs + c] += s;
    }
  }
}

/* y[o] += sum of w[o, c, k] x[c] shifted by k, for `many` outputs and a tile of cells; turned: by -k. */
INLINE void convolve_tile(int many, const float *w, int out_step, int in_step, const float *bias,
                          const float *restrict in, float *restrict out, int inputs, int turned, int relu) {
  float sums[2][TILE];
  for (int o = 0; o < many; o++)
    SIMD for (int p = 0; p < TILE; p++) sums[o][p] = bias[o];
  for (int c = 0; c < inputs; c++) {
    const float *mid = in + c * PITCH, *up = mid - ROW, *down = mid + ROW;
    for (int o = 0; o < many; o++) {
      const float *k = w + o * out_step + c * in_step;
      const float a = k[turned ? 8 : 0], b = k[turned ? 7 : 1], d = k[turned ? 6 : 2], e = k[turned ? 5 : 3], f = k[4];
      const float g = k[turned ? 3 : 5], h = k[turned ? 2 : 6], i = k[turned ? 1 : 7], j = k[turned ? 0 : 8];
      SIMD for (int p = 0; p < TILE; p++)
        sums[o][p] += a * up[p - 1] + b * up[p] + d * up[p + 1] + e * mid[p - 1] + f * mid[p] + g * mid[p + 1] +
                      h * down[p - 1] + i * down[p] + j * down[p + 1];
    }
  }
  for (int o = 0; o < many; o++)
    SIMD for (int p = 0; p < TILE; p++) out[o * PITCH + p] = relu && sums[o][p] < 0 ? 0 : sums[o][p];
}

INLINE void convolve(const float *w, int out_step, int in_step, const float *bias, const float *in, float *out,
                     int inputs, int outputs, int turned, int relu) {
  for (int p = 0; p < LENGTH; p += TILE) {
    int o = 0;
    for (; o + 2 <= outputs; o += 2)
      convolve_tile(2, w + o * out_step, out_step, in_step, bias + o, in + p, out + o * PITCH + p, inputs, turned, relu);
    for (; o < outputs; o++)
      convolve_tile(1, w + o * out_step, out_step, in_step, bias + o, in + p, out + o * PITCH + p, inputs, turned, relu);
  }
}

/* Add the gradients of a convolution's weights and bias, of two outputs for each load of its input. */
INLINE void convolve_gradient(const float *d, const float *in, float *of_w, float *of_bias) {
  for (int o = 0; o < A; o += 2) {
    const float *one = d + o * PITCH, *two = d + (o + 1 < A ? o + 1 : o) * PITCH;
    float sum = 0, other = 0;
    for (int p = 0; p < COUNT; p++) sum += one[p], other += two[p];
    of_bias[o] += sum;
    if (o + 1 < A) of_bias[o + 1] += other;
    for (int c = 0; c < B; c++) {
      const float *up = in + c * PITCH - ROW, *mid = in + c * PITCH, *down = in + c * PITCH + ROW;
      float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0, s8 = 0;
      float t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0, t6 = 0, t7 = 0, t8 = 0;
      for (int p = 0; p < COUNT; p++) {
        s0 += one[p] * up[p - 1], s1 += one[p] * up[p], s2 += one[p] * up[p + 1];
        s3 += one[p] * mid[p - 1], s4 += one[p] * mid[p], s5 += one[p] * mid[p + 1];
        s6 += one[p] * down[p - 1], s7 += one[p] * down[p], s8 += one[p] * down[p + 1];
        t0 += two[p] * up[p - 1], t1 += two[p] * up[p], t2 += two[p] * up[p + 1];
        t3 += two[p] * mid[p - 1], t4 += two[p] * mid[p], t5 += two[p] * mid[p + 1];
        t6 += two[p] * down[p - 1], t7 += two[p] * down[p], t8 += two[p] * down[p + 1];
      }
      const float s[9] = {s0, s1, s2, s3, s4, s5, s6, s7, s8}, t[9] = {t0, t1, t2, t3, t4, t5, t6, t7, t8};
      for (int k = 0; k < 9; k++) of_w[(o * B + c) * 9 + k] += s[k];
      if (o + 1 < A)
        for (int k = 0; k < 9; k++) of_w[((o + 1) * B + c) * 9 + k] += t[k];
    }
  }
}

static void gate(float *restrict d, const float *restrict answer, const float *restrict on, int pitch, int planes,
                 int cells) {
  for (int c = 0; c < planes; c++)
    for (int p = 0; p < cells; p++) d[c * pitch + p] = answer[c * pitch + p] > 0 ? d[c * pitch + p] * on[p] : 0;
}

static void wrap(Plane *planes, int count) {
  for (int c = 0; c < count; c++) {
    float *v = planes[c];
    memcpy(v + 1, v + SIDE * ROW + 1, SIDE * sizeof *v);
    memcpy(v + (SIDE + 1) * ROW + 1, v + ROW + 1, SIDE * sizeof *v);
    for (int r = 0; r < ROW; r++) v[r * ROW] = v[r * ROW + SIDE], v[r * ROW + SIDE + 1] = v[r * ROW + 1];
  }
}

/* Rows of features as vectors, which GCC would not make of loops over so few of them. */
#ifdef __AVX512F__
#define BYTES 64
#else
#define BYTES 32
#endif
typedef float Wide __attribute__((vector_size(BYTES), aligned(4)));
typedef int Ints __attribute__((vector_size(BYTES)));
typedef float Narrow __attribute__((vector_size(32), aligned(4)));
enum { LANES = BYTES / 4, WIDES = NINE ? A / LANES : 1, NARROWS = NINE ? B / 8 : 1 };
_Static_assert(!NINE || (A % 16 == 0 && B % 8 == 0), "nine tables are written for m that is a multiple of eight");

static void fill_wide(const float *w) {
  static float turned[9][B][A];
  for (int o = 0; o < A; o++)
    for (int c = 0; c < B; c++)
      for (int k = 0; k < 9; k++) turned[k][c][o] = w[(o * B + c) * 9 + k];
  for (int k = 0; k < 9; k++)
    for (int code = 0; code < PATTERNS; code += 4) {
      Wide sums[4][WIDES] = {{{0}}};
      for (int c = 0; c < B; c++)
        for (int v = 0; v < WIDES; v++)
          for (int i = 0; i < 4; i++) sums[i][v] += answers[c][code + i] * ((Wide *)turned[k][c])[v];
      for (int i = 0; i < 4; i++)
        for (int v = 0; v < WIDES; v++) ((Wide *)wide[k][code + i])[v] = sums[i][v];
    }
}

static void wide_gradient(const float *w, float *of_w, float *of_bias) {
  static float turned[9][A][B];
  for (int o = 0; o < A; o++)
    for (int c = 0; c < B; c++)
      for (int k = 0; k < 9; k++) turned[k][o][c] = w[(o * B + c) * 9 + k];
  for (int code = 0; code < PATTERNS; code += 4) {
    Narrow sums[4][NARROWS] = {{{0}}};
    for (int k = 0; k < 9; k++)
      for (int o = 0; o < A; o++)
        for (int v = 0; v < NARROWS; v++)
          for (int i = 0; i < 4; i++) sums[i][v] += d_wide[k][code + i][o] * ((Narrow *)turned[k][o])[v];
    for (int i = 0; i < 4; i++) {
      for (int c = 0; c < B; c++) d_answers[c][code + i] = sums[i][c / 8 % NARROWS][c % 8];
      for (int o = 0; o < A; o++) of_bias[o] += d_wide[4][code + i][o];
    }
  }
  for (int k = 0; k < 9; k++)
    for (int c = 0; c < B; c += 4) {
      Wide sums[4][WIDES] = {{{0}}};
      for (int code = 0; code < PATTERNS; code++)
        for (int v = 0; v < WIDES; v++)
          for (int i = 0; i < 4; i++) sums[i][v] += answers[(c + i) % B][code] * ((Wide *)d_wide[k][code])[v];
      for (int i = 0; i < 4 && c + i < B; i++)
        for (int o = 0; o < A; o++) of_w[(o * B + c + i) * 9 + k] += sums[i][o / LANES % WIDES][o % LANES];
    }
  memset(d_wide, 0, sizeof d_wide);
}

/* The second block from nine tables: its rows of features, and from these its 1x1 convolution's planes. */
static void add_nine(const float *bias, const float *narrow, const float *narrow_bias, Plane *restrict out) {
  float turned[A][B];
  for (int o = 0; o < B; o++)
    for (int c = 0; c < A; c++) turned[c][o] = narrow[o * A + c];
  for (int r = 0; r < SIDE; r++)
    for (int c = 0; c < SIDE; c++) {
      Wide sums[WIDES];
      Narrow outputs[NARROWS];
      float *row = rows[r * SIDE + c];
      for (int v = 0; v < WIDES; v++) sums[v] = ((Wide *)bias)[v];
      for (int k = 0; k < 9; k++)
        for (int v = 0; v < WIDES; v++) sums[v] += ((Wide *)wide[k][framed[r + k / 3][c + k % 3]])[v];
      for (int v = 0; v < WIDES; v++) ((Wide *)row)[v] = (Wide)((Ints)sums[v] & (sums[v] > 0));
      for (int v = 0; v < NARROWS; v++) outputs[v] = ((Narrow *)narrow_bias)[v];
      for (int i = 0; i < A; i++)
        for (int v = 0; v < NARROWS; v++) outputs[v] += row[i] * ((Narrow *)turned[i])[v];
      for (int o = 0; o < B; o++) {
        const float value = outputs[o / 8 % NARROWS][o % 8];
        out[o][FIRST + r * ROW + c] = value < 0 ? 0 : value;
      }
    }
}

/* Backwards, given the slopes of those planes. */
static void spread_nine(Plane *restrict slopes, const float *narrow, float *of_narrow, float *of_bias) {
  for (int first = 0; first < B; first += 4) {
    Wide sums[4][WIDES] = {{{0}}};
    float total[4] = {0};
    for (int r = 0; r < SIDE; r++)
      for (int c = 0; c < SIDE; c++)
        for (int i = 0; i < 4; i++) {
          const float slope = slopes[(first + i) % B][FIRST + r * ROW + c];
          total[i] += slope;
          for (int v = 0; v < WIDES; v++) sums[i][v] += slope * ((Wide *)rows[r * SIDE + c])[v];
        }
    for (int i = 0; i < 4 && first + i < B; i++) {
      of_bias[first + i] += total[i];
      for (int o = 0; o < A; o++) of_narrow[(first + i) * A + o] += sums[i][o / LANES % WIDES][o % LANES];
    }
  }
  for (int r = 0; r < SIDE; r++)
    for (int c = 0; c < SIDE; c++) {
      Wide sums[WIDES] = {{0}};
      for (int i = 0; i < B; i++)
        for (int v = 0; v < WIDES; v++) sums[v] += slopes[i][FIRST + r * ROW + c] * ((Wide *)(narrow + i * A))[v];
      const float *row = rows[r * SIDE + c];
      for (int v = 0; v < WIDES; v++) sums[v] = (Wide)((Ints)sums[v] & (((Wide *)row)[v] > 0));
      for (int k = 0; k < 9; k++)
        for (int v = 0; v < WIDES; v++) ((Wide *)d_wide[k][framed[r + k / 3][c + k % 3]])[v] += sums[v];
    }
}

static float board_loss(const uint8_t *after, float share) {
  for (int r = 0; r < SIDE; r++)
    for (int c = 0; c < SIDE; c++) target[FIRST + r * ROW + c] = after[r * SIDE + c];
  float total = 0;
  for (int p = FIRST; p < FIRST + LENGTH; p++) {
    const float e = expf(-fabsf(z[0][p])), part = 1 / (1 + e), sigmoid = z[0][p] < 0 ? e * part : part;
    total += inside[p] * ((z[0][p] < 0 ? 0 : z[0][p]) - z[0][p] * target[p] + log1pf(e));
    dz[0][p] = inside[p] * share * (sigmoid - target[p]);
  }
  return total;
}

static void forward(const float *w, const uint16_t *codes) {
  if (NINE) {
    for (int r = 0; r < ROW; r++)
      for (int c = 0; c < ROW; c++)
        framed[r][c] = codes[(r + SIDE - 1) % SIDE * SIDE + (c + SIDE - 1) % SIDE];
  } else {
    for (int c = 0; c < B; c++)
      for (int r = 0; r < SIDE; r++)
        for (int p = 0; p < SIDE; p++) x[0][c][FIRST + r * ROW + p] = answers[c][codes[r * SIDE + p]];
  }
  for (int l = 1; l < STEPS; l++) {
    const float *kernel = w + EARLY + (l - 1) * LATER, *bias = kernel + 9 * A * B, *narrow = bias + A;
    if (NINE && l == 1) {
      add_nine(bias, narrow, narrow + A * B, x[l]);
      continue;
    }
    wrap(x[l - 1], B);
    convolve(kernel, 9 * B, 9, bias, x[l - 1][0] + FIRST, y[l][0] + FIRST, B, A, 0, 1);
    mix(narrow, A, 1, narrow + A * B, y[l][0] + FIRST, x[l][0] + FIRST, PITCH, A, B, LENGTH, 1);
  }
  const float *end = w + WEIGHTS - B - 1;
  mix(end, 0, 1, end + B, x[STEPS - 1][0] + FIRST, z[0] + FIRST, PITCH, B, 1, LENGTH, 0);
}

static void backward(const float *w, const uint16_t *codes) {
  const float *end = w + WEIGHTS - B - 1;
  float *of_end = gradient + WEIGHTS - B - 1;
  mix_gradient(dz[0] + FIRST, x[STEPS - 1][0] + FIRST, of_end, of_end + B, PITCH, B, 1, LENGTH);
  mix(end, 1, 0, nothing, dz[0] + FIRST, dx[0] + FIRST, PITCH, 1, B, LENGTH, 0);
  for (int l = STEPS - 1; l > 0; l--) {
    const float *kernel = w + EARLY + (l - 1) * LATER, *narrow = kernel + 9 * A * B + A;
    float *of_kernel = gradient + EARLY + (l - 1) * LATER, *of_bias = of_kernel + 9 * A * B, *of_narrow = of_bias + A;
    gate(dx[0] + FIRST, x[l][0] + FIRST, inside + FIRST, PITCH, B, LENGTH);
    if (NINE && l == 1) {
      spread_nine(dx, narrow, of_narrow, of_narrow + A * B);
      continue;
    }
    mix_gradient(dx[0] + FIRST, y[l][0] + FIRST, of_narrow, of_narrow + A * B, PITCH, A, B, LENGTH);
    mix(narrow, 1, A, nothing, dx[0] + FIRST, dy[0] + FIRST, PITCH, B, A, LENGTH, 0);
    gate(dy[0] + FIRST, y[l][0] + FIRST, inside + FIRST, PITCH, A, LENGTH);
    convolve_gradient(dy[0] + FIRST, x[l - 1][0] + FIRST, of_kernel, of_bias);
    wrap(dy, A);
    convolve(kernel, 9, 9 * B, nothing, dy[0] + FIRST, dx[0] + FIRST, A, B, 1, 0);
  }
  if (!NINE)
    for (int c = 0; c < B; c++)
      for (int r = 0; r < SIDE; r++)
        for (int p = 0; p < SIDE; p++) d_answers[c][codes[r * SIDE + p]] += dx[c][FIRST + r * ROW + p];
}

static float batch(const float *w, const uint16_t *codes, const uint8_t *after, const int32_t *boards, int count) {
  const float *bias = w + 9 * A, *narrow = bias + A;
  float *of_bias = gradient + 9 * A, *of_narrow = of_bias + A, total = 0;
  const float share = 1.0f / (count * SIDE * SIDE);
  memset(gradient, 0, sizeof gradient);
  memset(d_answers, 0, sizeof d_answers);
  mix(w, 9, 1, bias, bits[0], hidden[0], PATTERNS, 9, A, PATTERNS, 1);
  mix(narrow, A, 1, narrow + A * B, hidden[0], answers[0], PATTERNS, A, B, PATTERNS, 1);
  if (NINE) fill_wide(w + EARLY);
  for (int i = 0; i < count; i++) {
    forward(w, codes + boards[i] * SIDE * SIDE);
    total += board_loss(after + boards[i] * SIDE * SIDE, share);
    backward(w, codes + boards[i] * SIDE * SIDE);
  }
  if (NINE) wide_gradient(w + EARLY, gradient + EARLY, gradient + EARLY + 9 * A * B);
  gate(d_answers[0], answers[0], ones, PATTERNS, B, PATTERNS);
  mix_gradient(d_answers[0], hidden[0], of_narrow, of_narrow + A * B, PATTERNS, A, B, PATTERNS);
  mix(narrow, 1, A, nothing, d_answers[0], d_hidden[0], PATTERNS, B, A, PATTERNS, 0);
  gate(d_hidden[0], hidden[0], ones, PATTERNS, A, PATTERNS);
  mix_gradient(d_hidden[0], bits[0], gradient, of_bias, PATTERNS, 9, A, PATTERNS);
  return total * share;
}

/* Train in place, one update for each row of `boards` (updates, count); returns the mean loss. */
float train(float *restrict w, float *restrict mu, float *restrict nu, float rate, const uint16_t *codes,
            const uint8_t *after, const int32_t *boards, int updates, int count) {
  for (int p = 0; p < PATTERNS; p++) {
    ones[p] = 1;
    for (int k = 0; k < 9; k++) bits[k][p] = p >> (8 - k) & 1;
  }
  for (int r = 0; r < SIDE; r++)
    for (int c = 0; c < SIDE; c++) inside[FIRST + r * ROW + c] = 1;
  double total = 0;
  for (int t = 1; t <= updates; t++) {
    total += batch(w, codes, after, boards + (t - 1) * count, count);
    const float unbias1 = 1 / (1 - pow(0.9, t)), unbias2 = 1 / (1 - pow(0.999, t));
    for (int i = 0; i < WEIGHTS; i++) {
      mu[i] = 0.9f * mu[i] + 0.1f * gradient[i];
      nu[i] = 0.999f * nu[i] + 0.001f * gradient[i] * gradient[i];
      w[i] -= rate * mu[i] * unbias1 / (sqrtf(nu[i] * unbias2) + 1e-8f);
    }
  }
  return total / updates;
}
