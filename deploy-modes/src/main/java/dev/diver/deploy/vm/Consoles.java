package dev.diver.deploy.vm;

import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.ConsolePatterns.Mark;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** All that a machine prints: the kernel's log, which is a file, and the app's output. */
final class Consoles {

  private static final int BUFFER = 64 * 1024;
  private static final int QUOTED = 2000;

  private final ConsolePatterns wanted;
  private final Path logFile;
  private final ConsoleText log;
  private final ConsoleText output;
  private final Console kind;
  private final boolean ownLine;
  private final boolean firmwareSpeaks;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

  Consoles(KernelSpec spec, RunFolder run) {
    this.wanted = ConsolePatterns.of(spec);
    this.logFile = run.console();
    this.log = new ConsoleText(wanted);
    this.output = new ConsoleText(wanted);
    KernelSpec.Boot boot = spec.boot();
    this.kind = boot.console();
    this.ownLine = ConsolePatterns.runsInit(boot) && kind == Console.SERIAL;
    this.firmwareSpeaks = boot.firmware() == KernelSpec.Firmware.UEFI;
  }

  /** What the app prints; on most consoles the kernel does, too. */
  ConsoleText output() {
    return output;
  }

  /** Looks through what has come by now. */
  void look() throws IOException {
    follow();
    log.look();
    output.look();
  }

  /** The last text of this meaning, the kernel's own log before the output. */
  Optional<ConsoleSearch.Found> found(Mark mark) {
    Optional<ConsoleSearch.Found> own = log.found(mark);
    return own.isPresent() || appAlone() ? own : output.found(mark);
  }

  /** Whether a text came that says how the dive ended. */
  boolean lastWord() {
    return Arrays.stream(Mark.values()).anyMatch(mark -> mark.verdict() && found(mark).isPresent());
  }

  /** What is looked for. */
  ConsolePatterns wanted() {
    return wanted;
  }

  /** Whether a first byte came where only the kernel or its app can have written it. */
  boolean spoken() {
    return switch (kind) {
      case SERIAL -> !firmwareSpeaks && (!ownLine || log.total() > 0) && output.total() > 0;
      case DEBUGCON, VGA -> output.total() > 0;
      case VIRTIO_PORTS -> output.total() > 0 || (!firmwareSpeaks && log.total() > 0);
      case NONE -> !firmwareSpeaks && log.total() > 0;
    };
  }

  /** How much was printed, in bytes. */
  long total() {
    return log.total() + output.total();
  }

  /** The end of it fit for people: of the kernel's own log where it has text, else the output. */
  String lastWords() {
    String own = Printable.lines(log.end(), QUOTED).strip();
    return own.isEmpty() ? Printable.lines(output.end(), QUOTED).strip() : own;
  }

  /** Linux says how its init ended on a line of its own; what the app prints is the app's. */
  private boolean appAlone() {
    return ownLine && log.total() > 0;
  }

  private void follow() throws IOException {
    long length = logFile.toFile().length();
    if (length <= log.total()) {
      return;
    }
    try (FileChannel file = FileChannel.open(logFile)) {
      while (log.total() < length) {
        buffer.clear();
        if (file.read(buffer, log.total()) <= 0) {
          return;
        }
        log.take(buffer.array(), buffer.position());
      }
    }
  }
}
