package dev.diver.deploy.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What runs a guest's instructions.
 *
 * @param kind the accelerator
 * @param reason why this one, a clause for people
 */
public record Acceleration(Kind kind, String reason) {

  /** QEMU's accelerators that Diver uses. */
  public enum Kind {
    /** The processor itself. */
    KVM("kvm"),
    /** Translation; a host thread for each of the guest's cores. */
    TCG("tcg,thread=multi");

    private final String option;

    Kind(String option) {
      this.option = option;
    }

    /** The value of QEMU's {@code -accel}. */
    public String option() {
      return option;
    }
  }

  private static final Path DEVICE = Path.of("/dev/kvm");
  private static final String PROVED = "proved";

  /**
   * The fastest accelerator that was seen to run a guest here. That /dev/kvm opens and makes a VM
   * proves nothing: under some hypervisors its guests then run by emulation of each instruction, or
   * not at all. So a small guest has to compute and power off within {@code deadline}. The answer
   * is remembered for this boot of the host, this kernel, this QEMU and this /dev/kvm.
   *
   * @param fresh prove it anew even where the answer is remembered
   */
  public static Acceleration find(Host host, Qemu qemu, Duration deadline, boolean fresh) {
    if (!Files.exists(DEVICE)) {
      return new Acceleration(Kind.TCG, "there is no " + DEVICE);
    }
    if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
      return new Acceleration(Kind.TCG, DEVICE + " may not be opened by this user");
    }
    String answer =
        Remembered.answer(
            host.cache().resolve("kvm-proof"),
            machineIdentity(qemu),
            fresh,
            () -> prove(host, qemu, Kind.KVM, deadline));
    return answer.equals(PROVED)
        ? new Acceleration(Kind.KVM, "a guest ran on it")
        : new Acceleration(Kind.TCG, "KVM does not run guests here: " + answer);
  }

  /** Runs the probe's guest; {@value #PROVED}, or what happened instead. */
  static String prove(Host host, Qemu qemu, Kind kind, Duration deadline) {
    Path firmware = null;
    try {
      firmware = Files.createTempFile("diver-probe", ".rom");
      Files.write(firmware, ProbeGuest.firmware());
      return verdict(ShortRun.of(command(qemu, kind, firmware), deadline), deadline);
    } catch (IOException e) {
      return "the probe could not be started: " + e.getMessage();
    } catch (InterruptedException e) {
      throw Interruptions.interrupted("proving KVM", e);
    } finally {
      deleteQuietly(firmware);
    }
  }

  private static List<String> command(Qemu qemu, Kind kind, Path firmware) {
    return List.of(
        qemu.path().toString(),
        "-machine",
        "microvm",
        "-accel",
        kind.option(),
        "-cpu",
        "max",
        "-m",
        "16M",
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-display",
        "none",
        "-bios",
        firmware.toString(),
        "-device",
        ProbeGuest.EXIT_DEVICE);
  }

  private static String verdict(ShortRun run, Duration deadline) {
    if (run.status().isEmpty()) {
      return "a small guest did not end within " + deadline.toMillis() + " ms";
    }
    int status = run.status().get();
    return status == ProbeGuest.EXIT_STATUS
        ? PROVED
        : "QEMU ended with status " + status + " (" + run.lastLine() + ")";
  }

  private static String machineIdentity(Qemu qemu) {
    try {
      Map<String, Object> device = Files.readAttributes(DEVICE, "unix:rdev,uid,gid,mode");
      String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
      String ids = device.get("rdev") + ":" + device.get("uid") + ":" + device.get("gid");
      return String.join(
          " ",
          Qemu.identity(qemu.path()),
          System.getProperty("os.version"),
          boot,
          ids + ":" + device.get("mode"));
    } catch (IOException e) {
      return Qemu.identity(qemu.path()) + " " + System.getProperty("os.version");
    }
  }

  private static void deleteQuietly(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // a temporary file of a few bytes that the system clears away
    }
  }
}
