package dev.diver.kernels.pack;

import dev.diver.kernels.confine.Confinement;
import dev.diver.kernels.confine.Grants;
import dev.diver.kernels.confine.Script;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.store.LockFile;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A kernel as its publisher has it: a folder with kernel.toml, sources and scripts.
 *
 * @param kernelToml the file
 * @param spec what it says
 */
public record KernelProject(Path kernelToml, KernelSpec spec) {

  /** Reads the kernel.toml of a project. */
  public static KernelProject open(Path kernelToml) {
    return new KernelProject(kernelToml, KernelSpecToml.read(kernelToml));
  }

  /**
   * Runs the script of this stage, confined, in the kernel's folder, and waits for it. What it
   * promises and is promised is in docs/publishing.md. A kernel is built by one process at a time;
   * another waits.
   *
   * @param arguments of the script
   * @param output where the script's output goes, {@link Redirect#INHERIT} for ours
   * @throws dev.diver.kernels.failure.DiverException FAILED with the exit status if it is not 0, or
   *     where it leaves processes; UNSUPPORTED where the kernel has no such script; MISSING where
   *     nothing can be confined here; INTERRUPTED
   */
  public void run(
      KernelStage stage,
      List<String> arguments,
      Confinement confinement,
      Grants grants,
      Redirect output) {
    String name = stage.script(spec.scripts()).orElseThrow(() -> lacks(stage));
    try {
      KernelFolder folder = KernelFolder.of(kernelToml);
      List<String> command = new ArrayList<>(List.of(folder.script(stage, name).toString()));
      command.addAll(arguments);
      Script script =
          new Script(
              name,
              command,
              folder.root(),
              List.of(folder.root()),
              variables(stage, folder),
              grants);
      int status =
          stage.makes() ? alone(script, confinement, output) : confinement.run(script, output);
      if (status != 0) {
        throw failed(name, status, grants);
      }
    } catch (IOException e) {
      throw IoFailure.of("run", kernelToml.resolveSibling(name), e);
    }
  }

  private int alone(Script script, Confinement confinement, Redirect output) {
    try (var _ = LockFile.at(kernelToml).exclusive(0)) {
      return confinement.run(script, output);
    }
  }

  private Map<String, String> variables(KernelStage stage, KernelFolder folder) {
    return Map.of(
        "DIVER_STAGE",
        stage.toString(),
        "DIVER_KERNEL",
        spec.name() + ":" + spec.version(),
        "DIVER_IMAGE",
        folder.root().resolve(spec.boot().image()).toString());
  }

  private RuntimeException lacks(KernelStage stage) {
    return new Failure(
            Failure.Kind.UNSUPPORTED,
            spec.name() + " has no script to " + stage + " it.",
            "Name one in kernel.toml: scripts." + stage + ".")
        .exception();
  }

  private static RuntimeException failed(String name, int status, Grants grants) {
    return new Failure(
            Failure.Kind.FAILED,
            name + " failed with exit status " + status + ".",
            "Its output above says why; it may write to the kernel's folder and to /tmp only"
                + (grants.network() ? "." : ", and has no network without --network."))
        .exception();
  }
}
