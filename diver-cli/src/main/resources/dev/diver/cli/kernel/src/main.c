/*
 * {{name}}: prints its command line and powers off.
 *
 * What it prints on the first serial line is its output. What it prints on the second one is its log,
 * where Diver finds the exit status by the pattern that kernel.toml gives.
 */

#define OUTPUT 0x3f8 /* COM1 */
#define LOG 0x2f8    /* COM2 */

#define LINE_STATUS 5
#define TRANSMITTER_EMPTY 0x20

static inline void out8(unsigned short port, unsigned char value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline unsigned char in8(unsigned short port)
{
	unsigned char value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void print(unsigned short line, const char *text)
{
	for (; *text; text++) {
		while (!(in8(line + LINE_STATUS) & TRANSMITTER_EMPTY))
			;
		out8(line, *text);
	}
}

/* The first word of the command line is the kernel's own name, as argv[0] is a program's. */
static const char *after_first_word(const char *text)
{
	while (*text && *text != ' ')
		text++;
	return *text ? text + 1 : text;
}

/* The status that the dive ends with: 0, or 1 where nothing was given. */
static int run(const char *arguments)
{
	if (!*arguments) {
		print(OUTPUT, "{{name}}: nothing to say\n");
		return 1;
	}
	print(OUTPUT, "{{name}}: ");
	print(OUTPUT, arguments);
	print(OUTPUT, "\n");
	return 0;
}

void power_off(void);

void kernel_main(const char *command_line)
{
	print(LOG, run(after_first_word(command_line)) ? "status=1\n" : "status=0\n");
	power_off();
}
