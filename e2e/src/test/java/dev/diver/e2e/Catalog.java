package dev.diver.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A catalog server of this repository, run as a user runs it: {@code diver catalog serve}. */
final class Catalog implements AutoCloseable {

  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");

  private final Process process;
  private final String address;

  private Catalog(Process process, String address) {
    this.process = process;
    this.address = address;
  }

  /** Serves the folder on a free loopback port; returns when it answers. */
  static Catalog serve(Path data, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(Shell.DIVER, "catalog", "serve", "--port", "0", "--data", data.toString()));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.PIPE)
            .start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder printed = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      printed.append(line).append('\n');
      Matcher address = ADDRESS.matcher(line);
      if (address.find()) {
        // What it says later is read so that it never waits for us.
        Thread.ofVirtual().start(() -> output.lines().forEach(ignored -> {}));
        return new Catalog(process, address.group());
      }
    }
    throw new IOException("the catalog did not start:\n" + printed);
  }

  String address() {
    return address;
  }

  /** {@code host:port}, as it stands in a reference. */
  String authority() {
    return address.substring("http://".length());
  }

  /** A user of this catalog with a data directory of its own. */
  Shell user(Path folder) throws IOException {
    Path work = Files.createDirectories(folder.resolve("work"));
    return new Shell(
        work, Map.of("DIVER_HOME", folder.resolve("home").toString(), "DIVER_CATALOG", address));
  }

  /** Ends the server as a crash does. */
  void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
