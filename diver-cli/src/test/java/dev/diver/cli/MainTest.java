package dev.diver.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed.Result;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {

  @TempDir Path folder;

  @Test
  void printsItsVersionInOneLine() {
    Result result = new Typed(folder).run("--version");
    assertEquals(0, result.status());
    assertTrue(result.out().matches("diver \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\n"), result.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serach | There is no command \"diver serach\". | Did you mean \"diver search\"?",
        "kernel biuld | There is no command \"diver kernel biuld\". | Did you mean \"diver kernel"
            + " build\"?",
        "xyzzy | There is no command \"diver xyzzy\". | See diver --help for what there is.",
        "images --jsno | diver images has no option --jsno. | Did you mean --json?",
        "images extra | \"extra\" is one argument too many. | See diver images --help.",
        "dive a b | \"b\" is one argument too many. | Put -- before the app's own arguments.",
        "images -o yaml | There is no output format \"yaml\". | Use -o table or -o json.",
        "search --page 0 | --page cannot be 0. | Give 1 or more.",
        "search --page one | \"one\" is not a number for --page. | Give a whole number.",
        "yank remora | \"remora\" names no release. | Give its tag, as in remora:0.1.0.",
      })
  void aSlipInTheCommandLineEndsWithTwo(String words, String what, String remedy) {
    Result result = new Typed(folder).run(words.strip().split(" +"));
    assertEquals(2, result.status());
    assertEquals("error: " + what + "\nhelp: " + remedy + "\n", result.err());
    assertEquals("", result.out());
  }

  @Test
  void aMissingArgumentEndsWithTwo() {
    Result result = new Typed(folder).run("pull");
    assertEquals(2, result.status());
    assertTrue(result.err().startsWith("error: Missing required parameter: 'REF'"), result.err());
  }

  @Test
  void aFailureEndsWith125AndTwoSentences() {
    Result result = new Typed(folder).run("rm", "remora:1.0");
    assertEquals(125, result.status());
    assertEquals(
        "error: remora:1.0 is not on this machine.\nhelp: Pull it: diver pull remora:1.0.\n",
        result.err());
  }

  @Test
  void onlyVerboseShowsWhere() {
    assertFalse(new Typed(folder).run("rm", "remora").err().contains("\tat dev.diver"));
    for (List<String> words : List.of(List.of("-v", "rm", "x"), List.of("rm", "x", "--verbose"))) {
      Result result = new Typed(folder).run(words.toArray(String[]::new));
      assertEquals(125, result.status());
      assertTrue(result.err().contains("\tat dev.diver"), result.err());
    }
  }

  @Test
  void coloursAreForTerminalsThatWantThem() {
    Terminals terminal = new Terminals(true, true, true, java.util.Optional.of(100), true);
    Terminals plain = new Terminals(true, true, true, java.util.Optional.of(100), false);
    assertTrue(
        new Typed(folder).on(terminal).run("rm", "x").err().startsWith("\u001b[1;31merror:"));
    assertTrue(new Typed(folder).on(plain).run("rm", "x").err().startsWith("error:"));
  }

  @Test
  void endsQuietlyWhereNobodyReads() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertEquals(141, Main.run(List.of("--help"), writingTo("Broken pipe", err)));
    assertEquals("", err.toString(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void saysThatItsOutputCannotBeWritten() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertEquals(125, Main.run(List.of("--help"), writingTo("No space left on device", err)));
    assertTrue(err.toString(java.nio.charset.StandardCharsets.UTF_8).contains("No space left"));
  }

  private Shell writingTo(String failure, OutputStream err) {
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(failure);
          }
        };
    return new Shell(InputStream.nullInputStream(), out, err, Terminals.NONE, Map.of(), folder);
  }
}
