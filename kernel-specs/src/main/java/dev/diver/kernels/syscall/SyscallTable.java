package dev.diver.kernels.syscall;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The system calls of x86-64 Linux, as {@code abi/syscalls.tbl} lists them: the names of {@code
 * asm/unistd_64.h}, which strace and perf use, too.
 */
public final class SyscallTable {

  private static final Map<Integer, String> NAMES = read();

  private SyscallTable() {}

  /** All names, in the order of their numbers. */
  public static Collection<String> names() {
    return NAMES.values();
  }

  /** The name of the system call with this number, if there is one. */
  public static Optional<String> name(int number) {
    return Optional.ofNullable(NAMES.get(number));
  }

  /** A line is a number, a name, and what the arguments are; {@code #} starts a comment. */
  private static Map<Integer, String> read() {
    Map<Integer, String> names = new TreeMap<>();
    try (InputStream in = SyscallTable.class.getResourceAsStream("syscalls.tbl");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8))) {
      lines
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split("\\s+", 3))
          .forEach(words -> names.put(Integer.valueOf(words[0]), words[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Collections.unmodifiableMap(names);
  }
}
