package dev.diver.deploy.vm;

import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.run.RunFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How gdb is attached to a machine. */
public final class Debugger {

  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};
  private static final int ELF_CLASS = 4;
  private static final int ELF_CLASS_32 = 1;

  private Debugger() {}

  /** The shell command that attaches it to a dive of this plan, with symbols of kernel and app. */
  public static String command(DivePlan plan) {
    DiveRequest request = plan.request();
    List<String> words = new ArrayList<>(List.of("gdb"));
    byte[] head = head(request.image());
    boolean symbols = isElf(head);
    if (symbols) {
      words.add(request.image().toString());
      if (head[ELF_CLASS] == ELF_CLASS_32) { // which the machine's registers do not fit
        words.addAll(List.of("-ex", "set architecture i386:x86-64"));
      }
    }
    request
        .app()
        .map(Path::toAbsolutePath)
        .filter(app -> isElf(head(app)))
        .ifPresent(
            app ->
                words.addAll(
                    symbols ? List.of("-ex", "add-symbol-file " + app) : List.of(app.toString())));
    words.addAll(List.of("-ex", "target remote " + new RunFolder(plan.folder()).gdb()));
    return ShellWords.join(words);
  }

  /** All else has no symbols that gdb could read. */
  private static boolean isElf(byte[] head) {
    return Arrays.equals(Arrays.copyOf(head, ELF.length), ELF);
  }

  /** Zeros where there is nothing to read. */
  private static byte[] head(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.copyOf(in.readNBytes(ELF_CLASS + 1), ELF_CLASS + 1);
    } catch (IOException e) {
      return new byte[ELF_CLASS + 1];
    }
  }
}
