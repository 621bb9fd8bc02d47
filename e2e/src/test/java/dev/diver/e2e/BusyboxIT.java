package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Debian's unmodified busybox-static on remora does what it does on Linux. */
@ExtendWith(SharedCatalog.class)
class BusyboxIT {

  private static final String BUSYBOX = "/bin/busybox";

  @TempDir private Path folder;

  static Stream<List<String>> commands() {
    return Stream.of(
        List.of("echo", "one", "two  three", "", "it's"),
        List.of("echo", "-n", "no newline"),
        List.of("expr", "6", "*", "7"),
        List.of("expr", "1", "-", "1"),
        List.of("expr", "1", "+"),
        List.of("factor", "18446744073709551557", "720720"),
        List.of("seq", "1", "3", "1000"),
        List.of("seq", "nonsense"),
        List.of("printf", "%s|%5d|%x\\n", "a b", "42", "255"),
        List.of("true"),
        List.of("false"),
        List.of("no-such-applet"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void sameOutputErrorsAndStatus(List<String> command, Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    Shell.Result linux =
        user.run(Stream.concat(Stream.of(BUSYBOX), command.stream()).toArray(String[]::new));
    Shell.Result remora =
        user.diver(
            Stream.concat(Stream.of("dive", "--kernel", "remora", BUSYBOX, "--"), command.stream())
                .toArray(String[]::new));
    assertEquals(linux.status(), remora.status(), remora::toString);
    assertArrayEquals(linux.output(), remora.output(), remora::toString);
    assertEquals(linux.errors(), remora.errors());
  }

  @Test
  void bytesOfStdinArriveAndEnd(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    byte[] noise = new byte[3_000_001];
    new Random(1).nextBytes(noise);
    Shell.Result copied =
        user.diverWithInput(noise, "dive", "--kernel", "remora", BUSYBOX, "--", "cat");
    Expect.success(copied);
    assertArrayEquals(noise, copied.output());
  }

  @Test
  void theEnvironmentIsOnlyWhatIsGiven(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    Shell.Result env =
        user.with("SECRET", "host")
            .diver("dive", "--kernel", "remora", "-e", "A=b c", BUSYBOX, "--", "env");
    Expect.success(env);
    assertEquals("A=b c\n", new String(env.output(), StandardCharsets.UTF_8));
  }
}
