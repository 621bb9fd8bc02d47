package dev.diver.cli.output;

import java.util.List;

/**
 * Lines at the end of a terminal's text that change while other text appears above them; on
 * standard error, and only where that is a terminal.
 */
public final class LiveLines implements AutoCloseable {

  private static final String ESCAPE = "\u001b[";

  private final Shell shell;
  private List<String> shown = List.of();

  /** None yet. */
  public LiveLines(Shell shell) {
    this.shell = shell;
  }

  /** Shows these in place of those before; each is cut at the terminal's width. */
  public synchronized void show(List<String> lines) {
    int width = shell.terminals().columns().orElse(80) - 1;
    List<String> cut =
        lines.stream()
            .map(Plain::line)
            .map(line -> line.length() <= width ? line : line.substring(0, width - 1) + "…")
            .toList();
    shell.sayRaw(erased() + String.join("\n", cut) + (cut.isEmpty() ? "" : "\n"));
    shown = cut;
  }

  /** Does what writes to the terminal, above the lines. */
  public synchronized void above(Runnable writes) {
    List<String> lines = shown;
    shell.sayRaw(erased());
    shown = List.of();
    writes.run();
    show(lines);
  }

  private String erased() {
    return shown.isEmpty() ? "" : "\r" + ESCAPE + shown.size() + "A" + ESCAPE + "J";
  }

  /** Takes the lines away. */
  @Override
  public synchronized void close() {
    show(List.of());
  }
}
