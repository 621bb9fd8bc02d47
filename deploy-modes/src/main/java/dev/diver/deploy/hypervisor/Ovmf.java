package dev.diver.deploy.hypervisor;

import dev.diver.kernels.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * UEFI for virtual machines (EDK II, OVMF).
 *
 * @param code the firmware, which is only read
 * @param variables what a new machine's variables are a copy of
 */
public record Ovmf(Path code, Path variables) {

  /** The shell command that installs it. */
  public static final String INSTALL = "sudo apt-get install -y ovmf";

  /** Where Debian, Fedora and Arch have it. */
  private static final List<Ovmf> PLACES =
      List.of(
          at("/usr/share/OVMF", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
          at("/usr/share/OVMF", "OVMF_CODE.fd", "OVMF_VARS.fd"),
          at("/usr/share/edk2/ovmf", "OVMF_CODE.fd", "OVMF_VARS.fd"),
          at("/usr/share/edk2/x64", "OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd"));

  private static Ovmf at(String folder, String code, String variables) {
    return new Ovmf(Path.of(folder, code), Path.of(folder, variables));
  }

  /** What is here. */
  public static Optional<Ovmf> look() {
    return PLACES.stream()
        .filter(place -> Files.isReadable(place.code()) && Files.isReadable(place.variables()))
        .findFirst();
  }

  /** What is here; MISSING where there is none. */
  static Ovmf find() {
    return look()
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.MISSING,
                        "There is no UEFI for virtual machines here (OVMF), and this one boots"
                            + " through it.",
                        "Install it: " + INSTALL)
                    .exception());
  }
}
