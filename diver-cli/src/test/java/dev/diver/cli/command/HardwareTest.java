package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed;
import dev.diver.cli.Typed.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is typed for machines that are divided; that they are is tried end to end. */
class HardwareTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ps --host node1                    | "node1" is not the address of a host.
          stop --host ssh://-x job           | "ssh://-x" is not the address of a host.
          resize job                         | Nothing is to be changed.
          resize job --cpus 1                | "1" is not a change for --cpus.
          resize job --cpus +2-              | "+2-" is not a change for --cpus.
          resize job --memory +1             | "+1" is not a change for --memory.
          resize job --memory 128M           | "128M" is not a change for --memory.
          """)
  void whatCannotBeMeantIsAUsageError(String typed, String what) {
    Result result = new Typed(folder).run(typed.split(" "));
    assertEquals(2, result.status());
    assertTrue(result.err().contains("error: " + what), result.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ps --host HOST",
        "logs --host HOST job",
        "stop --host HOST job",
        "rm --host HOST job",
        "inspect --host HOST job",
        "resize --host HOST job --cpus +1",
      })
  void aHostThatDoesNotAnswerIsNamed(String typed) throws IOException {
    Result result = new Typed(folder).run(typed.replace("HOST", silent()).split(" "));
    assertEquals(125, result.status());
    assertTrue(result.err().contains("error: root@127.0.0.1 (port "), result.err());
    assertTrue(result.err().contains("\nhelp: Start sshd there"), result.err());
  }

  @Test
  void doctorSaysWhyAHostIsOutOfReach() throws IOException {
    Result result = new Typed(folder).run("doctor", "--host", silent());
    assertEquals(125, result.status());
    assertTrue(result.out().contains("partitioned-hardware: not ready"), result.out());
    assertTrue(result.out().contains("has no ssh server at that port"), result.out());
  }

  @Test
  void aDiveThatIsNotThereIsNotFound() {
    for (String verb : new String[] {"inspect", "resize --cpus +1", "logs"}) {
      Result result = new Typed(folder).run((verb + " nothing").split(" "));
      assertEquals(125, result.status());
      assertTrue(result.err().contains("There is no dive \"nothing\"."), result.err());
    }
  }

  /** The address of a port where nobody listens. */
  private static String silent() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "ssh://root@127.0.0.1:" + free.getLocalPort();
    }
  }
}
