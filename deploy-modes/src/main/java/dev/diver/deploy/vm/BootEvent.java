package dev.diver.deploy.vm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Sees in a report that the app is about to run. Others may have reported before. */
final class BootEvent {

  private static final String BOOT = "{\"event\":\"boot\"";

  /** Where the Linux beside the kernel runs the app itself. */
  private static final String NATIVE = "{\"event\":\"app_start\"";

  /** It is among the first lines. */
  private static final int MOST = 64 * 1024;

  private final Path report;
  private volatile boolean seen;
  private volatile long looked;

  BootEvent(Path report) {
    this.report = report;
  }

  /** Whether it has happened by now. */
  boolean seen() {
    long length = report.toFile().length();
    if (seen || length == looked) {
      return seen;
    }
    looked = length;
    try (InputStream in = Files.newInputStream(report)) {
      String text = new String(in.readNBytes(MOST), StandardCharsets.ISO_8859_1);
      seen = text.contains(BOOT) || text.contains(NATIVE) || length > MOST;
    } catch (IOException e) {
      return false; // not there yet
    }
    return seen;
  }
}
