package dev.diver.deploy.hardware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.machine.Json;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnclavesTest {

  private static Optional<Enclave> parse(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return Json.object(bytes, 0, bytes.length).flatMap(Enclave::parse);
  }

  @Test
  void aLineOfTheAgentsIsAnEnclave() {
    assertEquals(
        Optional.of(
            new Enclave(
                "job",
                "running",
                List.of(2, 3),
                128 << 20,
                List.of("0000:01:00.0"),
                Instant.ofEpochSecond(1_800_000_000),
                Optional.of(Duration.ofMillis(55)))),
        parse(
            """
            {"name":"job","state":"running","pid":7,"cores":[2,3],"memory_bytes":134217728,\
            "devices":["0000:01:00.0"],"since":1800000000,"boot_ms":55}\
            """));
  }

  @Test
  void whatIsNoneOrStrangeIsReadAsFarAsItGoes() {
    assertEquals(Optional.empty(), parse("{\"state\":\"running\"}"));
    Enclave strange =
        parse("{\"name\":\"x\",\"cores\":[-1,\"2\",99999,5],\"memory_bytes\":-3,\"since\":-9}")
            .orElseThrow();
    assertEquals(List.of(5), strange.cores());
    assertEquals(0, strange.memory());
    assertTrue(strange.isAlive());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "-rf", "a b", "x;y"})
  void aNameIsOneFolder(String name) {
    Failure failure = assertThrows(DiverException.class, () -> Enclaves.folder(name)).failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }
}
