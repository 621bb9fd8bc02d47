# What the Makefile of each of our static programs without a C library includes. It says before:
#
#   PROGRAM    its name; it is made in build/
#   PARTS      what it has besides the sources here: sources of ../freestanding, sources that are
#              made in build/, and assembly, each without its ending
#   FRAME      the largest stack frame of a function, in bytes
#
# and may add to CFLAGS, INCLUDES and LINK behind.

CC = gcc
BUILD = build
ABI = ../../kernel-specs/abi
SHARED = ../freestanding

SOURCES = $(sort $(wildcard *.c))
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o) $(PARTS:%=$(BUILD)/%.o)

# Static PIE: Linux then loads it near its stack and the libraries, away from where programs lie.
CFLAGS = -std=gnu11 -O2 -fPIE -ffreestanding -fvisibility=hidden -fno-stack-protector -mno-red-zone \
	-fno-asynchronous-unwind-tables -fcf-protection=none -fno-strict-aliasing \
	-fno-tree-loop-distribute-patterns
WARNINGS = -Wall -Wextra -Werror -Wstrict-prototypes -Wshadow -Wframe-larger-than=$(FRAME)
INCLUDES = -I. -I$(SHARED)
LINK = $(CC) -nostdlib -static-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,text
COMPILE = $(CC) $(CFLAGS) $(WARNINGS) $(INCLUDES) -MMD -MP -c $< -o $@

# One line for each thing that is made, none with -s, or with V=1 the whole command.
silent = $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V),,@$(if $(silent),,printf '%5s %s\n' $(1) $@;))

RULES := $(MAKEFILE_LIST)

all: $(BUILD)/$(PROGRAM)

$(BUILD)/$(PROGRAM): $(OBJECTS)
	$(call say,LD)$(LINK) $^ -o $@

$(BUILD)/%.o: %.c $(RULES)
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE)

$(BUILD)/%.o: $(SHARED)/%.c $(RULES)
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE)

$(BUILD)/%.o: %.S $(RULES)
	@mkdir -p $(@D)
	$(call say,AS)$(COMPILE)

$(BUILD)/%.o: $(BUILD)/%.c
	$(call say,CC)$(COMPILE)

-include $(OBJECTS:.o=.d)

clean:
	rm -rf $(BUILD)

.PHONY: all test check clean
