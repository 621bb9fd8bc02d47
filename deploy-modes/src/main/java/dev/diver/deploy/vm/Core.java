package dev.diver.deploy.vm;

import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.failure.DiverException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a core does.
 *
 * @param address of the instruction that it executes next
 * @param halted whether it waits for an interrupt
 * @param interruptible whether one could come
 */
public record Core(long address, boolean halted, boolean interruptible) {

  /** In what {@code info registers} prints of an x86 core (QEMU target/i386/cpu-dump.c). */
  private static final Pattern POINTER = Pattern.compile("\\b[RE]IP=([0-9a-f]{8,16})\\b");

  private static final Pattern FLAGS = Pattern.compile("\\b(?:RFL|EFL)=([0-9a-f]{8,16})\\b");
  private static final Pattern HALTED = Pattern.compile("\\bHLT=1\\b");

  /** IF of RFLAGS (Intel SDM volume 1, section 3.4.3). */
  private static final long INTERRUPTS = 1 << 9;

  private static final int RADIX = 16;

  /** The first core of that text; empty where it says nothing of one. */
  public static Optional<Core> of(String registers) {
    Matcher pointer = POINTER.matcher(registers);
    Matcher flags = FLAGS.matcher(registers);
    if (!pointer.find() || !flags.find()) {
      return Optional.empty();
    }
    return Optional.of(
        new Core(
            Long.parseUnsignedLong(pointer.group(1), RADIX),
            HALTED.matcher(registers).find(),
            (Long.parseUnsignedLong(flags.group(1), RADIX) & INTERRUPTS) != 0));
  }

  /** Whether nothing will wake it. */
  public boolean dead() {
    return halted && !interruptible;
  }

  /** Where it is in a kernel; empty where that is no ELF with symbols. */
  public Optional<String> symbol(Path image) {
    try {
      return ElfFile.read(image).symbolAt(address);
    } catch (DiverException e) {
      return Optional.empty();
    }
  }
}
