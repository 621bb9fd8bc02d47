package dev.diver.deploy.vm;

import dev.diver.deploy.machine.Step;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * An initial ramdisk for Linux that holds the app as {@code /init}: a cpio archive in the format
 * newc (Linux, Documentation/driver-api/early-userspace/buffer-format.rst), in parts, so that a
 * plan can show it.
 *
 * <p>Linux opens {@code /dev/console} for init's standard streams and makes that node itself before
 * it unpacks. The archive puts the first serial line in its place (a file of another type replaces
 * the node, and the new node replaces the file), so that the app's output is alone on that line,
 * and the kernel's own messages go where {@code console=} says.
 */
public final class Ramdisk {

  private static final int FOLDER = 0040755;
  private static final int FILE = 0100600;
  private static final int PROGRAM = 0100755;
  private static final int CHARACTER_DEVICE = 0020600;

  /** ttyS0: major 4, minor 64 (Linux, Documentation/admin-guide/devices.txt). */
  private static final String TTY_S0 = "00000004" + "00000040";

  private static final String NO_DEVICE = "00000000" + "00000000";

  private Ramdisk() {}

  /**
   * The parts of the archive.
   *
   * @param size of the app in bytes
   */
  public static List<Step.Part> parts(Path app, long size) {
    String head =
        header(1, "dev", FOLDER, 0, NO_DEVICE)
            + header(2, "dev/console", FILE, 0, NO_DEVICE)
            + header(3, "dev/console", CHARACTER_DEVICE, 0, TTY_S0)
            + header(4, "init", PROGRAM, size, NO_DEVICE);
    String tail = padding(size) + header(0, "TRAILER!!!", 0, 0, NO_DEVICE);
    return List.of(new Step.Part.Text(head), new Step.Part.Content(app), new Step.Part.Text(tail));
  }

  /** Links, owner, group, time and checksum are the same for all. */
  private static String header(int inode, String name, int mode, long size, String device) {
    String header =
        String.format(
            Locale.ROOT,
            "070701%08X%08X%08X%08X%08X%08X%08X%s%s%08X%08X%s\0",
            inode,
            mode,
            0,
            0,
            1,
            0,
            size,
            NO_DEVICE,
            device,
            name.length() + 1,
            0,
            name);
    return header + padding(header.length());
  }

  private static String padding(long length) {
    return "\0".repeat((int) (-length & 3));
  }
}
