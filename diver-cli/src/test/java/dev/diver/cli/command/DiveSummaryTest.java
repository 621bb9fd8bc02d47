package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Terminals;
import dev.diver.deploy.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DiveSummaryTest {

  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int status(int signal) {
    Shell shell =
        new Shell(
            InputStream.nullInputStream(),
            OutputStream.nullOutputStream(),
            err,
            Terminals.NONE,
            Map.of(),
            Path.of("/"));
    return DiveSummary.status(
        new Outcome.Signalled(
            signal, Optional.empty(), Map.of(), Optional.empty(), Optional.empty()),
        shell);
  }

  @Test
  void aSignalIsNamedAndBecomesTheStatus() {
    assertEquals(139, status(11));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("signal 11 (SIGSEGV)"));
  }

  @Test
  void anAppWhoseReaderIsGoneEndsQuietly() {
    assertEquals(141, status(13));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }
}
