package dev.diver.deploy.vm;

import dev.diver.deploy.Outcome;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.failure.DiverException;
import java.nio.file.Path;
import java.util.Optional;

/** Names the function in which an app was killed. */
final class Faults {

  private Faults() {}

  /**
   * The same outcome, with the app's function at the instruction pointer where it has one.
   *
   * @param base where the kernel put the app, less what the file says; 0 for fixed addresses
   */
  static Outcome located(Outcome outcome, Optional<Path> app, long base) {
    return outcome instanceof Outcome.Signalled signalled && app.isPresent()
        ? located(signalled, app.get(), base)
        : outcome;
  }

  private static Outcome located(Outcome.Signalled signalled, Path app, long base) {
    Optional<String> symbol =
        address(signalled.registers().getOrDefault("rip", ""))
            .flatMap(rip -> symbol(app, rip - base));
    return new Outcome.Signalled(
        signalled.signal(),
        signalled.faultAddress(),
        signalled.registers(),
        symbol,
        signalled.reason());
  }

  /** Reads {@code 0x1f}. */
  static Optional<Long> address(String hex) {
    try {
      return hex.startsWith("0x")
          ? Optional.of(Long.parseUnsignedLong(hex.substring(2), 16))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> symbol(Path app, long address) {
    try {
      return ElfFile.read(app).symbolAt(address);
    } catch (DiverException e) {
      return Optional.empty(); // the app was replaced while it ran; its end is told all the same
    }
  }
}
