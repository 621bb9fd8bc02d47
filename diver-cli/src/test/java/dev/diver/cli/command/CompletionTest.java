package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {

  @TempDir Path folder;

  @Test
  void offersVerbsThenOptions() {
    assertTrue(Completion.candidates(List.of("")).containsAll(List.of("pull", "kernel", "help")));
    List<String> kernel = Completion.candidates(List.of("kernel", ""));
    assertTrue(kernel.containsAll(List.of("new", "configure", "build", "test", "package")));
    assertTrue(kernel.stream().noneMatch(List.of("pull", "dive", "kernel")::contains));
    assertTrue(
        Completion.candidates(List.of("dive", "--m")).containsAll(List.of("--memory", "--mode")));
    assertEquals(List.of(), Completion.candidates(List.of("dive", "--", "--m")));
    assertEquals(List.of(), Completion.candidates(List.of("nonsense", "more", "")));
  }

  @Test
  void bashCompletesACommandWithTheScript() throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("completion"), script("bash"));
    assertEquals("", bash("bash -n " + script));
    assertEquals("pull\npublish\n", complete(script, "pu"));
    assertEquals("--json\n", complete(script, "images", "--js"));
  }

  @Test
  void zshGetsAScriptThatAsksTheSame() {
    String script = script("zsh");
    assertTrue(script.startsWith("#compdef diver\n"), script);
    assertTrue(script.contains("completion --words --"), script);
    assertEquals(2, new Typed(folder).run("completion", "fish").status());
  }

  private String script(String shell) {
    return new Typed(folder).run("completion", shell).out();
  }

  private String complete(Path script, String... words) throws IOException, InterruptedException {
    Path diver = folder.resolve("diver");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path");
    Files.writeString(
        diver, "#!/bin/sh\nexec " + java + " -cp '" + classes + "' dev.diver.cli.Main \"$@\"\n");
    Files.setPosixFilePermissions(diver, PosixFilePermissions.fromString("rwxr-xr-x"));
    return bash(
        "source %s; COMP_WORDS=(%s %s); COMP_CWORD=%d; _diver; printf '%%s\\n' \"${COMPREPLY[@]}\""
            .formatted(script, diver, String.join(" ", words), words.length));
  }

  private String bash(String command) throws IOException, InterruptedException {
    Process bash = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor(), output);
    return output;
  }
}
