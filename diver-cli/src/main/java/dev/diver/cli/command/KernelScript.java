package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.pack.KernelProject;
import dev.diver.kernels.pack.KernelStage;
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
        .example("In the kernel's folder", "kernel " + stage)
        .example("From elsewhere", "kernel " + stage + " kernels/mine");
  }

  @Override
  public int run(Given given, Shell shell) {
    KernelProject.open(kernelToml(given, shell))
        .run(
            stage,
            Redirect.INHERIT,
            Duration.ofMinutes(given.number("--timeout").orElse(DEADLINE_MINUTES)));
    return 0;
  }

  /** The kernel.toml that the first argument means. */
  static Path kernelToml(Given given, Shell shell) {
    Path path = shell.path(given.argument(0).orElse("."));
    return Files.isDirectory(path) ? path.resolve("kernel.toml") : path;
  }
}
