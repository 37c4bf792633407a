/* A network on a Cortex-M without an operating system: it runs boards and reports through semihosting.
 *
 * boards.h has the sizes, the number of generations and the boards themselves, as `cell` values, and network.h the
 * network. The report is in hexadecimal words of eight digits: ticks of the calibration, ticks of all generations,
 * bytes of stack below the caller's, and then the boards, four cells of a byte or one word of 32 cells to a word.
 */
#include "boards.h"
#include "network.h"

#define CALIBRATION 1000000u /* rounds of two instructions each */
#define PAINTED 1024u        /* words of stack that are watched */
#define PAINT 0x5EEDC0DEu

static volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010; /* control, reload, value */
static cell board[(SIZE + 3) / 4 * 4] __attribute__((aligned(4))), after[(SIZE + 3) / 4 * 4] __attribute__((aligned(4)));
extern uint32_t stack_top;

void advance(const cell *restrict from, cell *restrict to, size_t width, size_t height);

static void semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void report(uint32_t word)
{
    static char text[10];
    for (unsigned digit = 0; digit < 8; digit++) {
        text[digit] = "0123456789abcdef"[(word >> (28 - 4 * digit)) & 15u];
    }
    text[8] = '\n';
    semihost(4, text); /* SYS_WRITE0 */
}

static uint32_t calibration(void)
{
    uint32_t rounds = CALIBRATION;
    const uint32_t start = systick[2];
    __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n bne 1b" : "+l"(rounds) : : "cc");
    return (start - systick[2]) & 0xFFFFFFu; /* it counts down, in 24 bits */
}

/* All generations of a board; gives back their ticks, of which each generation may take 16 million. */
static uint32_t timed(void)
{
    uint32_t ticks = systick[2];
    (void)systick[0]; /* reading clears the mark of having passed zero */
    for (unsigned generation = 0; generation < GENERATIONS; generation++) {
        advance(generation % 2 ? after : board, generation % 2 ? board : after, WIDTH, HEIGHT);
        ticks += systick[0] & 0x10000u ? 0x1000000u : 0u;
    }
    return ticks - systick[2];
}

/* One generation; gives back how deep the stack went. */
static uint32_t watched(void)
{
    volatile uint32_t *stack;
    __asm__ volatile("mov %0, sp" : "=r"(stack));
    for (unsigned word = 1; word <= PAINTED; word++) {
        stack[-(int)word] = PAINT;
    }
    advance(board, after, WIDTH, HEIGHT);
    unsigned depth = PAINTED;
    while (depth > 0 && stack[-(int)depth] == PAINT) {
        depth--;
    }
    return 4 * depth;
}

__attribute__((noinline)) static void run(void)
{
    systick[1] = 0xFFFFFFu;
    systick[2] = 0;
    systick[0] = 5; /* on, at the clock of the processor */
    report(calibration());
    for (size_t place = 0; place < SIZE; place++) {
        board[place] = boards[place];
    }
    const uint32_t stack = watched();
    for (unsigned pass = 0; pass < 2; pass++) {
        /* The first pass is for the ticks, and the second for the answers. */
        uint32_t ticks = 0;
        for (size_t number = 0; number < COUNT; number++) {
            for (size_t place = 0; place < SIZE; place++) {
                board[place] = boards[SIZE * number + place];
            }
            ticks += timed();
            for (size_t place = 0; pass == 1 && place < sizeof board; place += 4) {
                report(*(const uint32_t *)(const void *)((const char *)(GENERATIONS % 2 ? after : board) + place));
            }
        }
        if (pass == 0) {
            report(ticks);
            report(stack);
        }
    }
    semihost(0x18, (const void *)0x20026); /* SYS_EXIT: it has finished */
}

void reset(void)
{
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* lets floating point be used; a processor without ignores it */
    __asm__ volatile("dsb\n isb");
    run();
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {&stack_top, (const void *)reset};
