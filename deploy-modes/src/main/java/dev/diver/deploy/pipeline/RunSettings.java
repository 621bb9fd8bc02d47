package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.Host;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run of a pipeline needs beside the pipeline.
 *
 * @param host whose programs and variables the tasks use
 * @param folders where the folder of a run is made
 * @param locks the folder where cores are reserved
 * @param diver the words that start Diver, for dives
 * @param unread where standard output goes that no stage reads
 * @param watched whether to tell of what goes through edges
 * @param resume whether what an earlier run has finished need not run again
 */
public record RunSettings(
    Host host,
    Path folders,
    Path locks,
    List<String> diver,
    Unread unread,
    boolean watched,
    boolean resume) {

  /** Where standard output goes that no stage reads. */
  public enum Unread {
    /** To Diver's own. */
    OUTPUT,
    /** To Diver's standard error. */
    ERRORS,
    /** To the listener, line by line. */
    TOLD
  }

  public RunSettings {
    diver = List.copyOf(diver);
  }

  /** With the cores that all users of this machine reserve. */
  public RunSettings(
      Host host, Path folders, List<String> diver, Unread unread, boolean watched, boolean resume) {
    this(host, folders, CoreLocks.FOLDER, diver, unread, watched, resume);
  }

  /** A line without the value of any secret of a pipeline. */
  public String hushed(Pipeline pipeline, String line) {
    String hushed = line;
    for (Stage stage : pipeline.stages().values()) {
      for (String secret : stage.secrets()) {
        String value = host.environment().getOrDefault(secret, "");
        hushed = value.isEmpty() ? hushed : hushed.replace(value, "***");
      }
    }
    return hushed;
  }
}
