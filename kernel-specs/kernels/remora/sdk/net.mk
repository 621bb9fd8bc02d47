# Builds a net for remora. A net's Makefile sets what it is made of and includes this file:
#
#   APP             name of the app; it becomes $(DIVER_BUILD)/$(APP), a static executable
#   SRCS            its C sources
#   COMPONENT_SRCS  C sources of kernel components (include/remora/component.h), if it has any: a
#                   kernel with them in it becomes $(DIVER_BUILD)/$(APP)-kernel.elf
#   CC              gcc, unless set; `make CC=musl-gcc` builds the app with musl
#   CFLAGS          added to -O2; LDFLAGS and LDLIBS (-lm) as always
#   DIVER_BUILD     where it all goes: build, unless set

DIVER_SDK   := $(patsubst %/sdk/,%,$(dir $(lastword $(MAKEFILE_LIST))))
DIVER_BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif

diver_app    := $(DIVER_BUILD)/$(APP)
diver_kernel := $(if $(COMPONENT_SRCS),$(DIVER_BUILD)/$(APP)-kernel.elf)
diver_app_objects    := $(SRCS:%.c=$(DIVER_BUILD)/.app/%.o)
diver_kernel_objects := $(COMPONENT_SRCS:%.c=$(DIVER_BUILD)/.kernel/%.o)

.PHONY: all clean
all: $(diver_app) $(diver_kernel)

clean:
	rm -rf $(DIVER_BUILD)

# Objects are built anew when the Makefile (its flags) or the kernel's SDK has changed.
diver_rules := $(MAKEFILE_LIST)

# --- the app: static, so that it needs no loader and no files ---

$(diver_app): $(diver_app_objects)
	$(CC) -static $(LDFLAGS) $^ $(LDLIBS) -o $@

$(DIVER_BUILD)/.app/%.o: %.c $(diver_rules)
	@mkdir -p $(@D)
	$(CC) -O2 -I$(DIVER_SDK)/abi/include $(CFLAGS) -MMD -MP -c $< -o $@

# --- the kernel: always by gcc, with the flags that remora itself is compiled with ---

diver_kernel_cflags := -std=gnu11 -O2 -g -Wall -Wextra -ffreestanding -mcmodel=kernel \
	-mgeneral-regs-only -mno-red-zone -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none -fno-strict-aliasing \
	-ffile-prefix-map=$(CURDIR)=. -I$(DIVER_SDK)/include

$(DIVER_BUILD)/$(APP)-kernel.elf: $(diver_kernel_objects) $(DIVER_SDK)/build/lib/remora.o \
		$(DIVER_SDK)/lib/remora.ld
	gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -T $(filter %.ld,$^) $(filter %.o,$^) -o $@

$(DIVER_BUILD)/.kernel/%.o: %.c $(diver_rules)
	@mkdir -p $(@D)
	gcc $(diver_kernel_cflags) -MMD -MP -c $< -o $@

-include $(diver_app_objects:.o=.d) $(diver_kernel_objects:.o=.d)
