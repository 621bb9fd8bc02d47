package dev.diver.kernels.confine;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A publisher's script, ready to run.
 *
 * @param name as messages call it, as in {@code scripts/build}
 * @param command its absolute path, then its arguments
 * @param folder where it runs; it may read this folder
 * @param writable the folders that it may write to, which exist
 * @param variables beyond those that every script has ({@link Contract})
 * @param grants what it may do besides
 */
public record Script(
    String name,
    List<String> command,
    Path folder,
    List<Path> writable,
    Map<String, String> variables,
    Grants grants) {

  public Script {
    command = List.copyOf(command);
    writable = List.copyOf(writable);
    variables = Map.copyOf(variables);
  }
}
