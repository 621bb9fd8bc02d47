package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What a user expects of a command, said once. */
public final class Expect {

  private Expect() {}

  public static Shell.Result success(Shell.Result result) {
    return status(0, result);
  }

  public static Shell.Result status(int status, Shell.Result result) {
    assertEquals(status, result.status(), result::toString);
    return result;
  }

  /** Diver's own failure: 125, one sentence what, one what to do, nothing for programmers. */
  static Shell.Result failure(Shell.Result result, String... said) {
    status(125, result);
    assertTrue(result.errors().contains("error: "), result::toString);
    assertTrue(result.errors().contains("help: "), result::toString);
    assertTrue(!result.errors().contains("\tat "), () -> "a stack trace: " + result);
    return said(result, said);
  }

  /** Each of these is in what it said on standard error. */
  static Shell.Result said(Shell.Result result, String... said) {
    for (String part : said) {
      assertTrue(result.errors().contains(part), () -> "\"" + part + "\" not said: " + result);
    }
    return result;
  }

  /** Nothing of a user's dives is left: no run folder and no process that names the user's home. */
  static void nothingLeft(Shell user) throws IOException {
    Path home = user.home();
    Path runs = home.resolve("runs");
    if (Files.isDirectory(runs)) {
      try (Stream<Path> left = Files.list(runs)) {
        assertEquals(List.of(), left.toList());
      }
    }
    assertEquals(List.of(), processesNaming(home.toString()));
  }

  static List<String> processesNaming(String text) {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(text))
        .toList();
  }

  /** A folder is gone, with all that was in it. */
  public static void deleted(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
