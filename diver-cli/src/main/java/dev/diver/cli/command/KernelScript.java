package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.pack.KernelProject;
import dev.diver.kernels.pack.KernelStage;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** {@code diver kernel configure}, {@code build} and {@code test}: one of the kernel's scripts. */
record KernelScript(KernelStage stage) implements Verb {

  private static final int DEADLINE_MINUTES = 60;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Runs the %s script that kernel.toml names, in the kernel's folder. Its output passes \
            through as it is; that it fails is an error. It is ended, with all that it started, \
            when the deadline passes.\
            """
                .formatted(stage))
        .optionalArgument("FOLDER", "the folder with kernel.toml, or that file (default: here)")
        .option("--timeout", "MINUTES", "deadline (default " + DEADLINE_MINUTES + ")")
        .flag("-q, --quiet", "show the script's output only if it fails")
        .example("In the kernel's folder", "kernel " + stage)
        .example("From elsewhere", "kernel " + stage + " kernels/mine");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException {
    KernelProject project = KernelProject.open(kernelToml(given, shell));
    Duration deadline = Duration.ofMinutes(given.number("--timeout").orElse(DEADLINE_MINUTES));
    if (!given.has("--quiet")) {
      project.run(stage, Redirect.INHERIT, deadline);
      return 0;
    }
    Path output = Files.createTempFile("diver-" + stage, ".log");
    try {
      project.run(stage, Redirect.appendTo(output.toFile()), deadline);
    } catch (DiverException e) {
      Files.copy(output, shell.err());
      throw e;
    } finally {
      Files.delete(output);
    }
    return 0;
  }

  /** The kernel.toml that the first argument means. */
  static Path kernelToml(Given given, Shell shell) {
    Path path = shell.path(given.argument(0).orElse("."));
    return Files.isDirectory(path) ? path.resolve("kernel.toml") : path;
  }
}
