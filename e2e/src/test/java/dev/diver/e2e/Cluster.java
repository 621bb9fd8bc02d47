package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Slurm of the test's own on loopback: a controller and two nodes (e2e/slurm/start). */
final class Cluster implements AutoCloseable {

  private static final Pattern CONFIGURATION = Pattern.compile("export SLURM_CONF=(.*)");

  private final Process slurm;
  private final Path folder;
  private final String configuration;

  private Cluster(Process slurm, Path folder, String configuration) {
    this.slurm = slurm;
    this.folder = folder;
    this.configuration = configuration;
  }

  /**
   * Starts one.
   *
   * @param folder for its state and logs, new
   */
  static Cluster start(Path folder) throws IOException {
    // it ends with its input, so at the latest with this process
    Process slurm =
        new ProcessBuilder(Shell.ROOT.resolve("e2e/slurm/start").toString(), folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader output = slurm.inputReader(StandardCharsets.UTF_8);
    Matcher said = CONFIGURATION.matcher(Objects.requireNonNullElse(output.readLine(), ""));
    assertTrue(said.matches(), "Slurm did not start");
    return new Cluster(slurm, folder, said.group(1));
  }

  /** The user of this cluster. */
  Shell reachedBy(Shell user) {
    return user.with("SLURM_CONF", configuration);
  }

  /** What a line of sh that succeeds prints, with Slurm's commands. */
  String ask(String line) {
    return Expect.success(own().run("sh", "-c", line)).text().strip();
  }

  /** Ends the controller, which saves what it knows of jobs. */
  void stopController() {
    ask(
        "kill $(cat slurmctld.pid); while kill -0 $(cat slurmctld.pid) 2>&-; do sleep 0.1;"
            + " done");
  }

  void startController() {
    ask("PATH=$PATH:/usr/sbin slurmctld");
    Node.await("the controller answers", this::isUp);
  }

  private boolean isUp() {
    return own().run("scontrol", "ping").text().contains("is UP");
  }

  /** A user of it, in its folder. */
  private Shell own() {
    return reachedBy(new Shell(folder, Map.of()));
  }

  @Override
  public void close() throws IOException {
    slurm.getOutputStream().close();
    slurm.onExit().join();
  }
}
