package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.confine.Confinement;
import dev.diver.kernels.confine.Grants;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.pack.KernelProject;
import dev.diver.kernels.pack.KernelStage;
import dev.diver.kernels.store.DiverHome;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * {@code diver kernel configure}, {@code build}, {@code test} and {@code deploy}: one of the
 * kernel's scripts.
 */
record KernelScript(KernelStage stage) implements Verb {

  private static final int DEADLINE_MINUTES = 60;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Runs the %s script that kernel.toml names, in the kernel's folder. Its output passes \
            through as it is; that it fails is an error. It is ended, with all that it started, \
            when the deadline passes.

            It is confined: it may write to the kernel's folder and to a /tmp of its own, and reads \
            the system, the repository that the folder is in, and what --read names. It has no \
            network, a clean environment, and leaves no process.\
            """
                .formatted(stage))
        .optionalArgument("FOLDER", "the folder with kernel.toml, or that file (default: here)")
        .flag("--network", "let it use the network of this machine")
        .repeated("--read", "PATH", "let it read this folder or file; may be repeated")
        .option("--timeout", "MINUTES", "deadline (default " + DEADLINE_MINUTES + ")")
        .flag("-q, --quiet", "show the script's output only if it fails")
        .appArguments()
        .example("In the kernel's folder", "kernel " + stage)
        .example("From elsewhere, with arguments", "kernel " + stage + " kernels/mine -- debug");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException {
    KernelProject project = KernelProject.open(kernelToml(given, shell));
    if (!given.has("--quiet")) {
      run(project, given, shell, Redirect.INHERIT);
      return 0;
    }
    Path output = Files.createTempFile("diver-" + stage, ".log");
    try {
      run(project, given, shell, Redirect.appendTo(output.toFile()));
    } catch (DiverException e) {
      Files.copy(output, shell.err());
      throw e;
    } finally {
      Files.delete(output);
    }
    return 0;
  }

  private void run(KernelProject project, Given given, Shell shell, Redirect output) {
    Grants grants =
        new Grants(
            given.has("--network"),
            given.values("--read").stream().map(shell::path).toList(),
            usesKernels()
                ? Optional.of(DiverHome.locate(shell.environment()).store())
                : Optional.empty(),
            Duration.ofMinutes(given.number("--timeout").orElse(DEADLINE_MINUTES)));
    Confinement confinement = new Confinement(shell.environment());
    project.run(stage, given.appArguments(), confinement, grants, output);
  }

  /** Whether the script dives what was built. */
  private boolean usesKernels() {
    return stage == KernelStage.TEST || stage == KernelStage.DEPLOY;
  }

  /** The kernel.toml that the first argument means. */
  static Path kernelToml(Given given, Shell shell) {
    Path path = shell.path(given.argument(0).orElse("."));
    return Files.isDirectory(path) ? path.resolve("kernel.toml") : path;
  }
}
