package dev.diver.cli.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Something that Diver needs from the machine: a line of the list that the launcher reads, too.
 *
 * @param need what for: run, build, test or validate
 * @param kind command, file or vmlinuz
 * @param what the command's name or the file's path
 * @param debianPackage that brings it
 * @param why it is needed
 */
record Prerequisite(String need, String kind, String what, String debianPackage, String why) {

  private static final String LIST = "/dev/diver/cli/prerequisites";
  private static final int FIELDS = 5;

  /** The whole list. */
  static List<Prerequisite> all() {
    try (InputStream list = Prerequisite.class.getResourceAsStream(LIST);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(list, StandardCharsets.UTF_8))) {
      return lines.lines().filter(line -> !line.startsWith("#")).map(Prerequisite::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Prerequisite parse(String line) {
    String[] fields = line.split(" +", FIELDS);
    return new Prerequisite(fields[0], fields[1], fields[2], fields[3], fields[4]);
  }

  /** Whether it is here; decides as the launcher does. */
  boolean isPresent(Map<String, String> environment) {
    return switch (kind) {
      case "command" -> onPath(environment.getOrDefault("PATH", ""));
      case "file" -> Files.exists(Path.of(what));
      case "vmlinuz" ->
          Launcher.home().filter(home -> Files.exists(home.resolve(what))).isPresent()
              || hasImage(Path.of("/boot"));
      default -> throw new IllegalStateException("no such kind in the list: " + kind);
    };
  }

  private boolean onPath(String path) {
    for (String folder : path.split(":", -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, what))) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasImage(Path folder) {
    try (DirectoryStream<Path> images = Files.newDirectoryStream(folder, "vmlinuz-*-cloud-amd64")) {
      return images.iterator().hasNext();
    } catch (IOException _) {
      return false; // no such folder: no image in it
    }
  }
}
