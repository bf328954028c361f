/* The work of benches/iq_scans.rs with FFTW in C: mean and deviation of 2731 scans of 3072 complex samples, in memory,
   on one thread, with a patient plan. Sums of 16 scans in float, of all in double.

   cc -O3 -march=native -ffast-math -o /tmp/iq_scans_fftw benches/peers/iq_scans_fftw.c -lfftw3f -lm
   /tmp/iq_scans_fftw

   The samples are those of benches/pairs: peak bin and sums must agree. */
#include <fftw3.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LENGTH = 3072, SCANS = 2731, TOGETHER = 16, REPETITIONS = 9, FILES = 4 };
static const double RATE = 2e6, TONE = 312345.0, AMPLITUDE = 2e-4, NOISE = 5e-3;

static double normal(uint64_t number) {
    uint64_t z = (number + 1) * 0x9e3779b97f4a7c15u, sum = 0;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    for (int part = 0; part < 4; part++) sum += z >> (16 * part) & 0xffff;
    return ((double)sum - 2 * 65535.0) / sqrt((65536.0 * 65536.0 - 1) / 3);
}

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static int up(const void *a, const void *b) {
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(void) {
    const long all = (long)LENGTH * SCANS;
    float *i = malloc(all * sizeof *i), *q = malloc(all * sizeof *q);
    for (long n = 0; n < all; n++) {
        double turns = TONE / RATE * n, angle = 2 * M_PI * (turns - floor(turns));
        i[n] = NOISE * normal(2 * n) + AMPLITUDE * cos(angle);
        q[n] = NOISE * normal(2 * n + 1) + AMPLITUDE * sin(angle);
    }
    fftwf_complex *in = fftwf_alloc_complex(LENGTH), *out = fftwf_alloc_complex(LENGTH);
    fftwf_plan plan = fftwf_plan_dft_1d(LENGTH, in, out, FFTW_FORWARD, FFTW_PATIENT);
    static double sum[LENGTH], square[LENGTH], took[REPETITIONS];
    static float few[LENGTH], few_squares[LENGTH];
    for (int repetition = -1; repetition < REPETITIONS; repetition++) {
        double began = cpu();
        for (int file = 0; file < FILES; file++) {
            memset(sum, 0, sizeof sum), memset(square, 0, sizeof square);
            for (long scan = 0; scan < SCANS; scan++) {
                const float *a = i + scan * LENGTH, *b = q + scan * LENGTH;
                for (int k = 0; k < LENGTH; k++) in[k][0] = a[k], in[k][1] = b[k];
                fftwf_execute(plan);
                for (int k = 0; k < LENGTH; k++) {
                    float power = out[k][0] * out[k][0] + out[k][1] * out[k][1];
                    few[k] += power, few_squares[k] += power * power;
                }
                if (scan % TOGETHER == TOGETHER - 1 || scan == SCANS - 1)
                    for (int k = 0; k < LENGTH; k++) {
                        sum[k] += few[k], square[k] += few_squares[k];
                        few[k] = few_squares[k] = 0;
                    }
            }
        }
        if (repetition >= 0) took[repetition] = cpu() - began;
    }
    double gain = 1 / (LENGTH * RATE * sqrt(2)), means = 0, deviations = 0;
    int peak = 0;
    for (int k = 0; k < LENGTH; k++) {
        double mean = sum[k] / SCANS, spread = (square[k] - SCANS * mean * mean) / (SCANS - 1);
        means += mean * gain, deviations += sqrt(spread) * gain;
        if (sum[k] > sum[peak]) peak = k;
    }
    qsort(took, REPETITIONS, sizeof *took, up);
    printf("peak bin %d, sums %.9e and %.9e\n", (peak + LENGTH / 2) % LENGTH, means, deviations);
    printf("fftw: %.0f MS/CPU-s (%.0f to %.0f)\n", FILES * all / took[REPETITIONS / 2] / 1e6,
           FILES * all / took[REPETITIONS - 1] / 1e6, FILES * all / took[0] / 1e6);
    return 0;
}
