package dev.diver.deploy.vm;

import dev.diver.deploy.machine.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An initial ramdisk for Linux: a cpio archive in the format newc (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst), in parts, so that a plan can show
 * it.
 */
public final class Ramdisk {

  private static final int FOLDER = 0040755;
  private static final int FILE = 0100600;
  private static final int PROGRAM = 0100755;
  private static final int CHARACTER_DEVICE = 0020600;

  /** ttyS0: major 4, minor 64 (Linux, Documentation/admin-guide/devices.txt). */
  private static final String TTY_S0 = "00000004" + "00000040";

  private static final String NO_DEVICE = "00000000" + "00000000";

  private final List<Step.Part> parts = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private int inodes;

  /**
   * One that holds the app as {@code /init}.
   *
   * <p>Linux opens {@code /dev/console} for init's standard streams and makes that node itself
   * before it unpacks. The archive puts the first serial line in its place (a file of another type
   * replaces the node, and the new node replaces the file), so that the app's output is alone on
   * that line, and the kernel's own messages go where {@code console=} says.
   */
  public static Ramdisk ofInit(Path app) {
    Ramdisk ramdisk = new Ramdisk();
    ramdisk.folder("dev");
    ramdisk.header("dev/console", FILE, 0, NO_DEVICE);
    ramdisk.header("dev/console", CHARACTER_DEVICE, 0, TTY_S0);
    return ramdisk.program("init", app);
  }

  /** An archive that another one follows on; Linux unpacks them in turn. */
  public Ramdisk archive(Path archive) {
    flush();
    parts.add(new Step.Part.Content(archive));
    text.append(padding(size(archive)));
    return this;
  }

  /** A folder. */
  public Ramdisk folder(String name) {
    header(name, FOLDER, 0, NO_DEVICE);
    return this;
  }

  /** A file that may be executed. */
  public Ramdisk program(String name, Path content) {
    long size = size(content);
    header(name, PROGRAM, size, NO_DEVICE);
    flush();
    parts.add(new Step.Part.Content(content));
    text.append(padding(size));
    return this;
  }

  /** A file of this text (UTF-8). */
  public Ramdisk text(String name, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    header(name, FILE, bytes.length, NO_DEVICE);
    text.append(new String(bytes, StandardCharsets.ISO_8859_1)).append(padding(bytes.length));
    return this;
  }

  /** The parts of the archive, which is complete. */
  public List<Step.Part> parts() {
    inodes = -1;
    header("TRAILER!!!", 0, 0, NO_DEVICE);
    flush();
    return List.copyOf(parts);
  }

  /** Owner, group, time and checksum are the same for all. */
  private void header(String name, int mode, long size, String device) {
    String header =
        String.format(
            Locale.ROOT,
            "070701%08X%08X%08X%08X%08X%08X%08X%s%s%08X%08X%s\0",
            ++inodes,
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
    text.append(header).append(padding(header.length()));
  }

  private void flush() {
    if (!text.isEmpty()) {
      parts.add(new Step.Part.Text(text.toString()));
      text.setLength(0);
    }
  }

  private static String padding(long length) {
    return "\0".repeat((int) (-length & 3));
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw RequestCheck.unreadable("file", file, Optional.of(e));
    }
  }
}
