package dev.diver.kernels.pack;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A kernel as its publisher has it: a folder with kernel.toml, sources and scripts.
 *
 * @param kernelToml the file
 * @param spec what it says
 */
public record KernelProject(Path kernelToml, KernelSpec spec) {

  private static final Duration GRACE = Duration.ofSeconds(2);

  /** Reads the kernel.toml of a project. */
  public static KernelProject open(Path kernelToml) {
    return new KernelProject(kernelToml, KernelSpecToml.read(kernelToml));
  }

  /**
   * Runs the script of this stage in the kernel's folder and waits for it. When the deadline passes
   * or the thread is interrupted, the script and all that it started are killed.
   *
   * @param output where the script's output goes, {@link Redirect#INHERIT} for ours
   * @param deadline how long it may take
   * @throws dev.diver.kernels.failure.DiverException FAILED with the exit status if it is not 0;
   *     UNSUPPORTED where the kernel has no such script; INTERRUPTED
   */
  public void run(KernelStage stage, Redirect output, Duration deadline) {
    String name =
        stage
            .script(spec.scripts())
            .orElseThrow(
                () ->
                    new Failure(
                            Failure.Kind.UNSUPPORTED,
                            spec.name() + " has no script to " + stage + " it.",
                            "Name one in kernel.toml: scripts." + stage + ".")
                        .exception());
    try {
      KernelFolder folder = KernelFolder.of(kernelToml);
      Process process =
          new ProcessBuilder(folder.script(stage, name).toString())
              .directory(folder.root().toFile())
              .redirectInput(Redirect.from(new java.io.File("/dev/null")))
              .redirectOutput(output)
              .redirectError(output)
              .start();
      await(process, name, deadline);
    } catch (IOException e) {
      throw IoFailure.of("run", kernelToml.resolveSibling(name), e);
    }
  }

  private static void await(Process process, String name, Duration deadline) {
    Thread onExit = Thread.ofPlatform().unstarted(() -> kill(process));
    Runtime.getRuntime().addShutdownHook(onExit);
    try {
      if (!process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
        throw ended(name + " did not end within " + deadline.toSeconds() + " seconds.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ended(name + " was interrupted.");
    } finally {
      kill(process);
      forget(onExit);
    }
    int status = process.exitValue();
    if (status != 0) {
      throw new Failure(
              Failure.Kind.FAILED,
              name + " failed with exit status " + status + ".",
              "Its output above says why.")
          .exception();
    }
  }

  private static void forget(Thread onExit) {
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException e) {
      // Diver is ending, and the hook has killed the script.
    }
  }

  /** Ends a process and all that it started: asked first, then forced. Returns when they ended. */
  private static void kill(Process process) {
    List<ProcessHandle> tree = withDescendants(Stream.of(process.toHandle()));
    tree.forEach(ProcessHandle::destroy);
    awaitEnd(tree);
    List<ProcessHandle> left = withDescendants(tree.stream());
    left.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(left);
  }

  private static List<ProcessHandle> withDescendants(Stream<ProcessHandle> processes) {
    return processes
        .flatMap(p -> Stream.concat(p.descendants(), Stream.of(p)))
        .filter(ProcessHandle::isAlive)
        .distinct()
        .toList();
  }

  /** Waits for all of them, but not for ever, and also where the thread is interrupted. */
  private static void awaitEnd(List<ProcessHandle> processes) {
    CompletableFuture.allOf(
            processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .completeOnTimeout(null, GRACE.toNanos(), TimeUnit.NANOSECONDS)
        .join();
  }

  private static RuntimeException ended(String what) {
    return new Failure(Failure.Kind.INTERRUPTED, what, "Run it again when it can finish.")
        .exception();
  }
}
