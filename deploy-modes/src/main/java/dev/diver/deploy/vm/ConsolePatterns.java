package dev.diver.deploy.vm;

import com.google.re2j.Pattern;
import dev.diver.kernels.spec.ConsolePattern;
import dev.diver.kernels.spec.KernelSpec;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The texts that a kernel's spec gives a meaning, ready to be looked for.
 *
 * @param patterns those that the spec has
 */
record ConsolePatterns(Map<Mark, Pattern> patterns) {

  /** What Linux prints just before it executes init (init/main.c, run_init_process). */
  private static final String LINUX_RUNS_INIT = "as init process";

  /** What a text means. */
  enum Mark {
    /** The kernel failed. */
    PANIC("[exit] panic"),
    /** Group 1 is the app's status. */
    STATUS("[exit] pattern"),
    /** The app failed. */
    FAILURE("[exit] failure"),
    /** The app succeeded. */
    SUCCESS("[exit] success"),
    /** The kernel is up. */
    READY("[boot] ready");

    private final String key;

    Mark(String key) {
      this.key = key;
    }

    /** Where kernel.toml has the pattern. */
    String key() {
      return key;
    }

    /** Whether it says how the dive ended. */
    boolean verdict() {
      return this != READY;
    }
  }

  ConsolePatterns {
    patterns = Collections.unmodifiableMap(new EnumMap<>(patterns));
  }

  /** Those of a spec, which were checked when it was read. */
  static ConsolePatterns of(KernelSpec spec) {
    KernelSpec.Exit exit = spec.exit();
    Map<Mark, Pattern> patterns = new EnumMap<>(Mark.class);
    add(patterns, Mark.PANIC, exit.panic());
    add(patterns, Mark.STATUS, exit.pattern());
    add(patterns, Mark.FAILURE, exit.failure());
    add(patterns, Mark.SUCCESS, exit.success());
    add(patterns, Mark.READY, spec.boot().ready().or(() -> usual(spec.boot())));
    return new ConsolePatterns(patterns);
  }

  /** Whether it is a Linux whose init is the app; others boot by its protocol, too. */
  static boolean runsInit(KernelSpec.Boot boot) {
    return boot.protocol() == KernelSpec.Protocol.LINUX
        && boot.app() == KernelSpec.AppDelivery.INITRAMFS;
  }

  /** What comes before the first byte of some kernels' own output, or of their apps'. */
  private static Optional<String> usual(KernelSpec.Boot boot) {
    if (runsInit(boot)) {
      return Optional.of(LINUX_RUNS_INIT);
    }
    return boot.firmware() == KernelSpec.Firmware.UEFI
        ? Optional.of(FirmwareWords.UEFI_STARTS)
        : Optional.empty();
  }

  private static void add(Map<Mark, Pattern> patterns, Mark mark, Optional<String> pattern) {
    pattern.ifPresent(text -> patterns.put(mark, ConsolePattern.compile(text)));
  }
}
