package dev.diver.deploy.vm;

import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.spec.KernelSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How gdb is attached to a machine. */
public final class Debugger {

  private Debugger() {}

  /** The shell command that attaches it to a dive of this plan, with symbols of kernel and app. */
  public static String command(DivePlan plan) {
    DiveRequest request = plan.request();
    List<String> words = new ArrayList<>(List.of("gdb"));
    boolean symbols = request.spec().boot().protocol() != KernelSpec.Protocol.LINUX;
    if (symbols) {
      words.add(request.image().toString());
    }
    request
        .app()
        .map(Path::toAbsolutePath)
        .ifPresent(
            app ->
                words.addAll(
                    symbols ? List.of("-ex", "add-symbol-file " + app) : List.of(app.toString())));
    words.addAll(List.of("-ex", "target remote " + new RunFolder(plan.folder()).gdb()));
    return ShellWords.join(words);
  }
}
