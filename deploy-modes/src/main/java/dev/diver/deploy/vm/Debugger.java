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

  private Debugger() {}

  /** The shell command that attaches it to a dive of this plan, with symbols of kernel and app. */
  public static String command(DivePlan plan) {
    DiveRequest request = plan.request();
    List<String> words = new ArrayList<>(List.of("gdb"));
    boolean symbols = isElf(request.image());
    if (symbols) {
      words.add(request.image().toString());
    }
    request
        .app()
        .map(Path::toAbsolutePath)
        .filter(Debugger::isElf)
        .ifPresent(
            app ->
                words.addAll(
                    symbols ? List.of("-ex", "add-symbol-file " + app) : List.of(app.toString())));
    words.addAll(List.of("-ex", "target remote " + new RunFolder(plan.folder()).gdb()));
    return ShellWords.join(words);
  }

  /** All else has no symbols that gdb could read. */
  private static boolean isElf(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(ELF.length), ELF);
    } catch (IOException e) {
      return false;
    }
  }
}
