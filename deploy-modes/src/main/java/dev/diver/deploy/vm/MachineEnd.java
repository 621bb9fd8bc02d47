package dev.diver.deploy.vm;

import java.util.Optional;

/** How a machine ended, seen from outside. */
public sealed interface MachineEnd {

  /**
   * The guest wrote to QEMU's isa-debug-exit device.
   *
   * @param value what it wrote, modulo 128: QEMU's status has no room for more
   */
  record DebugExit(int value) implements MachineEnd {}

  /** The guest switched it off. */
  record PoweredOff() implements MachineEnd {}

  /** The guest reset it, or had a fault that it could not handle (a triple fault). */
  record Reset() implements MachineEnd {}

  /** The guest told the machine that it panicked (QEMU's pvpanic device). */
  record GuestPanic() implements MachineEnd {}

  /** Somebody asked QEMU to end it. */
  record Asked(boolean bySignal) implements MachineEnd {}

  /** QEMU failed or was killed. */
  record Failed(int status) implements MachineEnd {}

  /** QEMU ended well and nobody heard why. */
  record Silent() implements MachineEnd {}

  /**
   * Tells them apart. A guest's 2n + 1 is QEMU's own failure where the guest never ran, and a
   * signal that killed QEMU where that had no time to remove the file with its process number.
   *
   * @param status of the QEMU process, 128 + n where signal n killed it
   * @param debugExit whether the machine has that device and its guest ran
   * @param killed whether QEMU left that file behind
   * @param reason of QMP's SHUTDOWN event
   */
  static MachineEnd of(int status, boolean debugExit, boolean killed, Optional<String> reason) {
    if (status != 0) {
      boolean told = debugExit && status % 2 == 1 && !(killed && status > Verdict.SIGNAL_BASE);
      return told ? new DebugExit(status / 2) : new Failed(status);
    }
    return switch (reason.orElse("")) {
      case "guest-shutdown" -> new PoweredOff();
      case "guest-reset" -> new Reset();
      case "guest-panic" -> new GuestPanic();
      case "host-signal" -> new Asked(true);
      case "host-qmp-quit" -> new Asked(false);
      default -> new Silent();
    };
  }
}
