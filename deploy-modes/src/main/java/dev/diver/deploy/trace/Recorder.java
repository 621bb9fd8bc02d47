package dev.diver.deploy.trace;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A way to see which system calls a program makes, and what they take. The program has this
 * process's standard streams, environment and folder, and ends as it would by itself.
 */
public interface Recorder {

  /** As users type it. */
  String name();

  /** Why it cannot record on this machine, and what mends that. */
  Optional<Failure> obstacle(Host host);

  /**
   * Runs the program to its end.
   *
   * @param scratch an empty folder for what the recorder writes meanwhile
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND for a program that is not there;
   *     FAILED or CORRUPT where the recorder itself fails
   */
  Recording record(List<String> command, Host host, Path scratch) throws InterruptedException;

  /** All of them, the lightest first. */
  static List<Recorder> all() {
    return List.of(
        new InterposeRecorder(), new BpfRecorder(), new StraceRecorder(), new PerfRecorder());
  }
}
