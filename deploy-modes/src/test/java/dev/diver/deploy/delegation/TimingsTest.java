package dev.diver.deploy.delegation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.delegation.Timings.Series;
import dev.diver.kernels.failure.DiverException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimingsTest {

  private static final String HEAD =
      "{\"program\":\"calibrate\",\"version\":1,\"trials\":4,\"tsc_hz\":2000000000}\n";
  private static final String EMPTY = "{\"series\":\"empty\",\"bytes\":0,\"ticks\":[30,20,25]}\n";
  private static final String GETPID =
      "{\"series\":\"getpid\",\"bytes\":0,\"ticks\":[120,220,10,1020]}\n";
  private static final String END = "{\"end\":true}\n";

  @TempDir Path folder;

  /** At 2 GHz a tick is half a nanosecond; reading the clock takes 20 ticks. */
  @Test
  void ticksBecomeNanosecondsWithoutTheClocksOwnCost() {
    Timings timings = parse(HEAD + EMPTY + GETPID + END);
    assertArrayEquals(
        new double[] {50, 100, 0, 500}, timings.series().get(new Series("getpid", 0)));
    assertEquals(75, timings.spread(new Series("getpid", 0)).median());
    assertEquals(4, timings.trials(new Series("getpid", 0)));
    assertEquals(Optional.empty(), timings.find(new Series("getpid", 1)));
    assertEquals(0, timings.trials(new Series("read", 0)));
    assertThrows(DiverException.class, () -> timings.spread(new Series("read", 0)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "no JSON\n",
        "{}\n",
        HEAD,
        HEAD + END,
        HEAD + EMPTY,
        HEAD + EMPTY + "{\"end\":true}",
        HEAD + EMPTY + END + END,
        HEAD + EMPTY + END + "more",
        HEAD + GETPID + END,
        HEAD + EMPTY + EMPTY + END,
        HEAD + EMPTY + "{\"series\":\"x\",\"bytes\":0,\"ticks\":[]}\n" + END,
        HEAD + EMPTY + "{\"series\":\"x\",\"bytes\":0,\"ticks\":[1,2.5]}\n" + END,
        HEAD + EMPTY + "{\"series\":\"x\",\"bytes\":0,\"ticks\":[-1]}\n" + END,
        HEAD + EMPTY + "{\"series\":\"x\",\"bytes\":0,\"ticks\":[4294967296]}\n" + END,
        HEAD + EMPTY + "{\"series\":\"x\",\"bytes\":0,\"ticks\":[1e400]}\n" + END,
        HEAD + EMPTY + "{\"series\":\"x\",\"bytes\":-1,\"ticks\":[1]}\n" + END,
        HEAD + EMPTY + "{\"series\":\"\\u001b[31m\",\"bytes\":0,\"ticks\":[1]}\n" + END,
        "{\"program\":\"calibrate\",\"version\":1,\"tsc_hz\":0}\n" + EMPTY + END,
        "{\"program\":\"calibrate\",\"version\":2,\"tsc_hz\":2000000000}\n" + EMPTY + END,
        "{\"program\":\"other\",\"version\":1,\"tsc_hz\":2000000000}\n" + EMPTY + END,
      })
  void refusesWhatIsNotWhole(String output) {
    DiverException refused = assertThrows(DiverException.class, () -> parse(output));
    assertTrue(refused.failure().what().startsWith("Line "), refused.failure().what());
  }

  @Test
  void saysWhichLineIsDamaged() {
    DiverException refused =
        assertThrows(DiverException.class, () -> parse(HEAD + EMPTY + "{\"series\":" + END));
    assertTrue(refused.failure().what().startsWith("Line 3 "), refused.failure().what());
  }

  /** The program itself, on this Linux. */
  @Test
  void theProgramsOutputIsWhole() throws IOException, InterruptedException {
    Path program = CalibrationProgram.extract(folder);
    Process process =
        new ProcessBuilder(program.toString(), "40", folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    byte[] output = process.getInputStream().readAllBytes();
    assertEquals(0, process.waitFor());
    Timings timings = Timings.parse(output, "here");
    for (String call : List.of("getpid", "uname", "fstat", "write_to_file", "write_to_console")) {
      Series series = new Series(call, call.startsWith("write") ? 1 : 0);
      assertEquals(40, timings.trials(series), call);
      assertTrue(timings.spread(series).median() > 0, call);
    }
    assertEquals(22, timings.named("payload_write").size());
    assertEquals(new Series("payload_read", 1 << 20), timings.named("payload_read").getLast());
  }

  private static Timings parse(String output) {
    return Timings.parse(output.getBytes(StandardCharsets.UTF_8), "here");
  }
}
