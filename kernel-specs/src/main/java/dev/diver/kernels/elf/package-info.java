/** What an ELF file is: whether a kernel can run it, and which function an address is in. */
@NullMarked
package dev.diver.kernels.elf;

import org.jspecify.annotations.NullMarked;
