package dev.diver.kernels.net;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.pack.Staging;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a deploy script has made for one dive; gone when it is closed, or Diver ends. */
public final class DeployedApp implements AutoCloseable {

  private final Path folder;
  private final Path file;
  private final Thread hook = new Thread(this::delete, "diver-deployed");

  private DeployedApp(Path folder, Path file) {
    this.folder = folder;
    this.file = file;
  }

  /**
   * Runs the script for a dive.
   *
   * @param arguments the app's
   * @param scratch a folder for what lives as long as a dive; made where it does not exist
   * @param output where the script's output goes
   * @param environment Diver's own
   * @throws dev.diver.kernels.failure.DiverException FAILED with its exit status where the script
   *     fails; INVALID where it does not leave what it should
   */
  public static DeployedApp make(
      DeployScript script,
      List<String> arguments,
      Path scratch,
      Redirect output,
      Map<String, String> environment) {
    try {
      Files.createDirectories(scratch);
      Path folder = Staging.create(scratch.resolve("deployed")).toRealPath();
      DeployedApp deployed = new DeployedApp(folder, folder.resolve(script.fileName()));
      Runtime.getRuntime().addShutdownHook(deployed.hook);
      try {
        deployed.fill(script, arguments, output, environment);
      } catch (IOException | RuntimeException e) {
        deployed.close();
        throw e;
      }
      return deployed;
    } catch (IOException e) {
      throw IoFailure.of("write to", scratch, e);
    }
  }

  private void fill(
      DeployScript script, List<String> arguments, Redirect output, Map<String, String> environment)
      throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    NetScripts.run(script.into(out, arguments), output, environment);
    Path left = script.result(out);
    if (!Files.isRegularFile(left, LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
              Failure.Kind.INVALID,
              script.name() + " left no file $DIVER_OUT/" + left.getFileName() + ".",
              "Tell the kernel's publisher: each dive boots what the script leaves there.")
          .exception();
    }
    Files.move(left, file);
  }

  /** What is delivered in the app's place, or boots in the image's. */
  public Path file() {
    return file;
  }

  /** Who comes second waits: the process ends with the hook, and nothing may be left by then. */
  private synchronized void delete() {
    try {
      Staging.delete(folder);
    } catch (IOException e) {
      // the next dive's cleaning finds it
    }
  }

  @Override
  public void close() {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the hook does the same just now
    }
  }
}
