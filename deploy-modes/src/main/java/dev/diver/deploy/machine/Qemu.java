package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A QEMU that Diver can use.
 *
 * @param path of qemu-system-x86_64, absolute
 * @param version as it prints it, as in {@code 7.2.22}
 */
public record Qemu(Path path, String version) {

  /** The program's name. */
  public static final String PROGRAM = "qemu-system-x86_64";

  /** The shell command that installs it. */
  public static final String INSTALL = "sudo apt-get install -y qemu-system-x86";

  /** Older ones lack what the microvm machine needs (ACPI, PVH with an initial ramdisk). */
  private static final int OLDEST = 7;

  private static final Pattern VERSION = Pattern.compile("version (\\d{1,4})(\\.\\d+)*");
  private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(10);

  /** The QEMU on PATH; MISSING where there is none, UNSUPPORTED where it is too old or no QEMU. */
  public static Qemu find(Host host) {
    Path path =
        host.program(PROGRAM)
            .orElseThrow(
                () ->
                    new Failure(
                            Failure.Kind.MISSING,
                            "There is no " + PROGRAM + " on PATH, and full VMs run on it.",
                            "Install it: " + INSTALL)
                        .exception());
    String answer =
        Remembered.answer(
            host.cache().resolve("qemu-version"), identity(path), false, () -> ask(path));
    Matcher version = VERSION.matcher(answer);
    if (!version.find()) {
      throw unusable(path + " does not tell its version.");
    }
    String number = version.group().substring("version ".length());
    if (Integer.parseInt(version.group(1)) < OLDEST) {
      throw unusable(path + " is QEMU " + number + ", and Diver needs " + OLDEST + ".0 or newer.");
    }
    return new Qemu(path, number);
  }

  /** Tells this program file from a replaced one. */
  static String identity(Path program) {
    try {
      Path real = program.toRealPath();
      return real + " " + Files.size(real) + " " + Files.getLastModifiedTime(real).toMillis();
    } catch (IOException e) {
      return program + " unreadable";
    }
  }

  private static String ask(Path program) {
    try {
      return ShortRun.of(List.of(program.toString(), "--version"), ANSWER_DEADLINE)
          .output()
          .lines()
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              program + " could not be started: " + e.getMessage() + ".",
              "Install QEMU anew: " + INSTALL)
          .exception(e);
    } catch (InterruptedException e) {
      throw Interruptions.interrupted("asking QEMU for its version", e);
    }
  }

  private static RuntimeException unusable(String what) {
    return new Failure(
            Failure.Kind.UNSUPPORTED, what, "Install a newer one first on PATH: " + INSTALL)
        .exception();
  }
}
