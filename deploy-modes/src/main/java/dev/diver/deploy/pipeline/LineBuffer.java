package dev.diver.deploy.pipeline;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Puts lines together from bytes as they come; one that is too long comes in parts. */
public final class LineBuffer {

  private static final int LONGEST_LINE = 4096;

  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private final Consumer<String> lines;

  /**
   * A buffer.
   *
   * @param lines gets each line, without its end
   */
  public LineBuffer(Consumer<String> lines) {
    this.lines = lines;
  }

  /** More bytes. */
  public void add(byte[] bytes) {
    for (byte next : bytes) {
      if (next != '\n') {
        begun.write(next);
      }
      if (next == '\n' || begun.size() >= LONGEST_LINE) {
        pass();
      }
    }
  }

  /** There will be no more: what has no end is a line, too. */
  public void end() {
    if (begun.size() > 0) {
      pass();
    }
  }

  private void pass() {
    String line = begun.toString(StandardCharsets.UTF_8);
    begun.reset();
    lines.accept(line);
  }
}
